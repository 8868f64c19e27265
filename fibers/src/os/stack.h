// SPDX-License-Identifier: MIT
/// Measures how much of a stack was used.
#ifndef TELAR_OS_STACK_H
#define TELAR_OS_STACK_H

#include <stddef.h>

#include "telar/result.h"

/// Returns the start of the lowest resident page of [low, low + size), or `low` if that page begins below it; the end
/// of the range if no page is resident.
const char *tl__stack_lowest_page(const void *low, size_t size);

/// Sets *bytes to the number of bytes from the lowest non-zero byte of [low, low + size) up to the end.
tl_result tl__stack_high_water(const void *low, size_t size, size_t *bytes);

#endif
