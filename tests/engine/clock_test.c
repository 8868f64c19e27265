// SPDX-License-Identifier: MIT
#include "telar/clock.h"

#include <math.h>

#include "check.h"
#include "telar/random.h"

TEST(steps_follow_the_time)
{
    tl_clock clock = {0};
    CHECK_INT(0, tl_clock_advance(&clock, 1.0 / 120));
    CHECK_NEAR(0.5, tl_clock_alpha(&clock), 1e-9);
    CHECK_INT(1, tl_clock_advance(&clock, 1.0 / 120));
    CHECK_INT(2, tl_clock_advance(&clock, 2.5 / 60));
    CHECK_NEAR(0.5, tl_clock_alpha(&clock), 1e-9);
}

TEST(no_time_is_lost_over_uneven_frames)
{
    tl_clock clock = {.steps_per_second = 50};
    tl_random random = {1};
    double seconds = 0;
    int steps = 0;
    while (seconds < 600) {
        double frame = 0.001 + 0.05 * (double)tl_random_unit(&random);
        seconds += frame;
        steps += tl_clock_advance(&clock, frame);
        CHECK(tl_clock_alpha(&clock) >= 0 && tl_clock_alpha(&clock) < 1);
    }
    CHECK_NEAR(seconds, (steps + tl_clock_alpha(&clock)) / 50, 1e-6);
}

TEST(a_second_in_any_number_of_parts_is_sixty_steps)
{
    for (int parts = 1; parts <= 1000; ++parts) {
        tl_clock clock = {.max_steps = 60};
        int steps = 0;
        for (int i = 0; i < parts; ++i) {
            steps += tl_clock_advance(&clock, 1.0 / parts);
            float alpha = (float)tl_clock_alpha(&clock);
            CHECK(alpha >= 0 && alpha < 1);
        }
        CHECK_INT(60, steps);
    }
}

TEST(scale_and_pause)
{
    tl_clock clock = {.scale = 0.5};
    CHECK_INT(3, tl_clock_advance(&clock, 6.0 / 60 + 1e-9));
    clock.paused = true;
    CHECK_INT(0, tl_clock_advance(&clock, 1));
    clock.paused = false;
    clock.scale = 2;
    CHECK_INT(2, tl_clock_advance(&clock, 1.0 / 60 + 1e-9));
}

TEST(a_long_stop_is_dropped)
{
    tl_clock clock = {.max_steps = 5};
    CHECK_INT(5, tl_clock_advance(&clock, 10));
    CHECK_INT(0, tl_clock_advance(&clock, 1.0 / 120));
}

TEST(a_paused_clock_lets_single_steps_through)
{
    tl_clock clock = {.paused = true, .single_steps = 3};
    CHECK_INT(3, tl_clock_advance(&clock, 1));
    CHECK_INT(0, clock.single_steps);
    CHECK_INT(0, tl_clock_advance(&clock, 1));
    clock.single_steps = 1;
    CHECK_INT(1, tl_clock_advance(&clock, 0));
    clock.single_steps = -1;
    CHECK_INT(0, tl_clock_advance(&clock, 1));
    clock = (tl_clock){.single_steps = 5}; // it is not paused
    CHECK_INT(1, tl_clock_advance(&clock, 1.0 / 60 + 1e-9));
    clock.paused = true; // they were for that advance only
    CHECK_INT(0, tl_clock_advance(&clock, 1));
}

TEST(bad_times_count_as_none)
{
    tl_clock clock = {0};
    CHECK_INT(0, tl_clock_advance(&clock, -1));
    CHECK_INT(0, tl_clock_advance(&clock, NAN));
    CHECK_INT(0, tl_clock_advance(&clock, INFINITY));
    CHECK_INT(0, tl_clock_advance(NULL, 1));
    CHECK_NEAR(0, tl_clock_alpha(NULL), 0);
    CHECK_INT(1, tl_clock_advance(&clock, 1.0 / 60 + 1e-9));
}

TEST(random_numbers_are_the_same_everywhere)
{
    // SplitMix64 from state 0: the first outputs as published with the reference code.
    tl_random random = {0};
    CHECK_UINT(0xe220a8397b1dcdafu, tl_random_next(&random));
    CHECK_UINT(0x6e789e6aa1b965f4u, tl_random_next(&random));
    CHECK_UINT(0x06c45d188009454fu, tl_random_next(&random));
    unsigned seen[7] = {0};
    for (int i = 0; i < 70000; ++i)
        ++seen[tl_random_below(&random, 7)];
    for (int i = 0; i < 7; ++i)
        CHECK(seen[i] > 9500 && seen[i] < 10500);
    CHECK_UINT(0, tl_random_below(&random, 0));
    for (int i = 0; i < 1000; ++i) {
        float unit = tl_random_unit(&random);
        CHECK(unit >= 0 && unit < 1);
    }
}
