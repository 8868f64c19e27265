// SPDX-License-Identifier: MIT
/// The memory of one stack: what was used of it, and giving it back.
#ifndef TELAR_OS_STACK_H
#define TELAR_OS_STACK_H

#include <stddef.h>

#include "telar/result.h"

size_t tl__page_size(void);

/// Where the lowest page that is in memory begins, of [low, low + size), or `low`, whichever is higher; the end when
/// none is in memory.
const char *tl__stack_lowest_page(const void *low, size_t size);

/// Bytes from the lowest one of [low, low + size) that is not zero up to the end.
tl_result tl__stack_high_water(const void *low, size_t size, size_t *bytes);

/// Sees to it that there is memory behind whole pages that hold nothing yet. TL_OK, or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__stack_populate(void *low, size_t size);

/// Gives the whole pages inside [low, high) back to the system; they read as zeros from then on.
tl_result tl__stack_release(void *low, void *high);

#endif
