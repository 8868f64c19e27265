// SPDX-License-Identifier: MIT
/// A priority queue of items that know their place in it, so that any of them can be taken out. The least comes first.
#ifndef TELAR_ENGINE_BASE_HEAP_H
#define TELAR_ENGINE_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/result.h"

/// To be the first member of each item.
typedef struct tl__heap_node {
    uint32_t heap_index1; ///< its place counted from 1; 0 when it is in no heap
} tl__heap_node;

/// Which of two items with the same key comes first.
typedef bool (*tl__heap_order)(const tl__heap_node *left, const tl__heap_node *right);

/// Keys lie next to the pointers: comparing must not need the items, which are all over the memory.
typedef struct tl__heap_entry {
    int64_t key;
    tl__heap_node *node;
} tl__heap_entry;

/// What comes in order, or nearly so, is kept as a sorted row, taken from its front; what doesn't makes a heap of it,
/// until that is empty. Most of what a world does comes in order.
typedef struct tl__heap {
    tl__heap_entry *entries;
    tl__heap_order comes_before;
    uint32_t begin, end, capacity; ///< a heap begins at 0
    bool is_heap;
} tl__heap;

/// Makes room for `capacity` nodes in all. TL_OK or TL_ERROR_OUT_OF_MEMORY. Putting nodes in never fails within that
/// room.
tl_result tl__heap_reserve(tl__heap *heap, uint32_t capacity);
void tl__heap_free(tl__heap *heap);

/// What tl__heap_put and tl__heap_take do where it is not as simple as mostly.
void tl__heap_put_among(tl__heap *heap, tl__heap_node *node, int64_t key);
void tl__heap_take_from_among(tl__heap *heap, tl__heap_node *node);

static inline void tl__heap_put(tl__heap *heap, tl__heap_node *node, int64_t key)
{
    if (heap->begin != heap->end) {
        tl__heap_put_among(heap, node, key);
        return;
    }
    heap->entries[0] = (tl__heap_entry){key, node};
    heap->begin = 0;
    heap->end = node->heap_index1 = 1;
    heap->is_heap = false;
}

/// Takes a node out; nothing when it is in no heap. It must not be in another one.
static inline void tl__heap_take(tl__heap *heap, tl__heap_node *node)
{
    if (heap->is_heap || node->heap_index1 != heap->begin + 1) {
        tl__heap_take_from_among(heap, node);
        return;
    }
    ++heap->begin;
    node->heap_index1 = 0;
}

/// The first node of all, if its key is `most` or less; else null.
static inline tl__heap_node *tl__heap_first_until(const tl__heap *heap, int64_t most)
{
    return heap->begin < heap->end && heap->entries[heap->begin].key <= most ? heap->entries[heap->begin].node : NULL;
}

/// The node `ahead` places after the first, where nodes are in a row; null where there are fewer.
static inline const tl__heap_node *tl__heap_ahead(const tl__heap *heap, uint32_t ahead)
{
    return heap->end - heap->begin > ahead ? heap->entries[heap->begin + ahead].node : NULL;
}

#endif
