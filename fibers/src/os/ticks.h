// SPDX-License-Identifier: MIT
/// The processor's clock, which is read in about a third of the time that the system's takes.
#ifndef TELAR_OS_TICKS_H
#define TELAR_OS_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "os/threads.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

/// Whether tl__ticks may read the processor's clock: it runs at one speed, also while a core sleeps. (The system itself
/// synchronises it between the cores at boot.)
static inline bool tl__ticks_are_steady(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 &&
           (d >> 8 & 1) != 0; // "invariant TSC" (AMD64 manual, volume 3)
#elif defined(__aarch64__)
    return true; // the generic timer is so by definition
#else
    return false;
#endif
}

/// Returns the time in ticks of unknown length, which never go back on one core.
/// @param steady  what tl__ticks_are_steady returned
static inline uint64_t tl__ticks(bool steady)
{
#if defined(__x86_64__)
    if (steady)
        return __rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    if (steady) {
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        return ticks;
    }
#endif
    (void)steady;
    return (uint64_t)tl__monotonic_time();
}

/// A moment by both clocks, from which on the length of a tick is measured.
typedef struct tl__tick_scale {
    bool steady; ///< for tl__ticks
    uint64_t ticks;
    int64_t time;
} tl__tick_scale;

static inline tl__tick_scale tl__tick_scale_begin(void)
{
    bool steady = tl__ticks_are_steady();
    return (tl__tick_scale){steady, tl__ticks(steady), tl__monotonic_time()};
}

/// Returns the seconds that a tick takes; 0 in the moment in which the scale begins.
static inline double tl__tick_seconds(const tl__tick_scale *scale)
{
    uint64_t ticks = tl__ticks(scale->steady) - scale->ticks;
    return ticks != 0 ? (double)(tl__monotonic_time() - scale->time) / 1e9 / (double)ticks : 0;
}

#endif
