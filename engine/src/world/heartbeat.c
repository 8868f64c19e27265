// SPDX-License-Identifier: MIT
#include "world/heartbeat.h"

#include "fiber/dump.h"
#include "fiber/info.h"
#include "os/allocator.h"
#include "os/signal_stack.h"
#include "os/threads.h"
#include "world/current.h"
#include "world/marks.h"

/// Makes room for all script slots. Without memory for it, the resumes of some scripts are not counted.
static void reserve_counts(tl_world *world)
{
    tl__heartbeat *heartbeat = &world->heartbeat;
    if (heartbeat->count_capacity >= world->script_slots)
        return;
    if (!TL__GROW(heartbeat->counts, heartbeat->count_capacity, world->script_slots))
        return;
    for (uint32_t i = heartbeat->count_capacity; i < world->script_slots; ++i)
        heartbeat->counts[i] = (tl__resume_count){0};
    heartbeat->count_capacity = world->script_slots;
}

#ifndef NDEBUG
void (*_Atomic tl__watch_new_world)(tl_world *world);
#endif

void tl__heartbeat_world_made(tl_world *world)
{
#ifndef NDEBUG
    void (*watch)(tl_world *) = atomic_load(&tl__watch_new_world);
    if (watch != NULL)
        watch(world);
#else
    (void)world;
#endif
}

void tl__heartbeat_world_ends(tl_world *world)
{
    if (world->heartbeat.stop_default != NULL)
        world->heartbeat.stop_default(world);
}

void tl__heartbeat_note_thread(tl_world *world)
{
    if (!tl__heartbeat_is_watched(world))
        return;
    // Done each time, since the calling thread may be another one than last time, even if it has the same id. Without
    // memory for a signal stack, the watchdog's handler runs on the script's stack.
    tl__signal_stack_ensure();
    atomic_store_explicit(&world->heartbeat.thread, tl__thread_system_id(), memory_order_relaxed);
    reserve_counts(world);
}

void tl__heartbeat_begin(tl_world *world)
{
    if (!tl__heartbeat_is_watched(world))
        return;
    tl__heartbeat *heartbeat = &world->heartbeat;
    tl__heartbeat_note_thread(world);
    atomic_store_explicit(&heartbeat->step_resumes, 0, memory_order_relaxed);
    atomic_store_explicit(&heartbeat->most.resumes, 0, memory_order_relaxed);
    atomic_store_explicit(&heartbeat->step, ++heartbeat->latest_step, memory_order_relaxed);
}

void tl__heartbeat_end(tl_world *world)
{
    if (tl__heartbeat_is_watched(world))
        atomic_store_explicit(&world->heartbeat.step, 0, memory_order_relaxed);
}

void tl__heartbeat_free(tl__heartbeat *heartbeat)
{
    tl__free(heartbeat->counts, heartbeat->count_capacity * sizeof *heartbeat->counts);
}

/// Counts a resume of a script. Returns the script's resumes in this step, or 0 when they cannot be counted.
static uint64_t count_resume(tl__heartbeat *heartbeat, const tl__script_record *script)
{
    uint64_t step = atomic_load_explicit(&heartbeat->step, memory_order_relaxed);
    if (step == 0 || script->index1 > heartbeat->count_capacity)
        return 0;
    tl__resume_count *count = &heartbeat->counts[script->index1 - 1];
    if (count->step != step || count->generation != script->generation)
        *count = (tl__resume_count){.step = step, .generation = script->generation};
    return ++count->resumes;
}

void tl__heartbeat_count(tl__script_record *script)
{
    tl__heartbeat *heartbeat = &script->world->heartbeat;
    tl__most_resumes *most = &heartbeat->most;
    if (!script->world->parallel.running)
        reserve_counts(script->world); // parallel scripts create no scripts
    atomic_fetch_add_explicit(&heartbeat->step_resumes, 1, memory_order_relaxed);
    uint64_t resumes = count_resume(heartbeat, script);
    if (resumes == 0 || resumes < atomic_load_explicit(&most->resumes, memory_order_relaxed))
        return;
    // If another thread is just recording a parallel script, this script will be recorded at one of its next resumes.
    // acquire and release: the other members belong to the thread that has set the flag.
    if (atomic_flag_test_and_set_explicit(&most->taken, memory_order_acquire))
        return;
    if (resumes >= atomic_load_explicit(&most->resumes, memory_order_relaxed)) {
        most->script = script;
        most->generation = script->generation;
        most->entry = script->end.entry;
        atomic_store_explicit(&most->resumes, resumes, memory_order_relaxed);
    }
    atomic_flag_clear_explicit(&most->taken, memory_order_release);
}

void tl__heartbeat_beat(tl_world *world)
{
    tl__heartbeat *heartbeat = &world->heartbeat;
    uint64_t resumes = atomic_load_explicit(&heartbeat->resumes, memory_order_relaxed);
    atomic_store_explicit(&heartbeat->resumes, resumes + 1, memory_order_relaxed);
    atomic_store_explicit(&heartbeat->busy, world->running > 0, memory_order_relaxed);
}

tl__heartbeat *tl__world_heartbeat(tl_world *world)
{
    return &world->heartbeat;
}

/// Returns the first script that runs in parallel, or null if there is none.
static tl__script_record *first_in_parallel(const tl_world *world)
{
    const tl__lane *lane = &world->parallel.lane;
    for (uint32_t slot = 0; world->parallel.running && slot < lane->count; ++slot) {
        tl__script_record *script = lane->slots[slot].script;
        if (script != NULL && tl__is_marked(script, TL__IN_PARALLEL))
            return script;
    }
    return NULL;
}

static void describe_script(tl__script_record *script, tl__seen_script *seen)
{
    seen->script = script;
    tl__dump_copy(seen->name, sizeof seen->name, script->name);
    seen->function = tl__entry_name(script->end.entry);
    seen->spawned = script->site != NULL ? *script->site : (tl_site){0};
}

bool tl__world_running_script(const tl_world *world, tl__seen_script *script, bool *here)
{
    tl__script_record *found = tl__script_here();
    *here = found != NULL && found->world == world;
    if (!*here)
        found = first_in_parallel(world);
    if (found != NULL)
        describe_script(found, script);
    return found != NULL;
}

/// Describes the script with the most resumes; if it has ended, only its function.
static void describe_most(const tl__most_resumes *most, tl__seen_script *seen)
{
    if (most->script->fiber != NULL && most->script->generation == most->generation)
        describe_script(most->script, seen);
    else
        *seen = (tl__seen_script){.function = tl__entry_name(most->entry)};
}

bool tl__world_long_step(tl_world *world, uint64_t step, tl__seen_step *seen)
{
    tl__heartbeat *heartbeat = &world->heartbeat;
    if (atomic_load_explicit(&heartbeat->step, memory_order_relaxed) != step ||
        atomic_flag_test_and_set_explicit(&heartbeat->most.taken,
                                          memory_order_acquire)) // taken by the interrupted code
        return false;
    seen->number = world->steps;
    seen->is_frame_end = world->phase == TL__FRAME_ORDER;
    seen->resumes = atomic_load_explicit(&heartbeat->step_resumes, memory_order_relaxed);
    seen->most_resumes = atomic_load_explicit(&heartbeat->most.resumes, memory_order_relaxed);
    if (seen->most_resumes > 0)
        describe_most(&heartbeat->most, &seen->most);
    atomic_flag_clear_explicit(&heartbeat->most.taken, memory_order_release);
    return seen->most_resumes > 0;
}

void tl__world_end_script(const tl__seen_script *script)
{
    // relaxed: nothing else depends on it
    if (!__atomic_exchange_n(&script->script->to_end, true, __ATOMIC_RELAXED))
        tl__add(&script->script->world->to_end, 1, memory_order_relaxed);
}
