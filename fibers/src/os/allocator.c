// SPDX-License-Identifier: MIT
#include "os/allocator.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/misuse.h"
#include "os/memory.h"
#include "telar/hooks.h"

enum { ANY_TYPE = _Alignof(max_align_t) };

/// The program's allocator; null selects the C library's. It changes only while no block is in use, so each block is
/// freed by the allocator that it came from.
static _Atomic(const tl_allocator *) current_allocator;

/// Number of blocks in use. relaxed: it is compared with zero only by a thread that knows that no other thread is at
/// work.
static _Atomic(size_t) blocks;

static const tl_allocator *allocator(void)
{
    return atomic_load_explicit(&current_allocator, memory_order_acquire); // pairs with tl_set_allocator
}

static void *counted(void *memory)
{
    if (memory != NULL)
        atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
    return memory;
}

void *tl__allocate_aligned(size_t size, size_t alignment)
{
    const tl_allocator *by = allocator();
    alignment = alignment > ANY_TYPE ? alignment : ANY_TYPE;
    return counted(by != NULL ? by->allocate(size, alignment, by->user_data) : tl__system_allocate(size, alignment));
}

void tl__free_aligned(void *memory, size_t size, size_t alignment)
{
    const tl_allocator *by = allocator();
    if (memory == NULL)
        return;
    atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
    if (by != NULL)
        by->free(memory, size, alignment > ANY_TYPE ? alignment : ANY_TYPE, by->user_data);
    else
        tl__system_free(memory, alignment);
}

void *tl__allocate(size_t size)
{
    return tl__allocate_aligned(size, ANY_TYPE);
}

void *tl__allocate_zeros(size_t size)
{
    if (allocator() == NULL)
        return counted(calloc(1, size)); // calloc does not clear fresh pages, which are zeros already
    void *memory = tl__allocate(size);
    return memory != NULL ? memset(memory, 0, size) : NULL;
}

void tl__free(void *memory, size_t size)
{
    tl__free_aligned(memory, size, ANY_TYPE);
}

void *tl__reallocate(void *memory, size_t had, size_t size)
{
    if (memory == NULL)
        return tl__allocate(size);
    if (allocator() == NULL)
        return realloc(memory, size);
    void *moved = tl__allocate(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, memory, had < size ? had : size);
    tl__free(memory, had);
    return moved;
}

static size_t round_to_large_pages(size_t size)
{
    return (size + TL__LARGE_PAGE - 1) / TL__LARGE_PAGE * TL__LARGE_PAGE;
}

void *tl__allocate_large(size_t size)
{
    size_t rounded = round_to_large_pages(size);
    void *memory = tl__allocate_aligned(rounded, TL__LARGE_PAGE);
    if (memory != NULL)
        tl__memory_prefer_large_pages(memory, rounded);
    return memory;
}

void tl__free_large(void *memory, size_t size)
{
    tl__free_aligned(memory, round_to_large_pages(size), TL__LARGE_PAGE);
}

tl_result tl_set_allocator(const tl_allocator *to_set)
{
    if (to_set != NULL && (to_set->allocate == NULL || to_set->free == NULL))
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (atomic_load_explicit(&blocks, memory_order_relaxed) != 0)
        return tl__misuse(TL_ERROR_BUSY, __func__);
    atomic_store_explicit(&current_allocator, to_set, memory_order_release); // pairs with allocator()
    return TL_OK;
}
