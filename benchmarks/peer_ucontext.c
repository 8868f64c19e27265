// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <ucontext.h>

#include "peer.h"

typedef struct fiber {
    ucontext_t registers;
    void *stack;
} fiber;

static fiber **order, *current;
static uint32_t fiber_count;
static ucontext_t resumer;

static void yields(void)
{
    for (;;)
        swapcontext(&current->registers, &resumer);
}

static void returns(void)
{
}

static void make(fiber *made, void (*entry)(void), size_t stack_size)
{
    made->stack = need(malloc(stack_size));
    getcontext(&made->registers);
    made->registers.uc_stack.ss_sp = made->stack;
    made->registers.uc_stack.ss_size = stack_size;
    made->registers.uc_link = &resumer;
    makecontext(&made->registers, entry, 0);
}

static void resume(fiber *which)
{
    current = which;
    swapcontext(&resumer, &which->registers);
}

static void open(const peer_fibers *asked)
{
    fiber_count = asked->count;
    order = need(calloc(fiber_count, sizeof *order));
    for (uint32_t i = 0; i < fiber_count; ++i) {
        order[i] = need(malloc(sizeof *order[i]));
        make(order[i], yields, asked->stack_size);
        resume(order[i]);
    }
    if (asked->shuffled)
        shuffle((void **)order, fiber_count);
}

static void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round)
        for (uint32_t i = 0; i < fiber_count; ++i)
            resume(order[i]);
}

static void close(void)
{
    for (uint32_t i = 0; i < fiber_count; ++i) {
        free(order[i]->stack);
        free(order[i]);
    }
    free(order);
}

static void churn(uint32_t times, size_t stack_size)
{
    for (uint32_t i = 0; i < times; ++i) {
        fiber one;
        make(&one, returns, stack_size);
        resume(&one);
        free(one.stack);
    }
}

const peer peer_ucontext = {"ucontext",
                            "the C library's, stacks from malloc, no guard page",
                            1,
                            100000,
                            open,
                            turn,
                            close,
                            churn,
                            PEER_MAKES_SYSTEM_CALLS};
