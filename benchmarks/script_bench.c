// SPDX-License-Identifier: MIT
// script_bench [rounds]: what a step costs with 100 scripts awake, as more and more others are asleep, up to a million;
// and what spawning and ending a script costs next to a bare fiber.
//
// The program prints the medians over the rounds, with the least and the most, and the ratios, which are formed within
// a round.
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "telar/concurrency.h"

enum { AWAKE = 100, STEPS = 2000, CASES = 5, LIVES = 200000 };
static const uint32_t sleepers[CASES] = {0, 1000, 10000, 100000, 1000000};

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
        tl_wait_step();
}

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    for (;;)
        tl_wait_seconds(1e6);
}

/// Returns the nanoseconds for a step while `asleep` scripts sleep.
static double measure(uint32_t asleep)
{
    tl_world *world = NULL;
    check(tl_world_create(&(tl_world_desc){.max_scripts = asleep + AWAKE, .stack_size = 8192}, &world));
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

TL_SCRIPT(returns, tl_nothing, unused)
{
}

/// Returns the nanoseconds for a script from its spawning to its end, with AWAKE scripts at a time.
static double measure_script(void)
{
    tl_world *world = NULL;
    check(tl_world_create(&(tl_world_desc){0}, &world));
    double begin = now();
    for (int i = 0; i < LIVES / AWAKE; ++i) {
        for (int each = 0; each < AWAKE; ++each)
            check(tl_spawn(world, TL_NO_ENTITY, NULL, returns, {0}));
        check(tl_world_step(world));
    }
    double elapsed = now() - begin;
    check(tl_world_destroy(world));
    return elapsed / LIVES;
}

TL_SCRIPT(has_children, int, count)
{
    for (int i = 0; i < *count; ++i)
        check(tl_sync(TL_CHILD(returns, {0})));
}

/// The same for a child.
static double measure_child(void)
{
    tl_world *world = NULL;
    check(tl_world_create(&(tl_world_desc){0}, &world));
    check(tl_spawn(world, TL_NO_ENTITY, NULL, has_children, LIVES));
    double begin = now();
    check(tl_world_step(world));
    double elapsed = now() - begin;
    check(tl_world_destroy(world));
    return elapsed / LIVES;
}

/// The same for bare fibers, with `at_a_time` of them at a time.
static double measure_fibers(int at_a_time)
{
    tl_pool *pool = NULL;
    tl_fiber *fibers[AWAKE];
    check(tl_pool_create(&(tl_pool_desc){.stack_count = 4096}, &pool));
    double begin = now();
    for (int i = 0; i < LIVES / at_a_time; ++i) {
        for (int each = 0; each < at_a_time; ++each)
            check(tl_fiber_create(pool, &fibers[each], returns, {0}));
        for (int each = 0; each < at_a_time; ++each) {
            check(tl_resume(fibers[each], NULL));
            check(tl_fiber_destroy(fibers[each]));
        }
    }
    double elapsed = now() - begin;
    check(tl_pool_destroy(pool));
    return elapsed / LIVES;
}

static double measure_many_fibers(void)
{
    return measure_fibers(AWAKE);
}

static double measure_fiber(void)
{
    return measure_fibers(1);
}

static void print_steps(int rounds)
{
    static double steps[CASES][MAX_ROUNDS], ratios[CASES][MAX_ROUNDS];
    for (int round = 0; round < rounds; ++round)
        for (int i = 0; i < CASES; ++i) {
            steps[i][round] = measure(sleepers[i]);
            ratios[i][round] = steps[i][round] / steps[0][round];
        }
    printf("a step with %d scripts awake: medians of %d rounds (least to most)\n", AWAKE, rounds);
    for (int i = 0; i < CASES; ++i) {
        printf("    %7u asleep", sleepers[i]);
        print_spread(spread_of(steps[i], rounds), "  %8.1f ns (%.1f to %.1f)");
        print_spread(spread_of(ratios[i], rounds), "  %.2f of none asleep (%.2f to %.2f)\n");
    }
}

static void print_lives(int rounds)
{
    static const struct {
        const char *name;
        double (*measure)(void);
    } kinds[] = {{"bare fiber, 100 at a time", measure_many_fibers},
                 {"script, 100 at a time", measure_script},
                 {"bare fiber, one at a time", measure_fiber},
                 {"child, one at a time (tl_sync)", measure_child}};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    static double lives[KINDS][MAX_ROUNDS], ratios[KINDS][MAX_ROUNDS];
    for (int round = 0; round < rounds; ++round)
        for (int i = 0; i < KINDS; ++i) {
            lives[i][round] = kinds[i].measure();
            ratios[i][round] = lives[i][round] / lives[i / 2 * 2][round]; // to the row of bare fibers before it
        }
    printf("a life: create or spawn, run, destroy or end\n");
    for (int i = 0; i < KINDS; ++i) {
        printf("    %-34s", kinds[i].name);
        print_spread(spread_of(lives[i], rounds), "  %6.1f ns (%.1f to %.1f)");
        print_spread(spread_of(ratios[i], rounds), "  %.2f of a bare fiber's (%.2f to %.2f)\n");
    }
    fflush(stdout); // the rest takes longer
}

int main(int argc, char **argv)
{
    int rounds = read_rounds(argc, argv);
    print_lives(rounds);
    print_steps(rounds);
    return 0;
}
