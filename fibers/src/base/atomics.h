// SPDX-License-Identifier: MIT
/// The atomic words that threads share. Each operation is a place where the test that
/// explores interleavings may let another thread go first (TELAR_EXPLORE: tests/explore/explore.h).
#ifndef TELAR_BASE_ATOMICS_H
#define TELAR_BASE_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

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

#endif
