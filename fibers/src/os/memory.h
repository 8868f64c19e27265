// SPDX-License-Identifier: MIT
/// Addresses, and the memory behind them.
#ifndef TELAR_OS_MEMORY_H
#define TELAR_OS_MEMORY_H

#include "telar/api.h"
#include <stdbool.h>
#include <stddef.h>

/// Addresses that the system gives memory to, zeros, a page at a time as each is first touched. Null: there are none.
void *tl__memory_map(size_t size);
void tl__memory_unmap(void *low, size_t size);

/// Opens whole pages to all access, or closes them to any. False: the system refuses.
bool tl__memory_open(void *low, size_t size, bool open);

enum { TL__LARGE_PAGE = 2 << 20 };

/// Memory for what is much, and is looked at here and there: in large pages, where the system has them, so that finding
/// a page costs less. Null: there is none.
TL_API void *tl__memory_allocate_large(size_t size);
TL_API void tl__memory_free_large(void *memory, size_t size);

#endif
