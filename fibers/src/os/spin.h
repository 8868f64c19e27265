// SPDX-License-Identifier: MIT
/// Short waits that do not sleep: back-off and spinlocks.
#ifndef TELAR_OS_SPIN_H
#define TELAR_OS_SPIN_H

#include "base/atomics.h"
#include "os/threads.h"

#ifndef TELAR_EXPLORE // the interleaving test defines these in explore_atomics.h
/// Waits between two polls of a value that another thread will change soon. *spins starts at 0. Each call takes twice
/// as long as the one before; after some microseconds, calls yield the CPU to other threads.
static inline void tl__pause(uint32_t *spins)
{
    enum { LONGEST = 6 };
    if (++*spins > LONGEST) {
        tl__thread_yield();
        return;
    }
    for (uint32_t i = 0; i < 1u << *spins; ++i) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        // Not `yield`, which takes no time on most Arm processors: they have no second thread to yield to. This empties
        // the pipeline, which takes about as long as x86's pause.
        __asm__ volatile("isb" ::: "memory");
#endif
    }
}

/// Returns the time in nanoseconds, by a clock that serves only to distinguish short times from long ones.
static inline uint64_t tl__nanoseconds(void)
{
    return (uint64_t)tl__monotonic_time();
}
#endif

/// A spinlock, to be held for a few instructions only. Zero is unlocked.
typedef struct tl__spin {
    tl__word taken;
} tl__spin;

/// Spins until a word is 0, then sets it to 1.
static inline void tl__word_take(tl__word *word)
{
    uint32_t spins = 0;
    // acquire: pairs with the release by the previous holder, so that everything it wrote under the lock is visible.
    while (tl__exchange(word, 1, memory_order_acquire) != 0)
        while (tl__load(word, memory_order_relaxed) != 0) // relaxed: a hint; the exchange acquires
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
