// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "peer.h"
#include "telar/fiber.h"

enum { WORTH_PREFETCHING = 1024 }; // more fibers than this do not fit into the nearest cache

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

TL_FIBER(yields_deep, tl_nothing, unused)
{
    volatile char locals[PEER_LOCALS] = {0};
    for (;;) {
        ++locals[0];
        tl_yield(NULL);
    }
}

TL_FIBER(returns, tl_nothing, unused)
{
}

static void open(const peer_fibers *asked, tl_pool_desc desc)
{
    desc.stack_size = asked->stack_size > TL_STACK_MIN ? asked->stack_size : TL_STACK_MIN;
    desc.stack_count = asked->count;
    check(tl_pool_create(&desc, &pool));
    fiber_count = asked->count;
    fibers = need(calloc(fiber_count, sizeof *fibers));
    for (uint32_t i = 0; i < fiber_count; ++i) {
        check(tl_fiber_create_raw(pool, NULL, asked->deep ? &yields_deep__entry : &yields__entry, &(tl_nothing){0},
                                  &fibers[i]));
        check(tl_resume(fibers[i], NULL));
    }
    if (asked->shuffled)
        shuffle((void **)fibers, fiber_count);
}

static void open_fast(const peer_fibers *asked)
{
    open(asked, (tl_pool_desc){0});
}

static void open_float(const peer_fibers *asked)
{
    open(asked, (tl_pool_desc){.keep_float_control = true});
}

static void open_guarded_by_a_page(const peer_fibers *asked)
{
    open(asked, (tl_pool_desc){.guard_size = 4096});
}

static void open_dense(const peer_fibers *asked)
{
    open(asked, (tl_pool_desc){.stacks = TL_STACKS_DENSE});
}

// All in one function, as in peer_boost.cpp. With calls around it, each return into them would be predicted wrongly,
// for every library that leaves a fiber by a jump.
static void turn(uint32_t rounds)
{
    tl_fiber *const *list = fibers;
    uint32_t count = fiber_count;
    for (uint32_t round = 0; round < rounds; ++round) {
        for (uint32_t i = 0; i < count; ++i) {
            if (count > WORTH_PREFETCHING)
                tl_prefetch_ahead(list, count, i);
            check(tl_resume(list[i], NULL));
        }
    }
}

static void close_pool(void)
{
    check(tl_pool_destroy(pool));
    free(fibers);
    fibers = NULL;
}

static void churn(uint32_t times, tl_pool_desc desc)
{
    desc.stack_count = 16;
    check(tl_pool_create(&desc, &pool));
    for (uint32_t i = 0; i < times; ++i) {
        tl_fiber *fiber = NULL;
        check(tl_fiber_create(pool, &fiber, returns, {0}));
        check(tl_resume(fiber, NULL));
        check(tl_fiber_destroy(fiber));
    }
    close_pool();
}

static void churn_fast(uint32_t times, size_t stack_size)
{
    churn(times, (tl_pool_desc){.stack_size = stack_size});
}

static void churn_float(uint32_t times, size_t stack_size)
{
    churn(times, (tl_pool_desc){.stack_size = stack_size, .keep_float_control = true});
}

static void churn_dense(uint32_t times, size_t stack_size)
{
    churn(times, (tl_pool_desc){.stack_size = stack_size, .stacks = TL_STACKS_DENSE});
}

const peer peer_telar = {"Telar",    "stacks from a pool, guards on; prefetched ahead where there are more than 1,024",
                         1,          UINT32_MAX,
                         open_fast,  turn,
                         close_pool, churn_fast,
                         PEER_USUAL};
const peer peer_telar_float = {"Telar strict",
                               "the same with keep_float_control: the floating-point control words kept per fiber",
                               1,
                               100000,
                               open_float,
                               turn,
                               close_pool,
                               churn_float,
                               PEER_USUAL};
const peer peer_telar_page = {"Telar small guards",
                              "the same with a guard_size of 4,096 instead of 16,384",
                              100000,
                              UINT32_MAX,
                              open_guarded_by_a_page,
                              turn,
                              close_pool,
                              NULL,
                              PEER_USUAL};
const peer peer_telar_dense = {"Telar dense",
                               "the same with dense stacks: all on one, copied off in turn",
                               1,
                               UINT32_MAX,
                               open_dense,
                               turn,
                               close_pool,
                               churn_dense,
                               PEER_USUAL};
