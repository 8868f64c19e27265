// SPDX-License-Identifier: MIT
/// An allocator for tests that checks what the libraries free: each block once, with the size and the alignment that it
/// was allocated with.
#ifndef TELAR_CHECKED_HEAP_H
#define TELAR_CHECKED_HEAP_H

#include <stdbool.h>

#include "telar/hooks.h"

extern const tl_allocator checked_heap;

/// Blocks in use, and all allocations so far.
long checked_heap_blocks(void);
long checked_heap_allocations(void);

/// Number of allocations that succeed before all later ones fail; negative: none fails.
extern long checked_heap_fail_after;

/// Calls `create` with no allocation that succeeds, then with one, two and so on, until it returns TL_OK. Each refusal
/// must be TL_ERROR_OUT_OF_MEMORY and leave no block.
/// @return how many calls were refused
int checked_heap_refusals(tl_result (*create)(void));

#endif
