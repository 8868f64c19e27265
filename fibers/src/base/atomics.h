/// The atomic words that workers share, and what they pause with. Each operation is a place where the test that
/// explores interleavings may let another thread go first (TELAR_EXPLORE: tests/explore/explore.h).
#ifndef TELAR_ATOMICS_H
#define TELAR_ATOMICS_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/// Plain memory, since C++ programs include headers that have such words; only these operations touch it.
typedef uint64_t tl__word;

#ifdef TELAR_EXPLORE
#include "explore_atomics.h"
#else

/// Plain memory that a lock guards is used here: for that test, which then sees whether it does.
#define tl__reads(plain) ((void)(plain))
#define tl__writes(plain) ((void)(plain))

#define tl__load(word, order) __atomic_load_n((word), (order))
#define tl__store(word, value, order) __atomic_store_n((word), (value), (order))
#define tl__exchange(word, value, order) __atomic_exchange_n((word), (value), (order))
#define tl__add(word, value, order) __atomic_fetch_add((word), (value), (order))
#define tl__sub(word, value, order) __atomic_fetch_sub((word), (value), (order))
/// On failure *expected is what was there, read relaxed.
#define tl__cas(word, expected, value, order)                                                                          \
    __atomic_compare_exchange_n((word), (expected), (value), false, (order), memory_order_relaxed)

/// Between two looks at what another thread will change soon. `turns` begins at 0.
/// Each turn takes twice as long as the one before, and after some microseconds other threads may run in between.
static inline void tl__pause(uint32_t *turns)
{
    enum { LONGEST = 6 };
    if (++*turns > LONGEST) {
        sched_yield();
        return;
    }
    for (uint32_t i = 0; i < 1u << *turns; ++i) {
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

/// Gets a cache line for this CPU alone, since it will be written soon. It may be any address.
static inline void tl__prefetch_to_write(const void *address)
{
#if defined(__x86_64__)
    // Without -mprfchw compilers make __builtin_prefetch one for reading, and the write still has to wait for the other
    // CPUs that have the line. CPUs that do not know the instruction do nothing.
    __asm__ volatile("prefetchw %0" ::"m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1);
#endif
}

/// A lock for a few instructions. Zero is open.
typedef struct tl__spin {
    tl__word taken;
} tl__spin;

static inline void tl__spin_lock(tl__spin *spin)
{
    uint32_t turns = 0;
    // acquire: pairs with the release of whoever had it before, so that all that was done under the lock is seen.
    while (tl__exchange(&spin->taken, 1, memory_order_acquire) != 0)
        while (tl__load(&spin->taken, memory_order_relaxed) != 0)
            tl__pause(&turns);
}

static inline void tl__spin_unlock(tl__spin *spin)
{
    tl__store(&spin->taken, 0, memory_order_release); // pairs with tl__spin_lock
}

#endif
