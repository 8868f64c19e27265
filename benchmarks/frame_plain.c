// SPDX-License-Identifier: MIT
// The peers that all others are compared with: a state machine written by hand, and fibers without a world.
#include <stdio.h>
#include <stdlib.h>

#include "frame_peer.h"
#include "telar/fiber.h"

static uint32_t script_count;

static void check(tl_result result)
{
    if (result < 0) {
        fprintf(stderr, "bare fibers: %s\n", tl_result_string(result));
        exit(1);
    }
}

// A state machine of three states, which goes to the next state in each step.

static uint32_t *stages;

static void open_machines(uint32_t count)
{
    script_count = count;
    stages = need(calloc(count, sizeof *stages));
}

static void advance(uint32_t *stage)
{
    switch (*stage) {
    case 0: *stage = 1; break;
    case 1: *stage = 2; break;
    default: *stage = 0; break;
    }
    ++times_gone_on;
}

static void run_machines(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step)
        for (uint32_t i = 0; i < script_count; ++i)
            advance(&stages[i]);
}

static void close_machines(void)
{
    free(stages);
}

// Fibers in a loop.

enum { WORTH_PREFETCHING = 1024 };

static tl_pool *pool;
static tl_fiber **fibers;

TL_FIBER(yields, tl_nothing, unused)
{
    for (;;) {
        ++times_gone_on;
        tl_yield(NULL);
    }
}

static void open_pool(uint32_t count)
{
    script_count = count;
    check(tl_pool_create(&(tl_pool_desc){.stack_count = count, .stack_size = SCRIPT_STACK}, &pool));
    fibers = need(calloc(count, sizeof *fibers));
}

static void open_fibers(uint32_t count)
{
    open_pool(count);
    for (uint32_t i = 0; i < count; ++i)
        check(tl_fiber_create(pool, &fibers[i], yields, {0}));
}

static void run_fibers(uint32_t steps)
{
    tl_fiber *const *list = fibers;
    uint32_t count = script_count;
    for (uint32_t step = 0; step < steps; ++step)
        for (uint32_t i = 0; i < count; ++i) {
            if (count > WORTH_PREFETCHING)
                tl_prefetch_ahead(list, count, i);
            check(tl_resume(list[i], NULL));
        }
}

static void close_fibers(void)
{
    check(tl_pool_destroy(pool));
    free(fibers);
}

TL_FIBER(returns, tl_nothing, unused)
{
    ++times_gone_on;
}

static void run_lives(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step) {
        for (uint32_t i = 0; i < script_count; ++i)
            check(tl_fiber_create(pool, &fibers[i], returns, {0}));
        for (uint32_t i = 0; i < script_count; ++i) {
            check(tl_resume(fibers[i], NULL));
            check(tl_fiber_destroy(fibers[i]));
        }
    }
}

static void run_short_lives(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step)
        for (uint32_t i = 0; i < script_count; ++i) {
            tl_fiber *fiber = NULL;
            check(tl_fiber_create(pool, &fiber, returns, {0}));
            check(tl_resume(fiber, NULL));
            check(tl_fiber_destroy(fiber));
        }
}

const frame_peer plain_peers[] = {
    {"state machine", SCENE_STEP, open_machines, run_machines, close_machines},
    {"bare fibers", SCENE_STEP, open_fibers, run_fibers, close_fibers},
    {"bare fibers", SCENE_LIFE, open_pool, run_lives, close_fibers},
    {"bare fibers", SCENE_CHILD, open_pool, run_short_lives, close_fibers},
    {0},
};
