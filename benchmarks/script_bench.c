// script_bench [rounds]: what a step costs with 100 scripts awake, as more and more others are asleep.
//
// Printed are the medians over the rounds, with the least and the most, and the ratios to the step without sleepers,
// which are formed within a round.
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "telar/script.h"

enum { AWAKE = 100, STEPS = 2000, CASES = 4 };
static const uint32_t sleepers[CASES] = {0, 1000, 10000, 100000};

static void check(tl_result result)
{
    if (result < 0) {
        fprintf(stderr, "script_bench: %s\n", tl_result_string(result));
        exit(1);
    }
}

TL_SCRIPT(wakes_each_step, tl_nothing, unused)
{
    for (;;)
        tl_wait_frame();
}

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    for (;;)
        tl_wait_seconds(1e6);
}

/// Nanoseconds for a step with so many asleep.
static double measure(uint32_t asleep)
{
    tl_world *world = NULL;
    check(tl_world_create(&(tl_world_desc){.max_scripts = asleep + AWAKE, .stack_size = 16384}, &world));
    for (uint32_t i = 0; i < asleep; ++i)
        check(tl_spawn(world, TL_NO_ENTITY, NULL, sleeps, {0}));
    for (int i = 0; i < AWAKE; ++i)
        check(tl_spawn(world, TL_NO_ENTITY, NULL, wakes_each_step, {0}));
    for (int i = 0; i < 100; ++i)
        check(tl_world_step(world));
    double begin = now();
    for (int i = 0; i < STEPS; ++i)
        check(tl_world_step(world));
    double elapsed = now() - begin;
    check(tl_world_destroy(world));
    return elapsed / STEPS;
}

int main(int argc, char **argv)
{
    int rounds = read_rounds(argc, argv);
    static double steps[CASES][MAX_ROUNDS], ratios[CASES][MAX_ROUNDS];
    for (int round = 0; round < rounds; ++round)
        for (int i = 0; i < CASES; ++i) {
            steps[i][round] = measure(sleepers[i]);
            ratios[i][round] = steps[i][round] / steps[0][round];
        }
    printf("a step with %d scripts awake: medians of %d rounds (least to most)\n", AWAKE, rounds);
    for (int i = 0; i < CASES; ++i) {
        printf("    %6u asleep", sleepers[i]);
        print_spread(steps[i], rounds, "  %8.1f ns (%.1f to %.1f)");
        print_spread(ratios[i], rounds, "  %.2f of none asleep (%.2f to %.2f)\n");
    }
    return 0;
}
