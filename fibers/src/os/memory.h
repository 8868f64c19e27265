// SPDX-License-Identifier: MIT
/// Address space, and the memory behind it.
#ifndef TELAR_OS_MEMORY_H
#define TELAR_OS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "telar/result.h"

/// Maps address space that the system backs with zeroed memory, each page when it is first touched. Returns null if
/// there is none.
void *tl__memory_map(size_t size);
void tl__memory_unmap(void *low, size_t size);

/// Makes whole pages of a mapping usable, where the system asks for that. Returns false if there is no memory.
bool tl__memory_commit(void *low, size_t size);

/// Makes whole pages accessible, or inaccessible. Returns false if the system refuses.
bool tl__memory_open(void *low, size_t size, bool open);

/// Asks the system to back memory by large pages, if it can, or not to.
void tl__memory_prefer_large_pages(void *memory, size_t size);
void tl__memory_refuse_large_pages(void *memory, size_t size);

size_t tl__page_size(void);

/// Finds which pages of a range, which begins with a page, are resident: sets the lowest bit of one byte in `pages` for
/// each. Returns false if the system does not report it.
bool tl__memory_is_resident(void *low, size_t size, unsigned char *pages);

/// Makes whole pages resident. Their content must not matter yet. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__memory_populate(void *low, size_t size);

/// Makes whole pages resident by writing zeros to them.
void tl__memory_touch(void *low, size_t size);

/// Releases the whole pages inside [low, high) to the system; they read as zeros from then on.
tl_result tl__memory_release(void *low, void *high);
/// The same for whole pages, which must be accessible. Returns false if the system refuses; then they are unchanged.
bool tl__memory_discard(void *low, size_t size);

/// The C library's memory for any alignment, which must be given back with the alignment that it was asked for.
void *tl__system_allocate(size_t size, size_t alignment);
void tl__system_free(void *memory, size_t alignment);

#endif
