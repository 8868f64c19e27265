#include <stdlib.h>
#include <ucontext.h>

#include "peer.h"

typedef struct fiber {
    ucontext_t registers;
    void *stack;
} fiber;

static fiber *fibers, *current;
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

static void make(fiber *made, void (*entry)(void))
{
    made->stack = need(malloc(PEER_STACK_SIZE));
    getcontext(&made->registers);
    made->registers.uc_stack.ss_sp = made->stack;
    made->registers.uc_stack.ss_size = PEER_STACK_SIZE;
    made->registers.uc_link = &resumer;
    makecontext(&made->registers, entry, 0);
}

static void resume(fiber *which)
{
    current = which;
    swapcontext(&resumer, &which->registers);
}

static void open(uint32_t count)
{
    fibers = need(calloc(count, sizeof *fibers));
    fiber_count = count;
    for (uint32_t i = 0; i < count; ++i) {
        make(&fibers[i], yields);
        resume(&fibers[i]);
    }
}

static void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round)
        for (uint32_t i = 0; i < fiber_count; ++i)
            resume(&fibers[i]);
}

static void close(void)
{
    for (uint32_t i = 0; i < fiber_count; ++i)
        free(fibers[i].stack);
    free(fibers);
}

static void churn(uint32_t times)
{
    for (uint32_t i = 0; i < times; ++i) {
        fiber one;
        make(&one, returns);
        resume(&one);
        free(one.stack);
    }
}

const peer peer_ucontext = {"ucontext", "the C library's, stacks from malloc, no guard page", open, turn, close, churn};
