// SPDX-License-Identifier: MIT
// What happens when a world's time ends, after 8 years or more. Here the time is set to shortly before that.
#include <math.h>

#include "world/world_state.h"

#include "trace.h"

/// Units of time in a step, with one step a second.
static const tl__time step_units = (tl__time)1 << 33;

static void make_old_world(tl__time steps_left)
{
    make_world(1);
    CHECK_INT(step_units, world->units_per_step);
    world->real_time = TL__END_OF_TIME - steps_left * step_units;
    world->group->now[TL__GAME_TIME] = world->real_time;
}

static double game_seconds(void)
{
    return tl_group_get_info(tl_world_group(world)).seconds;
}

TEST(real_time_ends_as_game_time_does)
{
    make_old_world(2);
    steps(3);
    double last = tl_world_get_time(world).seconds;
    CHECK_NEAR((double)TL__END_OF_TIME / (double)step_units, last, 1.5);
    CHECK_NEAR(last, game_seconds(), 0);
    steps(3);
    CHECK_NEAR(last, tl_world_get_time(world).seconds, 0);
    CHECK_NEAR(last, game_seconds(), 0);
    CHECK_UINT(6, tl_world_get_time(world).steps); // steps are still counted
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 1000));
    steps(1);
    CHECK_NEAR(last, game_seconds(), 0);
    CHECK_OK(tl_world_destroy(world));
}

TEST(game_time_at_a_thousand_times_the_speed_ends_in_range)
{
    make_old_world(1);
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 1000));
    steps(3);
    CHECK_NEAR((double)TL__END_OF_TIME / (double)step_units + 999, game_seconds(), 1.5);
    CHECK_OK(tl_world_destroy(world));
}

TEST(no_time_however_late_overflows)
{
    make_world(1);
    world->real_time = world->group->now[TL__GAME_TIME] = TL__NEVER - 1;
    steps(3);
    CHECK_INT(TL__NEVER - 1, world->real_time);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_in_old_age, double, seconds)
{
    CHECK_OK(tl_wait_real_seconds(0));
    CHECK_OK(tl_wait_seconds(0));
    CHECK_OK(tl_wait_real_seconds(1));
    note("real ");
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_seconds(*seconds, TL_WITHIN_REAL(0)));
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_real_seconds(*seconds, TL_WITHIN(1)));
    note("timed out ");
    CHECK_INT(1, tl_race(TL_AFTER(*seconds), TL_AFTER_REAL(0)).winner);
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_steps(INT64_MAX, TL_WITHIN(1)));
    note("raced ");
    CHECK_OK(tl_wait_steps(3)); // steps go on
    note("stepped ");
    tl_wait_real_seconds(*seconds, TL_WITHIN(*seconds));
    note("came ");
}

/// Waits for `seconds`, which pass only after the end of time, and with the same time as a limit.
static void wait_in_old_age(double seconds)
{
    tl_script script;
    tl_script_info info;
    make_old_world(5);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, waits_in_old_age, seconds));
    steps(20);
    CHECK_TRACE("real timed out raced stepped ");
    info = tl_script_get_info(world, script);
    CHECK_INT(TL_WAIT_REAL_TIME, info.wait);
    CHECK(info.wait_left > 0);
    CHECK(info.age_seconds > 0 && info.age_seconds < 10);
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_wait_beyond_the_end_of_time_never_ends)
{
    const double longest = (double)TL__NEVER / (double)step_units;
    const double waits[] = {10, 1e6, longest / 2 - 10, longest / 2, longest / 2 + 10, longest, 1e18, 1e300, INFINITY};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; ++i)
        wait_in_old_age(waits[i]);
}
