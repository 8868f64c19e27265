// SPDX-License-Identifier: MIT
// Queries about scripts.
#include "fiber/info.h"
#include "base/misuse.h"
#include "script/info.h"
#include "script/script_end.h"
#include "world/current.h"
#include "world/exclusive.h"
#include "world/marks.h"
#include "world/phase.h"
#include "world/script_store.h"
#include "world/timer.h"

bool tl_script_is_alive(const tl_world *world, tl_script script)
{
    if (world == NULL || tl__change_begin(world, __func__) != TL_OK)
        return false;
    const tl__script_record *found = tl__script_find(world, script);
    return found != NULL && tl__script_record_is_alive(found);
}

bool tl__script_find_running(tl_running *running)
{
    const tl__script_record *script = tl__script_here();
    if (script == NULL)
        return false;
    running->name = script->name;
    running->function = tl__entry_name(script->end.entry);
    if (script->site != NULL && script->site->file != NULL) {
        running->file = script->site->file;
        running->line = script->site->line;
    }
    running->entity = script->owner.index1;
    running->id = (uint64_t)script->generation << 32 | script->index1;
    return true;
}

static const tl__script_record *find_alive(const tl_world *world, tl_script script, const char *call)
{
    if (world == NULL)
        tl__misuse(TL_ERROR_NULL, call);
    return tl_script_is_alive(world, script) ? tl__script_find(world, script) : NULL;
}

static double wait_left(const tl__script_record *script)
{
    const tl__timer *timer = &script->timer;
    if (tl__is_marked(script, TL__STEPS_ON))
        return 1;
    if (timer->node.heap_index1 == 0)
        return 0;
    double left = (double)(timer->deadline - tl__now(script->group, timer->clock));
    return timer->clock == TL__STEPS ? left : left / (double)script->world->units_per_second;
}

const char *tl__wait_name(const tl__script_record *script)
{
    if (script->audience1 != 0)
        return ((const tl__owned *)script->world->events.slots[script->audience1 - 1].object)->name;
    return script->listener.link.next != NULL ? script->listener.name : NULL;
}

tl_script_info tl_script_get_info(const tl_world *world, tl_script script)
{
    const tl__script_record *found = find_alive(world, script, __func__);
    if (found == NULL)
        return (tl_script_info){0};
    tl__time age = tl__now(found->group, TL__GAME_TIME) - found->born;
    return (tl_script_info){
        .name = found->name,
        .function = found->end.entry->name,
        .defined = {found->end.entry->file, found->end.entry->line},
        .spawned = found->site != NULL ? *found->site : (tl_site){0},
        .owner = found->owner,
        .parent = found->parent != NULL ? tl__script_id(found->parent) : TL_NO_SCRIPT,
        .group = found->group,
        .phase = tl__phase_at(found->phase_order),
        .wait = tl__is_marked(found, TL__STEPS_ON) ? TL_WAIT_STEPS : found->wait,
        .wait_name = tl__wait_name(found),
        .wait_left = wait_left(found),
        .age_seconds = (double)age / (double)world->units_per_second,
    };
}

tl_script tl_script_next(const tl_world *world, tl_script script)
{
    if (world == NULL)
        tl__misuse(TL_ERROR_NULL, __func__);
    if (world == NULL || tl__change_begin(world, __func__) != TL_OK)
        return TL_NO_SCRIPT;
    for (uint32_t index1 = script.index1; index1 < world->script_slots; ++index1) {
        const tl__script_record *found = tl__script_slot(world, index1 + 1);
        if (found->fiber != NULL && tl__script_record_is_alive(found))
            return tl__script_id(found);
    }
    return TL_NO_SCRIPT;
}

tl_stack_info tl_script_get_stack(const tl_world *world, tl_script script)
{
    const tl__script_record *found = find_alive(world, script, __func__);
    return found != NULL ? tl_fiber_get_stack(found->fiber) : (tl_stack_info){0};
}
