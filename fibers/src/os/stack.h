// SPDX-License-Identifier: MIT
/// The memory of one stack: measures how much was used, makes pages resident, and releases them.
#ifndef TELAR_OS_STACK_H
#define TELAR_OS_STACK_H

#include <stddef.h>

#include "telar/result.h"

size_t tl__page_size(void);

/// Returns the start of the lowest resident page of [low, low + size), or `low` if that page begins below it; the end
/// of the range if no page is resident.
const char *tl__stack_lowest_page(const void *low, size_t size);

/// Sets *bytes to the number of bytes from the lowest non-zero byte of [low, low + size) up to the end.
tl_result tl__stack_high_water(const void *low, size_t size, size_t *bytes);

/// Makes whole pages resident. Their content must not matter yet. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__stack_populate(void *low, size_t size);

/// Releases the whole pages inside [low, high) to the system; they read as zeros from then on.
tl_result tl__stack_release(void *low, void *high);

#endif
