// SPDX-License-Identifier: MIT
/// What the tests of dense stacks have in common.
#ifndef TELAR_DENSE_FIBERS_H
#define TELAR_DENSE_FIBERS_H

#include "telar/fiber.h"

/// The pool of dense stacks that a case uses.
extern tl_pool *pool;
void open_pool(uint32_t count);

/// Returns how many bytes of a fiber's frames are copied off the stack.
size_t copied(const tl_fiber *fiber);

/// Yields twice at depth 0, then twice at each of once, twice and three times `depth`. Its result is `first`.
struct dive {
    uint32_t first;
    unsigned depth;
};

TL_FIBER_DECLARE(dives, struct dive);

/// Yields numbers: `first`, and after each yield one that is larger by `step` times the value that the yield received.
struct numbers {
    uint32_t first, step;
};

TL_FIBER_DECLARE(counts_up, struct numbers);
uintptr_t next(tl_fiber *fiber, uintptr_t factor);

/// The letters that note_end was called with, in order.
extern char ends[64];
void note_end(void *letter);

/// Yields once. When it is ended there, its clean-ups note its letter, and then the letter in upper case.
struct letter {
    char letter;
};

TL_FIBER_DECLARE(leaves_two, struct letter);

/// Make a fiber of the pool, and run it until it first yields.
tl_fiber *started(const tl_fiber_entry *entry, const void *args);
tl_fiber *lettered(char letter);

/// Makes a fiber on a stack of its own, which is not dense.
tl_fiber *own_fiber(const tl_fiber_entry *entry, const void *args);

#endif
