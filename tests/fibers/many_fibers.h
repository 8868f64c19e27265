// SPDX-License-Identifier: MIT
/// What the tests of many fibers and of the system's limits have in common.
#ifndef TELAR_MANY_FIBERS_H
#define TELAR_MANY_FIBERS_H

#include "system_memory.h"
#include "telar/fiber.h"
#include "telar/pool.h"

/// Yields once; its result is its index times 7, and 1.
struct place {
    uint32_t index;
};

TL_FIBER_DECLARE(remembers, struct place);

/// Resumes fibers `remembers` for the first time, and for the second.
void resume_and_yield(tl_fiber *const *fibers, uint32_t count);
void resume_and_check(tl_fiber *const *fibers, uint32_t count);

/// Checks that the lowest byte of a stack is readable, and the bytes below it are not: of one fiber, or of some of the
/// fibers, the first and the last among them.
void check_guard(const tl_fiber *fiber);
void check_guards(tl_fiber *const *fibers, uint32_t count);

/// Creates fibers on all eight stacks of a pool, and checks that `pages` pages are resident on each of the first
/// `populated` stacks, and one on the others.
void check_resident(tl_pool *pool, unsigned populated, unsigned pages);
/// Populates pools, and checks what is resident then.
void check_populating(void);

/// Resumes a million fibers in turn until they end. Their next turn is number `first`.
enum { MILLION = 1000000, TURNS = 10 };
void resume_a_million(tl_fiber *const *fibers, uint32_t first);

#endif
