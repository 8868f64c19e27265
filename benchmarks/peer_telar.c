#include <stdio.h>
#include <stdlib.h>

#include "peer.h"
#include "telar/fiber.h"

static tl_pool *pool;
static tl_fiber **fibers;
static uint32_t fiber_count;

static void check(tl_result result)
{
    if (result < 0) {
        fprintf(stderr, "telar: %s\n", tl_result_string(result));
        exit(1);
    }
}

TL_FIBER(yields, tl_nothing, unused)
{
    for (;;)
        tl_yield(NULL);
}

TL_FIBER(returns, tl_nothing, unused)
{
}

static void make_pool(uint32_t count, bool keep_float_control)
{
    check(tl_pool_create(
        &(tl_pool_desc){.stack_size = PEER_STACK_SIZE, .stack_count = count, .keep_float_control = keep_float_control},
        &pool));
}

static void make_fibers(uint32_t count, bool keep_float_control)
{
    make_pool(count, keep_float_control);
    fibers = need(calloc(count, sizeof(tl_fiber *)));
    fiber_count = count;
    for (uint32_t i = 0; i < count; ++i) {
        check(tl_fiber_create(pool, &fibers[i], yields, {0}));
        check(tl_resume(fibers[i], NULL));
    }
}

static void open_fast(uint32_t count)
{
    make_fibers(count, false);
}

static void open_float(uint32_t count)
{
    make_fibers(count, true);
}

static void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round)
        for (uint32_t i = 0; i < fiber_count; ++i)
            check(tl_resume(fibers[i], NULL));
}

static void close_pool(void)
{
    check(tl_pool_destroy(pool));
    free(fibers);
    fibers = NULL;
}

static void churn(uint32_t times, bool keep_float_control)
{
    make_pool(16, keep_float_control);
    for (uint32_t i = 0; i < times; ++i) {
        tl_fiber *fiber = NULL;
        check(tl_fiber_create(pool, &fiber, returns, {0}));
        check(tl_resume(fiber, NULL));
        check(tl_fiber_destroy(fiber));
    }
    close_pool();
}

static void churn_fast(uint32_t times)
{
    churn(times, false);
}

static void churn_float(uint32_t times)
{
    churn(times, true);
}

const peer peer_telar = {"Telar", "stacks from a pool, guard page on", open_fast, turn, close_pool, churn_fast};
const peer peer_telar_float = {"Telar, keep_float_control",
                               "the same, floating-point control words kept per fiber",
                               open_float,
                               turn,
                               close_pool,
                               churn_float};
