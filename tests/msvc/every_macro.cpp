// SPDX-License-Identifier: MIT
// Every macro that a program may use, in C++17. Compiled as Microsoft's compiler would (CMakeLists.txt), and by the
// compiler of this build; not run.
#include <telar/concurrency.h>
#include <telar/hooks.h>
#include <telar/lock.h>
#include <telar/overflow.h>
#include <telar/parallel.h>
#include <telar/random.h>
#include <telar/tween.h>
#include <telar/version.h>

struct range {
    int from, to;
};

static void undo(void *)
{
}

TL_FIBER(counts, range, me)
{
    tl_defer(undo, me);
    tl_defer(undo, nullptr);
    (void)tl_yield(nullptr);
}
TL_FIBER_DEFINE(counts_too, range, me)
{
}
TL_JOB(adds, range, me)
{
}
TL_JOB_DEFINE(adds_too, range, me)
{
}
TL_FOR_BODY(paints, range, me, index)
{
    me->from += static_cast<int>(index);
}
TL_FOR_RANGE_BODY(paints_rows, range, me, first, end)
{
    me->to += static_cast<int>(end - first);
}

tl_result make_fibers(tl_pool *pool);
tl_result make_fibers(tl_pool *pool)
{
    range whole = {1, 3};
    tl_fiber *fiber = nullptr;
    tl_fiber_desc how = {};
    tl_result result = tl_fiber_create(pool, &fiber, counts, {1, 2});
    if (result == TL_OK)
        result = tl_fiber_create_with(pool, &how, &fiber, counts_too, whole);
    if (result == TL_OK)
        result = tl_fiber_reset(fiber, counts, {whole.from, 4});
    auto [first, second] = whole;
    if (result == TL_OK)
        result = tl_fiber_create(first > 0 ? pool : nullptr, &fiber, counts, {first, second});
    tl_fiber *fibers[] = {fiber};
    tl_prefetch_ahead(fibers, 1, 0);
    return result == TL_OK ? tl_fiber_create_raw(pool, nullptr, TL_ENTRY(counts), &whole, &fiber) : result;
}

tl_result run_jobs(tl_job_system *jobs, tl_mutex *mutex, tl_spinlock *spinlock, tl_recursive_mutex *recursive);
tl_result run_jobs(tl_job_system *jobs, tl_mutex *mutex, tl_spinlock *spinlock, tl_recursive_mutex *recursive)
{
    range ranges[2] = {};
    tl_counter counter = {};
    tl_job_desc how = {};
    how.worker = counter.name == nullptr ? TL_MAIN_WORKER : TL_ANY_WORKER;
    (void)tl_job_run(jobs, &counter, adds, {1, 2});
    (void)tl_job_run_with(jobs, &how, &counter, adds_too, ranges[0]);
    (void)tl_job_run_many(jobs, &counter, adds, ranges, 2);
    (void)tl_job_run_many_with(jobs, &how, &counter, adds, ranges, 2);
    (void)tl_job_call(jobs, adds, &ranges[0]);
    (void)tl_job_call_with(jobs, &how, adds, &ranges[0]);
    (void)tl_parallel_for(jobs, 10, 1, paints, &ranges[0]);
    (void)tl_parallel_for_with(jobs, &how, 10, 1, paints_rows, &ranges[0]);
    (void)tl_counter_wait_helping(&counter, TL_PRIORITY_LOW, TL_WITHIN_REAL(1));
    tl_scoped_lock(mutex);
    tl_scoped_lock(spinlock);
    tl_scoped_lock(recursive);
    return tl_counter_wait(&counter);
}

TL_SCRIPT_DECLARE(guards, tl_entity);
TL_SCRIPT_RETURNING(int, asks, tl_nothing, unused)
{
    (void)tl_return(asks, 1);
    (void)tl_fail(1, "no %s", "answer");
    return 2;
}
TL_SCRIPT_DEFINE_RETURNING(range, measures, tl_nothing, unused)
{
    (void)tl_return(measures, {1, 2});
    return {3, 4};
}

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    tl_transform transform = TL_TRANSFORM_INIT;
    (void)tl_wait_frame();
    (void)transform;
}

typedef float three[3];
typedef TL_EVENT(three) array_event;
typedef TL_CHANNEL(three) array_channel;

typedef TL_EVENT(range) range_event;
typedef TL_CHANNEL(range) range_channel;

static bool is_done(void *)
{
    return true;
}

static void wait_for_all(tl_world *world, range_event said, range_channel belt, tl_script other)
{
    range got = {};
    int answer = 0;
    uint64_t seen = 0;
    (void)tl_wait_step();
    (void)tl_wait_steps(2, TL_WITHIN(1));
    (void)tl_wait_seconds(1);
    (void)tl_wait_real_seconds(1, TL_FOREVER);
    (void)tl_wait_until(is_done, nullptr);
    (void)tl_wait_script(other, TL_WITHIN(2));
    (void)tl_wait_result(asks, other, &answer);
    (void)tl_wait_event(said, &got);
    (void)tl_wait_event(said, nullptr, TL_WITHIN(1));
    (void)tl_wait_event_after(said, &seen, &got, TL_WITHIN(1));
    (void)tl_send(belt, &got);
    (void)tl_receive(belt, &got, TL_WITHIN(1));
    (void)tl_try_send(belt, &got);
    (void)tl_try_receive(belt, &got);
    (void)tl_post(belt, &got);
    (void)tl_channel_peek(belt, 0, &got);
    (void)tl_emit(said, {1, 2});
    (void)tl_emit(said, got);
    array_event places = {};
    array_channel places_sent = {};
    three place = {1, 2, 3};
    (void)tl_emit(places, {1, 2, 3});
    (void)tl_wait_event(places, &place);
    (void)tl_send(places_sent, &place);
    (void)tl_channel_close(belt);
    if (tl_channel_count(belt) < tl_channel_capacity(belt) && !tl_channel_is_closed(belt))
        (void)tl_channel_destroy(belt);
    if (tl_event_count(said) > 0)
        (void)tl_event_destroy(said);
    (void)tl_channel_create(world, TL_NO_ENTITY, "belt", 2, &belt);
    (void)tl_event_create(world, TL_NO_ENTITY, "said", &said);
}

TL_SCRIPT_DEFINE(guards, tl_entity, me)
{
    range_event said = {};
    range_channel belt = {};
    range got = {};
    range_channel *other = &belt;
    tl_script mate = TL_NO_SCRIPT;
    tl_group *group = tl_group_current();
    tl_world *world = nullptr;
    int answer = 0;
    (void)tl_spawn(world, *me, &mate, guards, TL_NO_ENTITY);
    tl_script_desc how = {};
    (void)tl_spawn_with(world, &how, &mate, measures, {0});
    (void)tl_spawn(world, *me, nullptr, sleeps, {0});
    tl_branch(beside, guards, *me);
    auto copy = beside; // a plain struct, whose end ends nothing
    tl_branch_handle *handle = &copy;
    (void)handle;
    tl_scoped_shield();
    tl_scoped_freeze(group);
    tl_scoped_time_factor(group, 0.5);
    wait_for_all(world, said, belt, beside.script);
    tl_race_outcome outcome =
        tl_race(TL_CHILD(guards, *me), TL_CHILD_OF(guards, me), TL_CHILD_INTO(&answer, asks, {0}), TL_ON(said, &got),
                TL_ON_SEND(*other, &got), TL_ON_RECEIVE(belt, &got), TL_ON_SCRIPT(mate), TL_AFTER(1));
    if (outcome.winner == 0)
        (void)tl_sync(TL_AT(1, guards, *me), TL_AFTER_REAL(1));
    (void)tl_race_within(TL_WITHIN(1), TL_CHILD(guards, *me));
    (void)tl_sync_within(TL_FOREVER, TL_CHILD(guards, *me));
}
