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
#include "world/wait_names.h"

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

tl_script_info tl__script_describe(const tl__script_record *script)
{
    bool steps_on = tl__is_marked(script, TL__STEPS_ON);
    tl__time age = tl__now(script->group, TL__GAME_TIME) - script->born;
    return (tl_script_info){
        .name = script->name,
        .function = script->end.entry->name,
        .defined = {script->end.entry->file, script->end.entry->line},
        .spawned = script->site != NULL ? *script->site : (tl_site){0},
        .owner = script->owner,
        .parent = script->parent != NULL ? tl__script_id(script->parent) : TL_NO_SCRIPT,
        .group = script->group,
        .phase = tl__phase_at(script->phase_order),
        .wait = steps_on ? TL_WAIT_STEPS : script->wait,
        .wait_name = tl__script_wait_name(script),
        .wait_left = wait_left(script),
        .age_seconds = (double)age / (double)script->world->units_per_second,
    };
}

double tl__script_seconds_waited(const tl__script_record *script)
{
    if (tl__is_marked(script, TL__STEPS_ON)) // its own time is older: that of a plain wait for a step is not kept
        return 0;
    tl__time waited = tl__now(script->group, TL__GAME_TIME) - script->local[TL__GAME_TIME];
    return (double)waited / (double)script->world->units_per_second;
}

tl_script_info tl_script_get_info(const tl_world *world, tl_script script)
{
    const tl__script_record *found = find_alive(world, script, __func__);
    return found != NULL ? tl__script_describe(found) : (tl_script_info){0};
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
