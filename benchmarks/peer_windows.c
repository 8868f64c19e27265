// SPDX-License-Identifier: MIT
// Windows' own fibers.
#define WIN32_LEAN_AND_MEAN
#include <stdlib.h>
#include <windows.h>

#include "peer.h"

static void **order, *resumer;
static uint32_t fiber_count;

static VOID CALLBACK yields(void *unused)
{
    (void)unused;
    for (;;)
        SwitchToFiber(resumer);
}

/// Makes a fiber that commits a page and reserves the rest of its stack, as threads do.
static void *make(LPFIBER_START_ROUTINE entry, size_t stack_size)
{
    return need(CreateFiberEx(4096, stack_size, 0, entry, NULL));
}

static void be_a_fiber(void)
{
    if (!IsThreadAFiber())
        resumer = need(ConvertThreadToFiber(NULL));
}

static void open(const peer_fibers *asked)
{
    be_a_fiber();
    fiber_count = asked->count;
    order = need(calloc(fiber_count, sizeof *order));
    for (uint32_t i = 0; i < fiber_count; ++i) {
        order[i] = make(yields, asked->stack_size);
        SwitchToFiber(order[i]);
    }
    if (asked->shuffled)
        shuffle(order, fiber_count);
}

static void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round)
        for (uint32_t i = 0; i < fiber_count; ++i)
            SwitchToFiber(order[i]);
}

static void close(void)
{
    for (uint32_t i = 0; i < fiber_count; ++i)
        DeleteFiber(order[i]);
    free(order);
}

/// A fiber that returned would end its thread, so these yield once, and are destroyed.
static void churn(uint32_t times, size_t stack_size)
{
    be_a_fiber();
    for (uint32_t i = 0; i < times; ++i) {
        void *one = make(yields, stack_size);
        SwitchToFiber(one);
        DeleteFiber(one);
    }
}

const peer peer_windows = {
    "SwitchToFiber", "Windows' own fibers, which grow their stacks", 1, 20000, open, turn, close, churn, PEER_USUAL};
