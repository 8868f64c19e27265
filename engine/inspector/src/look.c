// SPDX-License-Identifier: MIT
#include "look.h"

#include "fiber/info.h"
#include "job/dump_jobs.h"
#include "script/channel.h"
#include "script/event.h"
#include "script/info.h"
#include "telar/group.h"
#include "world/ready.h"
#include "world/script_store.h"
#include "world/world_state.h"

enum { STACKS_MEASURED = 100, NANOSECONDS = 1000000000 };

void tl__look_init(tl__look *look, const tl_world *world, tl_job_system *jobs, tl__turn_times *times)
{
    *look = (tl__look){.world = world, .jobs = jobs, .times = times};
    look->second = tl__monotonic_time();
}

void tl__look_free(tl__look *look)
{
    tl__types_free(&look->types);
}

static void measure_stack(tl__type *type, const tl__script_record *script)
{
    tl_stack_info stack = tl_fiber_get_stack(script->fiber);
    type->stack_size = stack.size;
    if (stack.high_water > type->high_water)
        type->high_water = stack.high_water;
}

static void see_script(tl__look *look, const tl__script_record *script, tl__snapshot *snapshot)
{
    tl__type *type = tl__type_count(&look->types, script->end.entry);
    if (type == NULL || !TL__SNAPSHOT_ROOM(snapshot, scripts, script_count, script_capacity)) {
        snapshot->failed = true;
        return;
    }
    if (type->stack_size == 0)
        measure_stack(type, script);
    tl_script_info info = tl__script_describe(script);
    snapshot->scripts[snapshot->script_count++] = (tl__seen_script){
        .id = tl__script_id(script),
        .parent = info.parent,
        .owner = info.owner,
        .name = tl__snapshot_text(snapshot, info.name),
        .object = tl__snapshot_text(snapshot, info.wait_name),
        .file = tl__snapshot_text(snapshot, info.spawned.file),
        .line = info.spawned.line,
        .type = (uint32_t)(type - look->types.types),
        .wait = info.wait,
        .phase = info.phase,
        .priority = script->priority,
        .cancelled = script->cancelled != TL__NOT_CANCELLED,
        .held = tl__is_held(script),
        .waited = tl__script_seconds_waited(script),
        .left = info.wait_left,
        .age = info.age_seconds,
        .used = tl__fiber_stack_used(script->fiber),
        .size = script->fiber->stack_size,
    };
}

static void see_scripts(tl__look *look, tl__snapshot *snapshot)
{
    tl__types_begin(&look->types);
    for (uint32_t index1 = 1; index1 <= look->world->script_slots; ++index1) {
        const tl__script_record *script = tl__script_slot(look->world, index1);
        if (script->fiber != NULL)
            see_script(look, script, snapshot);
    }
    if (tl__types_end(&look->types, (double)(snapshot->taken - look->second) / NANOSECONDS))
        look->second = snapshot->taken;
}

static void measure_stacks(tl__look *look)
{
    uint32_t slots = look->world->script_slots, measured = 0;
    for (uint32_t tries = 0; tries < slots && measured < STACKS_MEASURED; ++tries) {
        look->measured_slot = look->measured_slot % slots + 1;
        const tl__script_record *script = tl__script_slot(look->world, look->measured_slot);
        if (script->fiber == NULL)
            continue;
        tl__type *type = tl__type_of(&look->types, script->end.entry);
        if (type != NULL)
            measure_stack(type, script);
        ++measured;
    }
}

static void see_types(const tl__look *look, tl__snapshot *snapshot)
{
    double tick = tl__tick_seconds(&look->times->scale);
    for (uint32_t i = 0; i < look->types.count; ++i) {
        const tl__type *type = &look->types.types[i];
        if (!TL__SNAPSHOT_ROOM(snapshot, types, type_count, type_capacity))
            return;
        const tl__turn_time *found = tl__turn_times_find(look->times, type->entry);
        tl__turn_time times =
            found != NULL ? *found : (tl__turn_time){0}; // no step runs, so nothing is added meanwhile
        tl__seen_type *seen = &snapshot->types[snapshot->type_count++];
        *seen = (tl__seen_type){
            .name = tl__snapshot_copy(snapshot, type->name),
            .file = tl__snapshot_copy(snapshot, type->file),
            .line = type->line,
            .count = type->count,
            .starts = times.starts,
            .turns = times.turns,
            .mean = times.turns > 0 ? (double)times.ticks * tick / (double)times.turns : 0,
            .longest = (double)times.longest * tick,
            .high_water = type->high_water,
            .stack_size = type->stack_size,
        };
        if (tl__type_grows(type, &seen->grew_from))
            seen->grew_to = type->counts[0];
        else
            seen->grew_from = 0;
    }
}

static void see_channels(const tl_world *world, tl__snapshot *snapshot)
{
    tl__channel_look look;
    for (uint32_t index1 = 1; index1 <= world->channels.count; ++index1)
        if (tl__channel_look_at(world, index1, &look) &&
            TL__SNAPSHOT_ROOM(snapshot, channels, channel_count, channel_capacity))
            snapshot->channels[snapshot->channel_count++] =
                (tl__seen_object){.name = tl__snapshot_text(snapshot, look.name),
                                  .index = index1,
                                  .objects = 1,
                                  .count = look.count,
                                  .capacity = look.capacity,
                                  .closed = look.closed,
                                  .senders = look.senders,
                                  .receivers = look.receivers};
}

static void see_events(const tl_world *world, tl__snapshot *snapshot)
{
    tl__event_look look;
    for (uint32_t index1 = 1; index1 <= world->events.count; ++index1)
        if (tl__event_look_at(world, index1, &look) && TL__SNAPSHOT_ROOM(snapshot, events, event_count, event_capacity))
            snapshot->events[snapshot->event_count++] =
                (tl__seen_object){.name = tl__snapshot_text(snapshot, look.name),
                                  .index = index1,
                                  .objects = 1,
                                  .emits = look.emits,
                                  .receivers = look.waiters};
}

static void see_job(const tl__dump_item *item, void *user_data)
{
    tl__snapshot *snapshot = user_data;
    if (TL__SNAPSHOT_ROOM(snapshot, jobs, job_count, job_capacity)) // the strings are of this call only
        snapshot->jobs[snapshot->job_count++] =
            (tl__seen_job){tl__snapshot_copy(snapshot, item->name), tl__snapshot_copy(snapshot, item->wait),
                           tl__snapshot_copy(snapshot, item->wait_name)};
}

void tl__look_at_world(tl__look *look, tl__snapshot *snapshot)
{
    const tl_world *world = look->world;
    tl__snapshot_clear(snapshot);
    snapshot->taken = tl__monotonic_time();
    snapshot->time = tl_world_get_time(world);
    snapshot->turns = world->turns;
    snapshot->entities = world->entity_count;
    snapshot->max_scripts = tl_pool_get_info(world->stacks).stack_count;
    see_scripts(look, snapshot);
    measure_stacks(look);
    see_types(look, snapshot);
    see_channels(world, snapshot);
    see_events(world, snapshot);
    snapshot->has_jobs = look->jobs != NULL;
    snapshot->worker_count = 0;
    if (look->jobs != NULL) {
        snapshot->jobs_info = tl_job_system_get_info(look->jobs);
        snapshot->worker_count = tl__workers_look_at(look->jobs, snapshot->workers, TL__WORKERS_SHOWN);
        tl__each_waiting_job(look->jobs, false, see_job, snapshot);
    }
    snapshot->any = true;
}
