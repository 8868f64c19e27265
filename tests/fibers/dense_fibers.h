// SPDX-License-Identifier: MIT
/// What the tests of dense stacks have in common.
#ifndef TELAR_DENSE_FIBERS_H
#define TELAR_DENSE_FIBERS_H

#include "telar/fiber.h"

/// The pool of dense stacks that a case uses.
extern tl_pool *pool;
void open_pool(uint32_t count);

/// Bytes of a fiber's frames that are kept elsewhere.
size_t copied(const tl_fiber *fiber);

/// Dives to its depth, once, twice and three times as deep, and yields twice down there each time, after two yields
/// without. Its result is `first`.
struct dive {
    uint32_t first;
    unsigned depth;
};

TL_FIBER_DECLARE(dives, struct dive);

/// Yields numbers from `first` on, each so many steps after the one before as the value it gets says.
struct numbers {
    uint32_t first, step;
};

TL_FIBER_DECLARE(counts_up, struct numbers);
uintptr_t next(tl_fiber *fiber, uintptr_t factor);

/// What note_end was called with, in a row.
extern char ends[64];
void note_end(void *letter);

/// Yields, and notes its letter and that in capitals when it is ended then.
struct letter {
    char letter;
};

TL_FIBER_DECLARE(leaves_two, struct letter);

/// A fiber of the pool that ran until it first yielded.
tl_fiber *started(const tl_fiber_entry *entry, const void *args);
tl_fiber *lettered(char letter);

/// A fiber on a stack of its own.
tl_fiber *own_fiber(const tl_fiber_entry *entry, const void *args);

#endif
