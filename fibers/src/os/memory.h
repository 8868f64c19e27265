// SPDX-License-Identifier: MIT
/// Address space, and the memory behind it.
#ifndef TELAR_OS_MEMORY_H
#define TELAR_OS_MEMORY_H

#include "telar/api.h"
#include <stdbool.h>
#include <stddef.h>

/// Maps address space that the system backs with zeroed memory, each page when it is first touched. Returns null if
/// there is none.
void *tl__memory_map(size_t size);
void tl__memory_unmap(void *low, size_t size);

/// Makes whole pages accessible, or inaccessible. Returns false if the system refuses.
bool tl__memory_open(void *low, size_t size, bool open);

enum { TL__LARGE_PAGE = 2 << 20 };

/// Allocates memory for large data with scattered accesses: in large pages, where the system has them, which makes
/// address translation cheaper. Returns null if there is no memory.
TL_API void *tl__memory_allocate_large(size_t size);
TL_API void tl__memory_free_large(void *memory, size_t size);

#endif
