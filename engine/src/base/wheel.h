// SPDX-License-Identifier: MIT
/// A hierarchical timing wheel: a queue of items that are sorted by time, from which the due ones are taken. Adding or
/// removing an item costs the same however many items there are.
///
/// After G. Varghese and A. Lauck, "Hashed and Hierarchical Timing Wheels" (1987). Time is divided into ticks. An item
/// whose tick is later than the current one is in a bucket, unordered; its level is the highest digit in which its tick
/// differs from the current one. The lowest level has one bucket for each of the next ticks; a bucket of each further
/// level covers 256 times as many ticks. As time advances, the items of a bucket move to lower levels, each item at
/// most once per level. Items whose tick has come move to a heap, which orders them. Ticks are short, so the heap
/// compares few items.
#ifndef TELAR_ENGINE_BASE_WHEEL_H
#define TELAR_ENGINE_BASE_WHEEL_H

#include "base/heap.h"

enum {
    TL__WHEEL_DIGIT = 8, ///< bits of a tick in one digit
    TL__WHEEL_BUCKETS = 1 << TL__WHEEL_DIGIT,
    TL__WHEEL_LEVELS = 8, ///< one for each digit of a 63-bit tick
    TL__WHEEL_CHUNK = 7,
};

/// An array of entries of one bucket. All chunks of a bucket but the first are full.
typedef struct tl__wheel_chunk {
    uint32_t next1; ///< next chunk of the bucket or free list, counted from 1; 0: the last
    uint32_t count;
    uint64_t unused; ///< padding: makes a chunk two cache lines
    tl__heap_entry entries[TL__WHEEL_CHUNK];
} tl__wheel_chunk;

/// Allocates the chunks for the buckets of one or more wheels.
typedef struct tl__wheel_store {
    tl__wheel_chunk *chunks;
    uint32_t capacity, used, free1; ///< chunks allocated; ever in use; first of the free list, counted from 1
} tl__wheel_store;

typedef struct tl__wheel {
    tl__heap due;   ///< items with a tick up to `tick`
    int64_t tick;   ///< the current tick: every item in a bucket has a later one
    int shift;      ///< a tick is 2^shift units of time
    uint32_t count; ///< items in `due` and all buckets
    tl__wheel_store *store;
    uint64_t occupied[TL__WHEEL_LEVELS][TL__WHEEL_BUCKETS / 64];
    uint32_t chunk1[TL__WHEEL_LEVELS][TL__WHEEL_BUCKETS]; ///< first chunk of each occupied bucket, counted from 1
} tl__wheel;

/// @param shift         a tick is 2^shift units of time
/// @param comes_before  orders two items with the same time
void tl__wheel_init(tl__wheel *wheel, tl__wheel_store *store, int shift, tl__heap_order comes_before);
void tl__wheel_free(tl__wheel *wheel);
/// tl__wheel_reserve makes room for `items` in one wheel, tl__wheel_store_reserve for `items` in all of the `wheels`
/// that use a store. Up to those numbers, adding items never fails. Both return TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__wheel_reserve(tl__wheel *wheel, uint32_t items);
tl_result tl__wheel_store_reserve(tl__wheel_store *store, uint32_t items, uint32_t wheels);
void tl__wheel_store_free(tl__wheel_store *store);

/// Adds an item that is in no wheel. `time` must not be negative.
void tl__wheel_put(tl__wheel *wheel, tl__heap_node *node, int64_t time);
/// Removes an item that is in this wheel.
void tl__wheel_take(tl__wheel *wheel, tl__heap_node *node);
/// Slow path of tl__wheel_first, for when no item in the heap is due: advances through the buckets.
tl__heap_node *tl__wheel_next(tl__wheel *wheel, int64_t now);

/// Returns the first item whose time is `now` or earlier, or null if there is none. `now` must never decrease.
static inline tl__heap_node *tl__wheel_first(tl__wheel *wheel, int64_t now)
{
    if (wheel->count == 0)
        return NULL;
    tl__heap_node *first = tl__heap_first_until(&wheel->due, now);
    return first != NULL ? first : tl__wheel_next(wheel, now);
}

/// Removes the item that tl__wheel_first has returned.
static inline void tl__wheel_take_first(tl__wheel *wheel, tl__heap_node *node)
{
    --wheel->count;
    tl__heap_take(&wheel->due, node);
}

#endif
