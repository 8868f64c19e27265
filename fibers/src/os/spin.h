// SPDX-License-Identifier: MIT
/// Waiting for a moment, without sleeping.
#ifndef TELAR_OS_SPIN_H
#define TELAR_OS_SPIN_H

#include <sched.h>
#include <time.h>

#include "base/atomics.h"

#ifndef TELAR_EXPLORE // its test has these, too, in explore_atomics.h
/// Between two looks at what another thread will change soon. `turns` begins at 0.
/// Each turn takes twice as long as the one before, and after some microseconds other threads may run in between.
static inline void tl__pause(uint32_t *spins)
{
    enum { LONGEST = 6 };
    if (++*spins > LONGEST) {
        sched_yield();
        return;
    }
    for (uint32_t i = 0; i < 1u << *spins; ++i) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
    }
}

/// Of a clock that only serves to tell short times from long ones.
static inline uint64_t tl__nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
#endif

/// A lock for a few instructions. Zero is open.
typedef struct tl__spin {
    tl__word taken;
} tl__spin;

/// Waits until a word is 0, and makes it 1.
static inline void tl__word_take(tl__word *word)
{
    uint32_t spins = 0;
    // acquire: pairs with the release of the one that had it before, so that all that was done under the lock is seen.
    while (tl__exchange(word, 1, memory_order_acquire) != 0)
        while (tl__load(word, memory_order_relaxed) != 0)
            tl__pause(&spins);
}

static inline void tl__spin_acquire(tl__spin *spin)
{
    tl__word_take(&spin->taken);
}

static inline void tl__spin_release(tl__spin *spin)
{
    tl__store(&spin->taken, 0, memory_order_release); // pairs with tl__spin_acquire
}

#endif
