// SPDX-License-Identifier: MIT
// No fibers, only the floating-point control words that a pair of switches stores and loads twice, between fibers that
// keep their own (keep_float_control): the least that such a pair can cost.
#include <stddef.h>

#include "peer.h"

#ifdef __x86_64__

static struct {
    uint32_t mxcsr;
    uint16_t x87;
} here, there;

static void open(const peer_fibers *asked)
{
    (void)asked;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(there.mxcsr), "=m"(there.x87));
}

static void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round) {
        __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(here.mxcsr), "=m"(here.x87));
        __asm__ volatile("ldmxcsr %0" : : "m"(there.mxcsr));
        __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(there.mxcsr), "=m"(there.x87));
        __asm__ volatile("ldmxcsr %0" : : "m"(here.mxcsr));
    }
}

static void close(void)
{
}

const peer peer_control_words = {
    .name = "control words alone",
    .what = "no fibers: MXCSR and the x87 control word are stored, and MXCSR is loaded, twice",
    .fewest = 1,
    .most = 1,
    .open = open,
    .turn = turn,
    .close = close,
};

#endif
