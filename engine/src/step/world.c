// SPDX-License-Identifier: MIT

#include "base/misuse.h"
#include "base/running.h"
#include "fiber/callback.h"
#include "fiber/owner.h"
#include "fiber/thread_life.h"
#include "job/counter_wait.h"
#include "os/allocator.h"
#include "script/dump_scripts.h"
#include "script/entity_destroy.h"
#include "script/info.h"
#include "script/job_wait.h"
#include "script/post.h"
#include "script/race.h"
#include "script/script_end.h"
#include "script/script_exit.h"
#include "script/script_run.h"
#include "script/waits.h"
#include "step/parallel.h"
#include "step/run_ready.h"
#include "telar/overflow.h"
#include "telar/trace.h"
#include "world/debug_worlds.h"
#include "world/entity.h"
#include "world/exclusive.h"
#include "world/group.h"
#include "world/heartbeat.h"
#include "world/lanes.h"
#include "world/matrices.h"
#include "world/next_step.h"
#include "world/observer.h"
#include "world/owned.h"
#include "world/parallel_slots.h"
#include "world/phase.h"
#include "world/ready.h"
#include "world/script_error.h"
#include "world/script_results.h"
#include "world/script_store.h"
#include "world/timer.h"
#include "world/wait.h"
#include "world/world_ids.h"
#include "world/world_log.h"

enum { DEFAULT_STEPS_PER_SECOND = 60, MAX_STEPS_PER_SECOND = 1000000, DEFAULT_SCRIPTS = 4096 };

/// A second has 2^33 to 2^34 of a world's units of time. So a unit is under 120 picoseconds, and TL__END_OF_TIME is at
/// least 8 years away.
enum { LEAST_UNIT_BITS = 33 };

/// Sets a world's units of time per step and per second, and the values derived from them.
static void set_units(tl_world *world, uint32_t steps_per_second)
{
    if (steps_per_second == 0)
        steps_per_second = DEFAULT_STEPS_PER_SECOND;
    world->units_per_step = (int64_t)1 << LEAST_UNIT_BITS;
    for (uint32_t rate = steps_per_second; rate > 1; rate /= 2)
        world->units_per_step /= 2;
    world->units_per_second = world->units_per_step * steps_per_second;
    tl__time microsecond = world->units_per_second / 1000000, little = world->units_per_step / 4;
    world->tolerance = microsecond < little ? microsecond : little;
    world->steps_per_unit = 1 / (double)world->units_per_step;
    world->microsecond_in_steps = (double)world->units_per_second / 1e6 / (double)world->units_per_step;
}

static void init_lists(tl_world *world)
{
    tl__list_init(&world->living_entities);
    tl__list_init(&world->scripts);
    tl__list_init(&world->predicates);
    tl__list_init(&world->frame_waiters);
    tl__list_init(&world->async_waiters);
    tl__list_init(&world->completed);
    tl__list_init(&world->resolved);
    tl__list_init(&world->pending_timeouts);
    tl__list_init(&world->groups);
    tl__list_init(&world->owned);
}

static tl_result open_world(tl_world *world, const tl_world_desc *desc)
{
    tl_pool_desc stacks = {.stack_size = desc->stack_size,
                           .stack_count = desc->max_scripts > 0 ? desc->max_scripts : DEFAULT_SCRIPTS};
    set_units(world, desc->steps_per_second);
    tl__ticks_init(world, stacks.stack_count);
    init_lists(world);
    tl__timers_init(world, &world->real_timers, TL__REAL_TIME);
    world->physics = desc->physics;
    world->physics_arg = desc->physics_arg;
    world->phase = TL__NO_PHASE;
    world->lockstep = desc->lockstep;
    world->jobs = desc->jobs;
    tl_result result = tl__world_ids_add(world, &world->id);
    if (result == TL_OK)
        result = tl__group_make(world, &(tl_group_desc){.name = "world"}, &world->group);
    if (result == TL_OK)
        result = tl__script_results_init(&world->results);
    if (result != TL_OK)
        return result;
    result = tl_pool_create(&stacks, &world->stacks);
    if (result != TL_OK)
        return result;
    tl__pool_own(world->stacks, tl__script_exit);
    tl__pool_on_wait(world->stacks, tl__async_wait);
    tl__on_counter_wait(tl__scripts_await_their_stepper);
    tl__running_find_with(TL_RUNNING_SCRIPT, tl__script_find_running);
    return TL_OK;
}

/// In a debug build, enables reports of stack overflows on the calling thread, as on each thread that works with
/// worlds. An error is ignored: the world works without such reports.
static void report_overflows(void)
{
#ifndef NDEBUG
    tl_overflow_report_enable();
#endif
}

tl_result tl_world_create(const tl_world_desc *desc, tl_world **world)
{
    if (world != NULL)
        *world = NULL;
    if (desc == NULL || world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (desc->steps_per_second > MAX_STEPS_PER_SECOND)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl_world *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_result result = open_world(made, desc);
    if (result != TL_OK) {
        tl__groups_free(made);
        tl__script_results_free(&made->results);
        tl__world_ids_remove(made->id);
        tl__free(made, sizeof *made);
        return result;
    }
    report_overflows();
    tl__heartbeat_world_made(made);
    tl__root_add(TL__ROOT_WORLD, &made->root);
    tl__debug_publish(TL__DEBUG_WORLDS, &tl__debug_worlds);
    tl__dump_with(TL__DUMP_SCRIPTS, tl__dump_add_scripts);
    *world = made;
    return TL_OK;
}

/// Whether a call that works on the world is still in progress.
static bool is_busy(const tl_world *world)
{
    return tl__is_stepping(world) || world->closing || world->running > 0;
}

static void end_observer(tl_world *world)
{
    tl__observer *observer = world->observer;
    world->observer = NULL;
    observer->world_ends(observer);
}

tl_result tl_world_destroy(tl_world *world)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (is_busy(world))
        return tl__misuse(TL_ERROR_IN_SCRIPT, __func__);
    if (world->observer != NULL)
        end_observer(world);
    world->closing = true;
    tl__scripts_break_shields(world);
    tl__entities_destroy(world);
    tl__scripts_cancel_all(&world->scripts);
    tl__owned_destroy_all(&world->owned);
    tl__failures_report(world);
    tl__heartbeat_world_ends(world);
    tl__root_remove(&world->root); // before anything that it leads to is freed
    tl__scripts_free(world);
    tl__script_results_free(&world->results);
    tl__entities_free(world);
    tl__slots_free(&world->events);
    tl__slots_free(&world->channels);
    tl__groups_free(world);
    tl__lanes_free(world);
    tl__wheel_free(&world->real_timers);
    tl__wheel_store_free(&world->timer_store);
    tl__parallel_free(&world->parallel);
    tl__matrices_free(world);
    tl__heartbeat_free(&world->heartbeat);
    tl_pool_destroy(world->stacks);
    tl__world_ids_remove(world->id);
    tl__posts_free(world);
    tl__free(world, sizeof *world);
    return TL_OK;
}

static void ask_predicates(tl_world *world)
{
    for (tl__link *link = world->predicates.next; link != &world->predicates; link = link->next)
        tl__ready_put(TL__ITEM(link, tl__listener, link)->script);
}

static bool is_ready(const tl_world *world, int phase_order)
{
    return phase_order == TL__PARALLEL_ORDER && world->parallel.any_ready;
}

/// Whether no script is ready in a phase, none can become ready, and no failure is left to report.
static bool is_idle(const tl_world *world, int phase_order)
{
    return !tl__lanes_may_have(world, TL__READY + phase_order) && !is_ready(world, phase_order) &&
           tl__list_is_empty(&world->async_waiters) && tl__list_is_empty(&world->completed) &&
           tl__load(&world->completions, memory_order_relaxed) == 0 && tl__list_is_empty(&world->resolved) &&
           tl__list_is_empty(&world->pending_timeouts) && world->unreported == NULL && world->unreported_of_memory == 0;
}

/// Runs the scripts of a phase until none is ready.
static void run_phase(tl_world *world, int phase_order)
{
    if (is_idle(world, phase_order))
        return;
    world->phase = phase_order;
    tl__lanes_begin_phase(world);
    tl__async_waits_collect(world); // a wait that has completed counts before its limit
    do {
        tl__wait_sets_cancel_losers(world);
        if (phase_order == TL__PARALLEL_ORDER)
            tl__parallel_run(world);
        tl__run_ready(world);
    } while (is_ready(world, phase_order) || tl__async_waits_flush(world) || tl__wait_sets_time_out(world));
    tl__failures_report(world);
    world->phase = TL__NO_PHASE;
}

/// Logs, once, that scripts wait for the end of a frame although a second of steps has passed without any
/// tl_world_end_frame.
static void report_forgotten_frames(tl_world *world)
{
    bool waits = tl__lanes_have(world, TL__READY + TL__FRAME_ORDER) || !tl__list_is_empty(&world->frame_waiters);
    if (world->reported_frame || !waits || world->frame_ended || world->real_time < world->units_per_second)
        return;
    world->reported_frame = true;
    tl__world_log(world, &(tl_log){.id = TL_LOG_NO_FRAMES,
                                   .text = "scripts wait for TL_PHASE_FRAME or by tl_wait_frame, but "
                                           "tl_world_end_frame, which wakes them, was never called; call it once a "
                                           "frame"});
}

static void run_physics(tl_world *world)
{
    if (world->physics == NULL)
        return;
    TL__CALLBACK(callback);
    tl_trace_zone("physics");
    world->physics(world, world->physics_arg);
    tl__note_step_thread(world);
}

static tl_world *begin_world_step(tl_world *world)
{
    tl__store(&world->step_thread, tl__thread_token(), memory_order_relaxed);
    tl__store(&world->stepper, tl__holder_here(), memory_order_relaxed); // relaxed: no other data depends on it
    tl__note_stepper(world);
    report_overflows();
    tl__heartbeat_begin(world);
    return world;
}

/// A step, or the end of a frame, that the world's observer may watch. Ended by end_observed, also when an exception
/// leaves it.
typedef struct observed {
    tl_world *world;
    bool is_step;
} observed;

static void end_observed(const observed *ended)
{
    if (ended->world->observer != NULL)
        ended->world->observer->ends(ended->world->observer, ended->is_step);
}

static void begin_observed(const observed *begun)
{
    if (begun->world->observer != NULL)
        begun->world->observer->begins(begun->world->observer, begun->is_step);
}

/// Ends a step, also when an exception leaves the physics or a predicate, or when the job that does the step ends.
static void end_world_step(tl_world *const *world)
{
    tl__heartbeat_end(*world);
    tl__store(&(*world)->step_thread, 0, memory_order_relaxed);
    if ((*world)->phase != TL__NO_PHASE)
        tl__lanes_break_off(*world);
    (*world)->phase = TL__NO_PHASE;
}

tl_result tl_world_step(tl_world *world)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (is_busy(world))
        return tl__misuse(TL_ERROR_IN_SCRIPT, __func__);
    observed step __attribute__((cleanup(end_observed))) = {world, true};
    begin_observed(&step);
    tl__posts_deliver(world);
    report_forgotten_frames(world);
    tl_world *stepped __attribute__((cleanup(end_world_step), unused)) = begin_world_step(world);
    tl_trace_zone("step");
    ++world->steps;
    world->real_time = tl__advance(world->real_time, world->units_per_step);
    tl__groups_advance(world);
    tl__groups_release(world);
    tl__timers_fire(world);
    ask_predicates(world);
    tl__next_step_begin_frame(world);
    tl__lanes_begin_step(world);
    tl__parallel_begin(world);
    for (int phase_order = 0; phase_order < TL__FRAME_ORDER; ++phase_order) {
        run_phase(world, phase_order);
        if (tl__phase_at(phase_order) == TL_PHASE_BEFORE)
            run_physics(world);
    }
    return TL_OK;
}

tl_result tl_world_end_frame(tl_world *world)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (is_busy(world))
        return tl__misuse(TL_ERROR_IN_SCRIPT, __func__);
    observed end __attribute__((cleanup(end_observed))) = {world, false};
    begin_observed(&end);
    tl_world *stepped __attribute__((cleanup(end_world_step), unused)) = begin_world_step(world);
    tl_trace_zone("end of frame");
    world->frame_ended = true;
    tl__listeners_tell(&world->frame_waiters, TL_OK);
    run_phase(world, TL__FRAME_ORDER);
    return TL_OK;
}

uint64_t tl_world_turns(const tl_world *world)
{
    if (world == NULL)
        tl__misuse(TL_ERROR_NULL, __func__);
    return world != NULL ? world->turns : 0;
}

tl_world_time tl_world_get_time(const tl_world *world)
{
    if (world == NULL) {
        tl__misuse(TL_ERROR_NULL, __func__);
        return (tl_world_time){0};
    }
    double per_second = (double)world->units_per_second;
    return (tl_world_time){
        .steps = (uint64_t)world->steps,
        .seconds = (double)world->real_time / per_second,
        .delta = (double)world->units_per_step / per_second,
    };
}
