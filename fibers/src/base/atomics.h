// SPDX-License-Identifier: MIT
/// Atomic words that threads share. In the interleaving test (TELAR_EXPLORE: tests/explore/explore.h) each operation
/// may switch to another thread.
#ifndef TELAR_BASE_ATOMICS_H
#define TELAR_BASE_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/// An atomic word. Its type is plain, since C++ programs include headers with such words; only the operations below
/// access it.
typedef uint64_t tl__word;

#ifdef TELAR_EXPLORE
#include "explore_atomics.h"
#else

/// Mark a read or write of plain memory that a lock guards, so that the interleaving test can detect data races.
#define tl__reads(plain) ((void)(plain))
#define tl__writes(plain) ((void)(plain))

#define tl__load(word, order) __atomic_load_n((word), (order))
#define tl__store(word, value, order) __atomic_store_n((word), (value), (order))
#define tl__exchange(word, value, order) __atomic_exchange_n((word), (value), (order))
#define tl__add(word, value, order) __atomic_fetch_add((word), (value), (order))
#define tl__sub(word, value, order) __atomic_fetch_sub((word), (value), (order))
/// On failure, *expected receives the current value. relaxed then: each caller only compares that value and tries again
/// with it, gives up, or loads the word again with an order of its own.
#define tl__cas(word, expected, value, order)                                                                          \
    __atomic_compare_exchange_n((word), (expected), (value), false, (order), memory_order_relaxed)

#endif

/// Prefetches a cache line for a write that follows soon: the line becomes exclusive to this CPU. `address` may be any
/// address.
static inline void tl__prefetch_to_write(const void *address)
{
#if defined(__x86_64__)
    // Without -mprfchw, compilers turn __builtin_prefetch into a prefetch for reading, and the write still has to wait
    // for the other CPUs that hold the line. CPUs that do not support prefetchw treat it as a no-op.
    __asm__ volatile("prefetchw %0" ::"m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1);
#endif
}

#endif
