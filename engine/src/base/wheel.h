// SPDX-License-Identifier: MIT
/// A hierarchical timing wheel: items by time, of which those that come next are asked for. Putting one in and taking
/// it out costs the same however many there are.
///
/// After G. Varghese and A. Lauck, "Hashed and Hierarchical Timing Wheels" (1987), with levels by the highest digit in
/// which a time differs from now. Time is divided into ticks. What comes at a later tick than the present one is in a
/// bucket, in no order: one for each of the next ticks, and on each further level one for 256 times as many. As the
/// time advances, buckets are emptied into those of the level below, each item at most once a level; and those whose
/// tick has come go into a heap, which puts them in order. Ticks are short, so few have to be compared.
#ifndef TELAR_ENGINE_BASE_WHEEL_H
#define TELAR_ENGINE_BASE_WHEEL_H

#include "base/heap.h"

enum {
    TL__WHEEL_DIGIT = 8, ///< bits
    TL__WHEEL_BUCKETS = 1 << TL__WHEEL_DIGIT,
    TL__WHEEL_LEVELS = 8, ///< for ticks of 63 bits
    TL__WHEEL_CHUNK = 7,
};

/// Some entries of a bucket, side by side: only the first chunk of a bucket may have room left.
typedef struct tl__wheel_chunk {
    uint32_t next1; ///< of the bucket, or of those that are free; 0: the last
    uint32_t count;
    uint64_t unused; ///< so that a chunk is two lines of the cache
    tl__heap_entry entries[TL__WHEEL_CHUNK];
} tl__wheel_chunk;

/// The memory for the buckets of some wheels.
typedef struct tl__wheel_store {
    tl__wheel_chunk *chunks;
    uint32_t capacity, used, free1; ///< chunks that there are, that ever were in use, that were given back
} tl__wheel_store;

typedef struct tl__wheel {
    tl__heap due;   ///< up to `tick`
    int64_t tick;   ///< none in a bucket comes that soon
    int shift;      ///< bits that a time has more than a tick
    uint32_t count; ///< in all
    tl__wheel_store *store;
    uint64_t occupied[TL__WHEEL_LEVELS][TL__WHEEL_BUCKETS / 64];
    uint32_t chunk1[TL__WHEEL_LEVELS][TL__WHEEL_BUCKETS]; ///< the first of each bucket that is occupied
} tl__wheel;

/// @param shift         a tick is 2^shift units of time
/// @param comes_before  which of two items with the same time comes first
void tl__wheel_init(tl__wheel *wheel, tl__wheel_store *store, int shift, tl__heap_order comes_before);
void tl__wheel_free(tl__wheel *wheel);
/// Makes room for `items` in a wheel; in a store, for `items` in all of its `wheels`. TL_OK or TL_ERROR_OUT_OF_MEMORY.
/// Putting items in never fails within that room.
tl_result tl__wheel_reserve(tl__wheel *wheel, uint32_t items);
tl_result tl__wheel_store_reserve(tl__wheel_store *store, uint32_t items, uint32_t wheels);
void tl__wheel_store_free(tl__wheel_store *store);

/// Puts an item in that is in no wheel. `time` is 0 or more.
void tl__wheel_put(tl__wheel *wheel, tl__heap_node *node, int64_t time);
/// Takes one out that is in this wheel.
void tl__wheel_take(tl__wheel *wheel, tl__heap_node *node);
/// tl__wheel_first where no item of the heap has come: looks into the buckets.
tl__heap_node *tl__wheel_next(tl__wheel *wheel, int64_t now);

/// The first item whose time is `now` or earlier; null for none. `now` never decreases.
static inline tl__heap_node *tl__wheel_first(tl__wheel *wheel, int64_t now)
{
    if (wheel->count == 0)
        return NULL;
    tl__heap_node *first = tl__heap_first_until(&wheel->due, now);
    return first != NULL ? first : tl__wheel_next(wheel, now);
}

/// Takes out the one that tl__wheel_first found.
static inline void tl__wheel_take_first(tl__wheel *wheel, tl__heap_node *node)
{
    --wheel->count;
    tl__heap_take(&wheel->due, node);
}

#endif
