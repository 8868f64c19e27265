// SPDX-License-Identifier: MIT
// The waits for time, steps and conditions: when they end, what they answer, that they do not drift.
#include <math.h>

#include "telar/channel.h"
#include "telar/event.h"
#include "telar/random.h"
#include "trace.h"

static double game_seconds(void)
{
    return tl_group_get_info(tl_world_group(world)).seconds;
}

TL_SCRIPT(waits_steps, tl_nothing, unused)
{
    note("a%ju ", step_count());
    CHECK_OK(tl_wait_step());
    note("b%ju ", step_count());
    CHECK_OK(tl_wait_steps(3));
    note("c%ju ", step_count());
    CHECK_OK(tl_wait_steps(0));
    note("d%ju ", step_count());
    CHECK_OK(tl_yield(NULL)); // a bare yield is a wait for the next step
    note("e%ju", step_count());
}

TEST(steps_are_counted)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_steps, {0}));
    CHECK_TRACE("");
    steps(10);
    CHECK_TRACE("a1 b2 c5 d5 e6");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

struct ticking {
    double seconds;
    int count;
    bool real;
};

static int ticks;

TL_SCRIPT(ticks_for_ever, struct ticking, me)
{
    for (;;) {
        CHECK_OK(me->real ? tl_wait_real_seconds(me->seconds) : tl_wait_seconds(me->seconds));
        ++ticks;
    }
}

static void check_ticks(uint32_t rate, double seconds, int per_second)
{
    make_world(rate);
    ticks = 0;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ticks_for_ever, {.seconds = seconds}));
    steps(1); // it begins to wait in the first step
    for (int second = 1; second <= 1000; ++second) {
        steps((int)rate);
        CHECK_INT(second * per_second, ticks);
    }
    CHECK_OK(tl_world_destroy(world));
}

TEST(ten_a_second_stay_ten_a_second)
{
    check_ticks(60, 0.1, 10);
    check_ticks(60, (double)0.1f, 10);
    check_ticks(50, 0.1, 10);
}

TEST(a_period_that_no_step_fits)
{
    check_ticks(60, 1.0 / 7, 7);
    check_ticks(30, 1.0 / 7, 7);
    check_ticks(144, 0.1, 10);
}

TEST(a_period_shorter_than_a_step)
{
    check_ticks(60, 0.001, 1000); // several in one step, at once
    check_ticks(60, 1.0 / 60, 60);
}

TL_SCRIPT(waits_at_least, double, seconds)
{
    double begin = game_seconds();
    CHECK_OK(tl_wait_seconds(*seconds));
    CHECK(game_seconds() >= begin + *seconds - 1e-6);
    CHECK(game_seconds() < begin + *seconds + 1.0 / 60);
    note("!");
}

TEST(a_wait_lasts_at_least_its_time)
{
    make_world(60);
    for (int i = 0; i < 20; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_at_least, 0.013 * i));
    steps(60);
    CHECK_TRACE("!!!!!!!!!!!!!!!!!!!!");
    CHECK_OK(tl_world_destroy(world));
}

static uint64_t wakes;

TL_SCRIPT(waits_at_random, uint32_t, number)
{
    tl_random random = {*number};
    for (int i = 0; i < 40; ++i) {
        CHECK_OK(tl_wait_seconds(3 * (double)tl_random_unit(&random) * tl_world_get_time(world).delta));
        wakes = wakes * 1000003 + *number * 1000 + step_count();
    }
}

static uint64_t wakes_in_a_world_for(uint32_t max_scripts, uint32_t steps_per_second)
{
    tl_world_desc desc = {.steps_per_second = steps_per_second, .max_scripts = max_scripts, .stack_size = 16384};
    CHECK_OK(tl_world_create(&desc, &world));
    wakes = 0;
    for (uint32_t i = 1; i <= 20; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_at_random, i));
    steps(150);
    CHECK_INT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
    return wakes;
}

/// How finely timers divide a step depends on how many scripts a world may have; the step in which they end does not.
TEST(waits_end_alike_in_a_world_for_many_scripts)
{
    const uint32_t rates[] = {1, 60, 1000000};
    for (int i = 0; i < 3; ++i)
        CHECK(wakes_in_a_world_for(20, rates[i]) == wakes_in_a_world_for(1 << 17, rates[i]));
}

TEST(game_time_is_scaled_and_stands_still)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ticks_for_ever, {.seconds = 0.5}));
    steps(61);
    CHECK_INT(2, ticks);
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 0));
    steps(600);
    CHECK_INT(2, ticks);
    CHECK_NEAR(61.0 / 60, game_seconds(), 1e-9);
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 0.25));
    steps(240);
    CHECK_INT(4, ticks);
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 4));
    steps(60);
    CHECK_INT(12, ticks);
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_group_set_time_scale(tl_world_group(world), -1));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_group_set_time_scale(tl_world_group(world), NAN));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_group_set_time_scale(tl_world_group(world), 1001));
    CHECK_OK(tl_world_destroy(world));
}

TEST(real_time_continues)
{
    make_world(60);
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 0));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ticks_for_ever, {.seconds = 0.5, .real = true}));
    steps(601);
    CHECK_INT(20, ticks);
    CHECK_OK(tl_world_destroy(world));
}

TEST(time_goes_with_the_steps)
{
    make_world(7);
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 0.3));
    steps(7 * 1000);
    tl_world_time time = tl_world_get_time(world);
    CHECK(time.seconds == 1000);
    CHECK_NEAR(300, game_seconds(), 1e-6);
    CHECK_NEAR(1.0 / 7, time.delta, 1e-15);
    CHECK_NEAR(0.3 / 7, tl_group_get_info(tl_world_group(world)).delta, 1e-9);
    CHECK_NEAR(0.3, tl_group_get_info(tl_world_group(world)).scale, 1e-9);
    CHECK_UINT(7000, time.steps);
    CHECK_OK(tl_world_destroy(world));
}

static bool is_set(void *flag)
{
    return *(bool *)flag;
}

static bool flag;

TL_SCRIPT(waits_until, tl_nothing, unused)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_until(is_set, &flag, TL_WITHIN(0)));
    CHECK_OK(tl_wait_until(is_set, &flag));
    note("a%ju ", step_count());
    CHECK_OK(tl_wait_until(is_set, &flag));
    note("b%ju ", step_count());
}

TEST(predicates)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_until, {0}));
    steps(5);
    CHECK_TRACE("");
    flag = true;
    steps(5);
    CHECK_TRACE("a6 b6 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(sets_flag, tl_nothing, unused)
{
    CHECK_OK(tl_wait_seconds(0.5));
    flag = true;
}

struct limited {
    double limit;
};

TL_SCRIPT(waits_until_limited, struct limited, me)
{
    tl_result result = tl_wait_until(is_set, &flag, TL_WITHIN(me->limit));
    note("%s@%ju ", tl_result_name(result), step_count());
}

TEST(predicates_with_a_limit)
{
    make_world(60);
    // The script that sets the flag is older, so it runs first in the step in which the limits of the last two pass.
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sets_flag, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_until_limited, {0.4}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_until_limited, {0.5}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_until_limited, {0.6}));
    steps(60);
    CHECK_TRACE("TL_TIMED_OUT@25 TL_OK@31 TL_OK@31 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(limits_times, tl_nothing, unused)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_seconds(5, TL_WITHIN(0.5)));
    note("%ju ", step_count());
    CHECK_OK(tl_wait_seconds(0.5, TL_WITHIN(5)));
    note("%ju ", step_count());
    CHECK_OK(tl_wait_seconds(0.5, TL_WITHIN(0.5))); // both end in one step: the wait is done
    note("%ju ", step_count());
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_steps(100, TL_WITHIN_REAL(0.5)));
    note("%ju ", step_count());
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_real_seconds(INFINITY, TL_WITHIN(0.5)));
    note("%ju ", step_count());
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_seconds(1, TL_WITHIN(0)));
    CHECK_OK(tl_wait_seconds(0, TL_WITHIN(0)));
    note("%ju ", step_count());
}

TEST(limits_on_times)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, limits_times, {0}));
    steps(200);
    CHECK_TRACE("31 61 91 121 151 151 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(loops_with_limit, tl_nothing, unused)
{
    for (;;) {
        CHECK_RESULT(TL_TIMED_OUT, tl_wait_steps(1000, TL_WITHIN(0.7)));
        ++ticks;
    }
}

TEST(limits_do_not_drift_either)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, loops_with_limit, {0}));
    steps(60 * 700 + 1);
    CHECK_INT(1000, ticks);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_for_ever, tl_nothing, unused)
{
    CHECK_OK(tl_wait_seconds(INFINITY));
    CHECK_UNREACHED();
}

TEST(infinity_is_for_ever)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_ever, {0}));
    steps(10000);
    CHECK_UINT(1, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

static void waits_in_clean_up(void *unused)
{
    (void)unused;
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_wait_step());
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_wait_seconds(1));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_wait_until(is_set, &flag));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_wait_script(TL_NO_SCRIPT));
    note("cleaned ");
}

TL_FIBER(waits_in_own_fiber, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_step());
}

TL_SCRIPT(misuses, tl_nothing, unused)
{
    tl_defer(waits_in_clean_up, NULL);
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_seconds(-1));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_seconds(NAN));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_real_seconds(-0.001));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_steps(1, TL_WITHIN(-1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_steps(-1));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_steps(1, tl_within((tl_clock_id)7, 1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_steps(1, TL_WITHIN_REAL(NAN)));
    CHECK_MISUSE(TL_ERROR_NULL, tl_wait_until(NULL, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_script(TL_NO_SCRIPT));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_wait_script(tl_script_current()));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(world));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(world));
    CHECK_POINTER(world, tl_world_current());
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, waits_in_own_fiber, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_wait_step()); // unharmed
    note("done ");
}

TEST(misuse)
{
    make_world(0);
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_step());
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_seconds(1));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_until(is_set, &flag));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_script(TL_NO_SCRIPT));
    CHECK_POINTER(NULL, tl_world_current());
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, misuses, {0}));
    steps(3);
    CHECK_TRACE("done cleaned ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(waits_have_words)
{
    for (tl_wait wait = TL_WAIT_NOTHING; wait <= TL_WAIT_LOCK; ++wait)
        CHECK(strcmp(tl_wait_string(wait), "unknown wait") != 0);
    CHECK_STRING("unknown wait", tl_wait_string((tl_wait)99));
}

static plain_event bell;
static int_channel pipe_;
static tl_script ringer;

TL_SCRIPT(times_out_often, tl_nothing, unused)
{
    for (;;) {
        CHECK_RESULT(TL_TIMED_OUT, tl_wait_event(bell, NULL, TL_WITHIN(0.01)));
        ++ticks;
    }
}

TEST(limits_shorter_than_a_step_let_the_world_go_on)
{
    make_world(60);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &bell));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, times_out_often, {0}));
    steps(61);
    CHECK_INT(100, ticks);
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 10));
    steps(60);
    CHECK_INT(1100, ticks);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(rings, tl_nothing, unused)
{
    int item = 1;
    CHECK_OK(tl_wait_seconds(0.5));
    CHECK_OK(tl_emit(bell, {0}));
    CHECK_OK(tl_send(pipe_, &item));
}

TL_SCRIPT(hears, int, what)
{
    int item = 0;
    tl_result heard = *what == 0   ? tl_wait_event(bell, NULL, TL_WITHIN(0.5))
                      : *what == 1 ? tl_receive(pipe_, &item, TL_WITHIN(0.5))
                                   : tl_wait_script(ringer, TL_WITHIN(0.5));
    note("%s@%ju ", tl_result_name(heard), step_count());
}

/// All waits end at the same time as their limits. Whether they are in time depends on which script runs first.
static void ring_and_hear(int ringers_priority)
{
    make_world(60);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &bell));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, NULL, 1, &pipe_));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.priority = ringers_priority}), &ringer, rings, {0}));
    for (int what = 0; what < 3; ++what)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hears, what));
    steps(40);
    CHECK_OK(tl_world_destroy(world));
}

TEST(what_comes_in_the_limits_step_before_the_script_counts)
{
    ring_and_hear(1);
    CHECK_TRACE("TL_OK@31 TL_OK@31 TL_OK@31 ");
    ring_and_hear(-1);
    CHECK_TRACE("TL_TIMED_OUT@31 TL_TIMED_OUT@31 TL_TIMED_OUT@31 ");
}

TL_SCRIPT(waits_long, double, seconds)
{
    double begin = tl_world_get_time(world).seconds;
    CHECK_OK(tl_wait_real_seconds(*seconds));
    CHECK(tl_world_get_time(world).seconds >= begin + *seconds - 1.1e-6);
    note("long enough");
}

TEST(long_waits_are_not_cut_short)
{
    make_world(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_long, 2000000.1));
    steps(2000003);
    CHECK_TRACE("long enough");
    CHECK_OK(tl_world_destroy(world));
}

static bool asks_around(void *count)
{
    CHECK_POINTER(world, tl_world_current());
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_steps(0));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(world));
    return ++*(int *)count == 3;
}

TL_SCRIPT(asks, tl_nothing, unused)
{
    int count = 0;
    CHECK_OK(tl_wait_until(asks_around, &count));
    note("%d@%ju", count, step_count());
}

TEST(a_predicate_is_always_asked_in_the_same_surroundings)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, asks, {0}));
    steps(5);
    CHECK_TRACE("3@3");
    CHECK_OK(tl_world_destroy(world));
}

static tl_script suicide;

static bool cancels_its_script(void *at_first)
{
    if (*(bool *)at_first || step_count() > 1)
        CHECK_OK(tl_script_cancel(world, suicide));
    return true;
}

static bool not_yet(void *at_first)
{
    return step_count() > 1 && cancels_its_script(at_first);
}

TL_SCRIPT(is_cancelled_by_its_predicate, bool, at_first)
{
    tl_defer(note_text, "cleaned ");
    CHECK_OK(tl_wait_until(*at_first ? cancels_its_script : not_yet, at_first));
    CHECK_UNREACHED();
}

TEST(a_predicate_that_ends_its_script_does_no_harm)
{
    for (int at_first = 0; at_first < 2; ++at_first) {
        make_world(0);
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &suicide, is_cancelled_by_its_predicate, at_first != 0));
        steps(3);
        CHECK_TRACE("cleaned ");
        CHECK_UINT(0, tl_script_count(world));
        CHECK_OK(tl_world_destroy(world));
    }
}
