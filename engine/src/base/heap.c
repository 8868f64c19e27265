// SPDX-License-Identifier: MIT
#include "base/heap.h"

#include <assert.h>

#include "os/allocator.h"

/// Children of a node: more than two make fewer levels, and siblings lie side by side in memory.
enum { ARITY = 4 };

/// An item is inserted at most this many entries before the end of the sorted array. An item that belongs further to
/// the front turns the array into a heap.
enum { NEAR = 32 };

tl_result tl__heap_reserve(tl__heap *heap, uint32_t capacity)
{
    if (capacity <= heap->capacity)
        return TL_OK;
    if (!TL__GROW(heap->entries, heap->capacity, capacity))
        return TL_ERROR_OUT_OF_MEMORY;
    heap->capacity = capacity;
    return TL_OK;
}

void tl__heap_free(tl__heap *heap)
{
    tl__free(heap->entries, heap->capacity * sizeof *heap->entries);
    *heap = (tl__heap){.comes_before = heap->comes_before};
}

static inline bool before(const tl__heap *heap, const tl__heap_entry *left, const tl__heap_entry *right)
{
    return left->key != right->key ? left->key < right->key : heap->comes_before(left->node, right->node);
}

static inline void put_at(tl__heap *heap, uint32_t index, tl__heap_entry entry)
{
    heap->entries[index] = entry;
    entry.node->heap_index1 = index + 1;
}

static void sift_up(tl__heap *heap, uint32_t index, tl__heap_entry entry)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / ARITY;
        if (!before(heap, &entry, &heap->entries[parent]))
            break;
        put_at(heap, index, heap->entries[parent]);
        index = parent;
    }
    put_at(heap, index, entry);
}

/// Returns the child of a node that comes first. The node must have a child.
static uint32_t first_child(const tl__heap *heap, uint32_t index)
{
    uint32_t first = ARITY * index + 1;
    uint32_t end = heap->end - first > ARITY ? first + ARITY : heap->end;
    for (uint32_t child = first + 1; child < end; ++child)
        if (before(heap, &heap->entries[child], &heap->entries[first]))
            first = child;
    return first;
}

static void sift_down(tl__heap *heap, uint32_t index, tl__heap_entry entry)
{
    while (ARITY * index + 1 < heap->end) {
        uint32_t child = first_child(heap, index);
        if (!before(heap, &heap->entries[child], &entry))
            break;
        put_at(heap, index, heap->entries[child]);
        index = child;
    }
    put_at(heap, index, entry);
}

/// Moves the entries in use to the beginning of `entries`.
static void close_up(tl__heap *heap)
{
    uint32_t count = heap->end - heap->begin;
    for (uint32_t i = 0; i < count && heap->begin > 0; ++i)
        put_at(heap, i, heap->entries[heap->begin + i]);
    heap->begin = 0;
    heap->end = count;
}

/// Turns the sorted array into a heap. The entries keep their order, since a sorted array is a valid heap.
static void make_heap(tl__heap *heap)
{
    close_up(heap);
    heap->is_heap = true;
}

/// Inserts an entry among the last NEAR entries of the sorted array. Returns false, with nothing changed, when it
/// belongs before those.
static bool put_into_row(tl__heap *heap, tl__heap_entry entry)
{
    uint32_t at = heap->end, least = heap->end - heap->begin > NEAR ? heap->end - NEAR : heap->begin;
    while (at > least && before(heap, &entry, &heap->entries[at - 1]))
        --at;
    if (at == least && at > heap->begin && before(heap, &entry, &heap->entries[at - 1]))
        return false;
    for (uint32_t moved = heap->end; moved > at; --moved)
        put_at(heap, moved, heap->entries[moved - 1]);
    put_at(heap, at, entry);
    ++heap->end;
    return true;
}

void tl__heap_put_among(tl__heap *heap, tl__heap_node *node, int64_t key)
{
    assert(node->heap_index1 == 0 && heap->end - heap->begin < heap->capacity);
    tl__heap_entry entry = {key, node};
    if (heap->end == heap->capacity)
        close_up(heap);
    if (!heap->is_heap && put_into_row(heap, entry))
        return;
    if (!heap->is_heap)
        make_heap(heap);
    sift_up(heap, heap->end++, entry);
}

static void take_from_heap(tl__heap *heap, uint32_t index)
{
    tl__heap_entry last = heap->entries[--heap->end];
    if (index == heap->end)
        return;
    if (index > 0 && before(heap, &last, &heap->entries[(index - 1) / ARITY]))
        sift_up(heap, index, last);
    else
        sift_down(heap, index, last);
}

void tl__heap_take_from_among(tl__heap *heap, tl__heap_node *node)
{
    if (node->heap_index1 == 0)
        return;
    if (!heap->is_heap && node->heap_index1 - 1 != heap->begin)
        make_heap(heap);
    if (heap->is_heap)
        take_from_heap(heap, node->heap_index1 - 1);
    else
        ++heap->begin;
    node->heap_index1 = 0;
}
