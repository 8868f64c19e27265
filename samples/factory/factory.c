// SPDX-License-Identifier: MIT
#include "factory.h"

#include <stdio.h>
#include <string.h>

spot agent_position(const agent *of)
{
    vec3s position = tl_entity_get_transform(of->at->world, of->entity).position;
    return (spot){position.x, position.y};
}

static agent *find_room(factory *of, agent_kind kind)
{
    int count = 0;
    agent *room = NULL;
    for (agent *each = of->agents; each < of->agents + MAX_AGENTS; ++each) {
        count += each->used && each->kind == kind;
        if (!each->used && room == NULL)
            room = each;
    }
    return count < MAX_AGENTS_OF_A_KIND ? room : NULL;
}

/// Creates the agent's entity at a random workplace, and spawns its script.
static tl_result set_to_work(agent *who)
{
    tl_result made = tl_entity_create(who->at->world, TL_NO_ENTITY, &who->entity);
    if (made != TL_OK)
        return made;
    spot birthplace = agent_choose_workplace(who);
    tl_transform transform = tl_entity_get_transform(who->at->world, who->entity);
    transform.position.x = birthplace.x;
    transform.position.y = birthplace.y;
    tl_entity_set_transform(who->at->world, who->entity, &transform);
    who->before = agent_position(who);
    return agent_start(who);
}

agent *factory_add(factory *of, agent_kind kind)
{
    agent *hired = find_room(of, kind);
    if (hired == NULL)
        return NULL;
    *hired = (agent){.at = of, .used = true, .kind = kind, .number = ++of->hired[kind]};
    snprintf(hired->name, sizeof hired->name, "%s %d", kind == MINER ? "miner" : "smith", hired->number);
    if (set_to_work(hired) != TL_OK) {
        if (tl_entity_is_alive(of->world, hired->entity))
            tl_entity_destroy(of->world, hired->entity);
        hired->used = false;
        return NULL;
    }
    return hired;
}

void factory_kill(agent *victim)
{
    tl_entity_destroy(victim->at->world, victim->entity);
    victim->used = false;
}

tl_result factory_open(factory *made, const scene *plan, uint64_t seed)
{
    memset(made, 0, sizeof *made);
    made->scene = *plan;
    made->dice.state = seed;
    tl_result result = tl_world_create(
        &(tl_world_desc){.steps_per_second = STEPS_PER_SECOND, .max_scripts = MAX_AGENTS}, &made->world);
    if (result == TL_OK)
        result = tl_channel_create(made->world, TL_NO_ENTITY, "the belt", (uint32_t)plan->belt_capacity, &made->belt);
    for (int i = 0; i < plan->miners.count && result == TL_OK; ++i)
        result = factory_add(made, MINER) != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
    for (int i = 0; i < plan->smiths.count && result == TL_OK; ++i)
        result = factory_add(made, SMITH) != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
    return result;
}

void factory_close(factory *closed)
{
    if (closed->world != NULL)
        tl_world_destroy(closed->world);
    closed->world = NULL;
}

/// Moves the drawn positions of the pieces on the belt towards the next free place.
static void slide_belt(factory *of)
{
    float length = of->scene.belt_end.x - of->scene.belt_begin.x;
    float gap = length / (float)of->scene.belt_capacity, way = 160.0f / STEPS_PER_SECOND;
    uint32_t count = tl_channel_count(of->belt);
    if (of->shown_count > count) { // pieces were taken from the front
        uint32_t taken = of->shown_count - count;
        memmove(of->shown, of->shown + taken, count * sizeof of->shown[0]);
    }
    for (uint32_t i = of->shown_count; i < count; ++i)
        of->shown[i] = 0;
    of->shown_count = count;
    for (uint32_t i = 0; i < count; ++i) {
        float goal = length - (float)i * gap;
        of->shown[i] = of->shown[i] + way < goal ? of->shown[i] + way : goal;
    }
}

void factory_step(factory *of)
{
    for (agent *each = of->agents; each < of->agents + MAX_AGENTS; ++each)
        if (each->used)
            each->before = agent_position(each);
    tl_world_step(of->world);
    slide_belt(of);
}

uint32_t factory_carried(const factory *of)
{
    uint32_t carried = of->dropped;
    for (const agent *each = of->agents; each < of->agents + MAX_AGENTS; ++each)
        carried += each->used ? (uint32_t)each->load : 0;
    return carried;
}

bool factory_balances(const factory *of)
{
    return of->produced == of->consumed + tl_channel_count(of->belt) + factory_carried(of);
}

/// FNV-1a, 64 bits.
static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
    for (const unsigned char *byte = bytes; count-- > 0; ++byte)
        hash = (hash ^ *byte) * 0x100000001b3u;
    return hash;
}

static uint64_t mix_agent(uint64_t hash, const agent *who)
{
    tl_script_info script = tl_script_get_info(who->at->world, who->script);
    spot spots[] = {agent_position(who), who->load_at, who->goal};
    float times[] = {who->work_seconds, (float)script.wait_left, (float)script.age_seconds};
    int32_t numbers[] = {(int32_t)who->kind,  who->number,     (int32_t)who->doing, who->load,
                         (int32_t)who->piece, who->faces_left, (int32_t)script.wait};
    hash = mix(hash, spots, sizeof spots);
    hash = mix(hash, times, sizeof times);
    return mix(hash, numbers, sizeof numbers);
}

static uint64_t mix_belt(uint64_t hash, const factory *of)
{
    uint32_t piece;
    for (uint32_t place = 0; tl_channel_peek(of->belt, place, &piece) == TL_OK; ++place)
        hash = mix(hash, &piece, sizeof piece);
    return mix(hash, of->shown, of->shown_count * sizeof of->shown[0]);
}

uint64_t factory_hash(const factory *of)
{
    uint64_t hash = 0xcbf29ce484222325u;
    uint64_t numbers[] = {tl_world_get_time(of->world).steps,
                          of->dice.state,
                          of->produced,
                          of->consumed,
                          of->dropped,
                          tl_script_count(of->world),
                          (uint64_t)of->hired[MINER],
                          (uint64_t)of->hired[SMITH]};
    hash = mix(hash, numbers, sizeof numbers);
    hash = mix(hash, of->dropped_at, sizeof of->dropped_at);
    hash = mix_belt(hash, of);
    for (const agent *each = of->agents; each < of->agents + MAX_AGENTS; ++each)
        if (each->used)
            hash = mix_agent(hash, each);
    return hash;
}
