/// A priority queue of items that know their place in it, so that any of them can be taken out. The least comes first.
#ifndef TELAR_ENGINE_BASE_HEAP_H
#define TELAR_ENGINE_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/result.h"

/// To be the first member of each item.
typedef struct tl__heap_node {
    uint32_t place1; ///< its place counted from 1; 0 when it is in no heap
} tl__heap_node;

/// What items are ordered by: by the first of these, then by the next.
typedef struct tl__heap_key {
    int64_t first;
    uint64_t second;
    int64_t third;
} tl__heap_key;

/// Keys lie beside the pointers: comparing must not need the items, which are all over the memory.
typedef struct tl__heap_entry {
    tl__heap_key key;
    tl__heap_node *node;
} tl__heap_entry;

/// What comes in order is kept as a sorted row, taken from its front; what doesn't makes a heap of it, until that is
/// empty. Most of what a world does comes in order.
typedef struct tl__heap {
    tl__heap_entry *entries;
    uint32_t begin, end, capacity; ///< a heap begins at 0
    bool is_heap;
} tl__heap;

/// Makes room for `capacity` nodes in all. TL_OK or TL_ERROR_OUT_OF_MEMORY. Putting nodes in never fails within that
/// room.
tl_result tl__heap_reserve(tl__heap *heap, uint32_t capacity);
void tl__heap_free(tl__heap *heap);

void tl__heap_put(tl__heap *heap, tl__heap_node *node, tl__heap_key key);
/// Takes a node out; nothing when it is in no heap. It must not be in another one.
void tl__heap_take(tl__heap *heap, tl__heap_node *node);

/// How many are in it.
static inline uint32_t tl__heap_count(const tl__heap *heap)
{
    return heap->end - heap->begin;
}

/// The first of all, or null.
static inline tl__heap_node *tl__heap_first(const tl__heap *heap)
{
    return heap->begin < heap->end ? heap->entries[heap->begin].node : NULL;
}

#endif
