// SPDX-License-Identifier: MIT
/// A priority queue, least key first. Each item stores its own index, so any item can be removed.
#ifndef TELAR_ENGINE_BASE_HEAP_H
#define TELAR_ENGINE_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/result.h"

/// Must be the first member of each item.
typedef struct tl__heap_node {
    uint32_t heap_index1; ///< index of its entry, counted from 1; 0: in no heap
} tl__heap_node;

/// Returns whether `left` comes before `right`. Called only for items with the same key.
typedef bool (*tl__heap_order)(const tl__heap_node *left, const tl__heap_node *right);

/// Keys are stored next to the pointers, so that comparing does not load the items, which are scattered in memory.
typedef struct tl__heap_entry {
    int64_t key;
    tl__heap_node *node;
} tl__heap_entry;

/// While items are added in order, or nearly so, the entries are a sorted array, and items are removed from its front.
/// An item that is added far out of order, or removed from elsewhere, turns the array into a heap; it becomes a sorted
/// array again once it is empty. Most items of a world are added in order.
typedef struct tl__heap {
    tl__heap_entry *entries;
    tl__heap_order comes_before;
    uint32_t begin, end, capacity; ///< entries [begin, end) are in use; `begin` is 0 in a heap
    bool is_heap;
} tl__heap;

/// Makes room for `capacity` nodes in total; up to that number, adding nodes never fails. Returns TL_OK or
/// TL_ERROR_OUT_OF_MEMORY.
tl_result tl__heap_reserve(tl__heap *heap, uint32_t capacity);
void tl__heap_free(tl__heap *heap);

/// Slow paths of tl__heap_put and tl__heap_take.
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

/// Removes a node from this heap; does nothing if it is in no heap. The node must not be in another heap.
static inline void tl__heap_take(tl__heap *heap, tl__heap_node *node)
{
    if (heap->is_heap || node->heap_index1 != heap->begin + 1) {
        tl__heap_take_from_among(heap, node);
        return;
    }
    ++heap->begin;
    node->heap_index1 = 0;
}

/// Returns the first node if its key is `most` or less, else null.
static inline tl__heap_node *tl__heap_first_until(const tl__heap *heap, int64_t most)
{
    return heap->begin < heap->end && heap->entries[heap->begin].key <= most ? heap->entries[heap->begin].node : NULL;
}

/// Returns the node `ahead` entries after the first, or null if there are fewer. While the entries are a sorted array,
/// that is the node that comes `ahead` places later; in a heap it may be any.
static inline const tl__heap_node *tl__heap_ahead(const tl__heap *heap, uint32_t ahead)
{
    return heap->end - heap->begin > ahead ? heap->entries[heap->begin + ahead].node : NULL;
}

#endif
