#include <stdlib.h>

#include "world_internal.h"

enum { KEPT_RESULTS = 1024 };

/// The script that the thread runs now. Never read after a switch in the function that read it before: a script may go
/// on on another thread.
static _Thread_local tl__script *running;

/// Out of line, so that no caller keeps the address of `running` across a switch.
static __attribute__((noinline)) tl__script *get_running(void)
{
    return running;
}

static __attribute__((noinline)) void set_running(tl__script *script)
{
    running = script;
}

tl__script *tl__script_running(void)
{
    tl__script *script = get_running();
    return script != NULL && script->fiber == tl_fiber_current() ? script : NULL;
}

tl_world *tl_world_current(void)
{
    const tl__script *script = get_running();
    return script != NULL ? script->world : NULL;
}

tl_script tl_script_current(void)
{
    const tl__script *script = get_running();
    return script != NULL ? (tl_script){script->index1, script->generation} : TL_NO_SCRIPT;
}

static tl__script *slot(const tl_world *world, uint32_t index)
{
    return &world->script_blocks[index / TL__SCRIPT_BLOCK][index % TL__SCRIPT_BLOCK];
}

/// The script of that name, ended or not; null when it is not kept any more.
static tl__script *find(const tl_world *world, tl_script script)
{
    if (script.index1 == 0 || script.index1 > world->script_slots)
        return NULL;
    tl__script *found = slot(world, script.index1 - 1);
    return found->generation == script.generation ? found : NULL;
}

static tl__script *find_alive(const tl_world *world, tl_script script)
{
    tl__script *found = world != NULL ? find(world, script) : NULL;
    return found != NULL && !found->ending && !found->doomed && !tl_fiber_is_ending(found->fiber) ? found : NULL;
}

bool tl_script_is_alive(const tl_world *world, tl_script script)
{
    return find_alive(world, script) != NULL;
}

uint32_t tl_script_count(const tl_world *world)
{
    return world != NULL ? world->script_count : 0;
}

/// Adds a block of slots, and room for them in the heaps, so that neither waking nor waiting ever needs memory.
static tl_result add_block(tl_world *world)
{
    uint32_t slots = world->script_slots + TL__SCRIPT_BLOCK, blocks = world->script_slots / TL__SCRIPT_BLOCK;
    tl_result result = tl__heap_reserve(&world->ready, slots);
    for (int clock = 0; clock < TL__CLOCKS && result == TL_OK; ++clock)
        result = tl__heap_reserve(&world->timers[clock], 2 * slots); // a time and a limit each
    if (result != TL_OK)
        return result;
    tl__script **grown = realloc(world->script_blocks, (blocks + 1) * sizeof(tl__script *));
    if (grown == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    world->script_blocks = grown;
    grown[blocks] = calloc(TL__SCRIPT_BLOCK, sizeof(tl__script));
    if (grown[blocks] == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    for (uint32_t i = 0; i < TL__SCRIPT_BLOCK; ++i) {
        grown[blocks][i].index1 = world->script_slots + i + 1;
        tl__list_prepend(&world->retired, &grown[blocks][i].of_retired); // to be used before any that holds a result
    }
    world->script_slots = slots;
    world->retired_count += TL__SCRIPT_BLOCK;
    return TL_OK;
}

/// The slot that was given back longest ago. Enough are kept unused for the results of those that ended last.
static tl__script *take_slot(tl_world *world)
{
    while (world->retired_count <= KEPT_RESULTS)
        if (add_block(world) != TL_OK)
            return NULL;
    tl__script *script = TL__ITEM(world->retired.next, tl__script, of_retired);
    tl__list_remove(&script->of_retired);
    --world->retired_count;
    *script = (tl__script){.index1 = script->index1, .generation = script->generation + 1};
    return script;
}

static void retire(tl__script *script)
{
    tl__list_append(&script->world->retired, &script->of_retired);
    ++script->world->retired_count;
}

static tl_result check_spawn(const tl_world *world, const tl_script_desc *desc)
{
    if (desc->owner.index1 != 0 && tl__entity_find(world, desc->owner) == NULL)
        return TL_ERROR_STALE;
    return world->closing ? TL_ERROR_POOL_CLOSING : TL_OK;
}

static void fill(tl_world *world, const tl_script_desc *desc, const tl_fiber_entry *entry, tl__script *script)
{
    script->world = world;
    script->owner = desc->owner;
    script->phase = desc->phase;
    script->priority = desc->priority;
    script->creation = ++world->creations;
    script->name = tl_fiber_name(script->fiber);
    script->entry = entry;
    script->born = world->now[TL__GAME_TIME];
    script->timer.script = script->limit.script = script;
    tl__list_init(&script->joiners);
    script->woken_by = TL__CLOCKS;
    tl__entity *owner = tl__entity_find(world, desc->owner);
    tl__list_append(owner != NULL ? &owner->scripts : &world->scripts, &script->of_owner);
}

tl_result tl_spawn_raw(tl_world *world, const tl_script_desc *desc, const tl_fiber_entry *entry, const void *args,
                       tl_script *script)
{
    if (script != NULL)
        *script = TL_NO_SCRIPT;
    if (world == NULL || entry == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_spawn");
    static const tl_script_desc defaults = {0};
    if (desc == NULL)
        desc = &defaults;
    tl_result result = check_spawn(world, desc);
    if (result != TL_OK)
        return result;
    tl_fiber *fiber = NULL;
    result = tl_fiber_create_raw(world->stacks, &(tl_fiber_desc){.name = desc->name}, entry, args, &fiber);
    if (result != TL_OK)
        return result;
    tl__script *made = take_slot(world);
    if (made == NULL) {
        tl_fiber_destroy(fiber);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    made->fiber = fiber;
    fill(world, desc, entry, made);
    ++world->script_count;
    tl__heap_put(&world->ready, &made->ready);
    if (script != NULL)
        *script = (tl_script){made->index1, made->generation};
    return TL_OK;
}

tl_result tl__spawn(tl_world *world, tl_entity owner, const tl_fiber_entry *entry, const void *args, tl_script *script)
{
    return tl_spawn_raw(world, &(tl_script_desc){.owner = owner}, entry, args, script);
}

/// After its last instruction: tells those that wait for it, and gives all back.
static void end(tl__script *script, bool cancelled)
{
    tl_world *world = script->world;
    script->ending = true;
    script->was_cancelled = cancelled;
    script->result = cancelled ? NULL : tl_fiber_result(script->fiber);
    while (!tl__list_is_empty(&script->joiners)) {
        tl__script *joiner = TL__ITEM(script->joiners.next, tl__script, of_wait);
        if (joiner->buffer != NULL)
            *(void **)joiner->buffer = script->result;
        tl__wait_wake(joiner, cancelled ? TL_CANCELLED : TL_OK);
    }
    tl__list_remove(&script->of_owner);
    tl_fiber_destroy(script->fiber);
    script->fiber = NULL;
    --world->script_count;
    retire(script);
}

static void cancel(tl__script *script);

/// Makes a script the running one. Gives the one before.
static tl__script *enter(tl__script *script)
{
    tl__script *before = get_running();
    set_running(script);
    ++script->world->running;
    return before;
}

static void leave(tl__script *script, tl__script *before)
{
    --script->world->running;
    set_running(before);
}

bool tl__script_ask(tl__script *script)
{
    tl__script *before = enter(script);
    script->asking = true;
    bool answer = script->predicate(script->predicate_arg);
    script->asking = false;
    leave(script, before);
    return answer;
}

void tl__script_run(tl__script *script)
{
    if (tl_fiber_get_status(script->fiber) == TL_FIBER_DONE) { // somebody got hold of its fiber, and cancelled that
        end(script, true);
        return;
    }
    if (script->doomed) { // by its own predicate
        cancel(script);
        return;
    }
    tl__script *before = enter(script);
    script->active = true;
    tl__wait_set_local_time(script);
    tl_resume(script->fiber, NULL);
    script->active = false;
    leave(script, before);
    if (tl_fiber_get_status(script->fiber) == TL_FIBER_DONE)
        end(script, script->doomed);
    else if (script->doomed)
        cancel(script);
    else if (script->wait == TL_WAIT_NOTHING) // it yielded by itself: what can that mean but the next step?
        tl__wait_for_next_step(script);
}

/// One that is running, or ending another, goes on to its next wait; if its last clean-ups are running, it just goes
/// on.
static void cancel_active(tl__script *script)
{
    script->doomed = script->doomed || !tl_fiber_is_ending(script->fiber);
    tl__list_remove(&script->of_owner);
    script->owner = TL_NO_ENTITY;
    tl__list_append(&script->world->scripts, &script->of_owner);
}

/// Cancels one that has not ended.
static void cancel(tl__script *script)
{
    if (script->active || script->asking) {
        cancel_active(script);
        return;
    }
    tl__wait_leave(script);
    tl__heap_take(&script->world->ready, &script->ready);
    script->ending = true;
    tl__list_remove(&script->of_owner);
    tl__script *before = enter(script);
    if (tl_fiber_get_status(script->fiber) != TL_FIBER_DONE)
        tl_fiber_cancel(script->fiber);
    leave(script, before);
    end(script, true);
}

tl_result tl_script_cancel(tl_world *world, tl_script script)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl__script *found = find_alive(world, script);
    if (found == NULL)
        return TL_ERROR_STALE;
    cancel(found);
    return TL_OK;
}

void tl__scripts_cancel_all(tl__link *list)
{
    while (!tl__list_is_empty(list))
        cancel(TL__ITEM(list->previous, tl__script, of_owner));
}

void tl__scripts_free(tl_world *world)
{
    for (uint32_t i = 0; i < world->script_slots / TL__SCRIPT_BLOCK; ++i)
        free(world->script_blocks[i]);
    free(world->script_blocks);
}

static const char *wait_name(const tl__script *script)
{
    switch (script->wait) {
    case TL_WAIT_EVENT: return tl__event_name(script->source);
    case TL_WAIT_SCRIPT: return ((const tl__script *)script->source)->name;
    case TL_WAIT_SEND:
    case TL_WAIT_RECEIVE: return tl__channel_name(script->source);
    default: return NULL;
    }
}

static double wait_left(const tl__script *script)
{
    if (script->timer.node.place1 == 0)
        return 0;
    double left = (double)(script->timer.deadline - script->world->now[script->timer.clock]);
    return script->timer.clock == TL__STEPS ? left : left / (double)script->world->units_per_second;
}

tl_result tl_script_get_info(const tl_world *world, tl_script script, tl_script_info *info)
{
    if (world == NULL || info == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    const tl__script *found = find_alive(world, script);
    if (found == NULL)
        return TL_ERROR_STALE;
    *info = (tl_script_info){
        .name = found->name,
        .function = found->entry->name,
        .file = found->entry->file,
        .line = found->entry->line,
        .owner = found->owner,
        .wait = found->wait,
        .wait_name = wait_name(found),
        .wait_left = wait_left(found),
        .age_seconds = (double)(world->now[TL__GAME_TIME] - found->born) / (double)world->units_per_second,
    };
    return TL_OK;
}

tl_result tl_script_get_stack(const tl_world *world, tl_script script, tl_stack_info *info)
{
    if (world == NULL || info == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    const tl__script *found = find_alive(world, script);
    return found != NULL ? tl_fiber_get_stack(found->fiber, info) : TL_ERROR_STALE;
}

/// The wait for another script's end is here, since only here is known what a tl_script names.
tl_result tl__wait_script(tl_script script, void **result, tl_limit limit)
{
    tl__script *self;
    tl_result possible = tl__wait_enter("tl_wait_script", limit, &self);
    if (possible != TL_OK)
        return possible;
    tl__script *other = find(self->world, script);
    if (other == NULL)
        return TL_ERROR_STALE;
    if (other->ending) {
        if (result != NULL)
            *result = other->result;
        return other->was_cancelled ? TL_CANCELLED : TL_OK;
    }
    for (const tl__script *next = other; next != NULL;
         next = next->wait == TL_WAIT_SCRIPT ? (const tl__script *)next->source : NULL)
        if (next == self)
            return tl__misuse(TL_ERROR_CYCLE, "tl_wait_script");
    self->buffer = result;
    return tl__wait_for(self, TL_WAIT_SCRIPT, other, &other->joiners, limit);
}
