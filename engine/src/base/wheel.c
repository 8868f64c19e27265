// SPDX-License-Identifier: MIT
#include "base/wheel.h"

#include <assert.h>

#include "os/allocator.h"

/// Bit of tl__heap_node.heap_index1 that marks an item in a bucket; the other bits are 8 * chunk + its index in the
/// chunk.
#define IN_BUCKET (UINT32_C(1) << 31)

/// Position of a bucket in a wheel.
typedef struct bucket {
    int level;
    uint32_t index;
} bucket;

void tl__wheel_init(tl__wheel *wheel, tl__wheel_store *store, int shift, tl__heap_order comes_before)
{
    wheel->store = store;
    wheel->shift = shift;
    wheel->due.comes_before = comes_before;
}

void tl__wheel_free(tl__wheel *wheel)
{
    tl__heap_free(&wheel->due);
}

// Chunks.

tl_result tl__wheel_reserve(tl__wheel *wheel, uint32_t items)
{
    return tl__heap_reserve(&wheel->due, items);
}

tl_result tl__wheel_store_reserve(tl__wheel_store *store, uint32_t items, uint32_t wheels)
{
    // Each bucket may have one chunk that is not full. While a bucket is emptied, the chunk being read may be one more.
    uint64_t buckets = (uint64_t)wheels * TL__WHEEL_LEVELS * TL__WHEEL_BUCKETS;
    uint64_t chunks = items / TL__WHEEL_CHUNK + (items < buckets ? items : buckets) + 2;
    if (chunks <= store->capacity)
        return TL_OK;
    chunks += chunks / 2;
    if (chunks >= IN_BUCKET / 8 || !TL__GROW(store->chunks, store->capacity, chunks))
        return TL_ERROR_OUT_OF_MEMORY;
    store->capacity = (uint32_t)chunks;
    return TL_OK;
}

void tl__wheel_store_free(tl__wheel_store *store)
{
    tl__free(store->chunks, store->capacity * sizeof *store->chunks);
    *store = (tl__wheel_store){0};
}

static uint32_t take_chunk(tl__wheel_store *store)
{
    uint32_t chunk1 = store->free1;
    if (chunk1 == 0) {
        assert(store->used < store->capacity);
        return ++store->used;
    }
    store->free1 = store->chunks[chunk1 - 1].next1;
    return chunk1;
}

static void give_back_chunk(tl__wheel_store *store, uint32_t chunk1)
{
    store->chunks[chunk1 - 1].next1 = store->free1;
    store->free1 = chunk1;
}

// Buckets.

static int64_t tick_of(const tl__wheel *wheel, int64_t time)
{
    int64_t tick = time >> wheel->shift;
    return tick + (tick << wheel->shift != time); // rounded up: the first tick at which the time has come
}

/// Returns the bucket for a tick later than the current one.
static bucket bucket_of_tick(const tl__wheel *wheel, int64_t tick)
{
    int highest = 63 - __builtin_clzll((uint64_t)(tick ^ wheel->tick));
    int level = highest / TL__WHEEL_DIGIT;
    return (bucket){level, (uint32_t)(tick >> level * TL__WHEEL_DIGIT) % TL__WHEEL_BUCKETS};
}

static void set_slot(tl__heap_node *node, uint32_t chunk1, uint32_t slot)
{
    node->heap_index1 = IN_BUCKET | ((chunk1 - 1) * 8 + slot);
}

static void put_into_bucket(tl__wheel *wheel, bucket to, tl__heap_entry entry)
{
    uint32_t *first1 = &wheel->chunk1[to.level][to.index];
    uint64_t *occupied = &wheel->occupied[to.level][to.index / 64], bit = (uint64_t)1 << to.index % 64;
    tl__wheel_chunk *chunks = wheel->store->chunks;
    bool was_empty = !(*occupied & bit);
    if (was_empty || chunks[*first1 - 1].count == TL__WHEEL_CHUNK) {
        uint32_t chunk1 = take_chunk(wheel->store);
        chunks[chunk1 - 1].next1 = was_empty ? 0 : *first1;
        chunks[chunk1 - 1].count = 0;
        *first1 = chunk1;
        *occupied |= bit;
    }
    tl__wheel_chunk *chunk = &chunks[*first1 - 1];
    set_slot(entry.node, *first1, chunk->count);
    chunk->entries[chunk->count++] = entry;
}

static void put_entry(tl__wheel *wheel, tl__heap_entry entry)
{
    int64_t tick = tick_of(wheel, entry.key);
    if (tick > wheel->tick)
        put_into_bucket(wheel, bucket_of_tick(wheel, tick), entry);
    else
        tl__heap_put(&wheel->due, entry.node, entry.key);
}

void tl__wheel_put(tl__wheel *wheel, tl__heap_node *node, int64_t time)
{
    assert(node->heap_index1 == 0 && time >= 0);
    ++wheel->count;
    put_entry(wheel, (tl__heap_entry){time, node});
}

/// Removes an item from its bucket; the last entry of the bucket's first chunk fills the gap.
static void take_from_bucket(tl__wheel *wheel, tl__heap_node *node)
{
    tl__wheel_store *store = wheel->store;
    uint32_t slot = node->heap_index1 & ~IN_BUCKET;
    tl__heap_entry *left = &store->chunks[slot / 8].entries[slot % 8];
    bucket from = bucket_of_tick(wheel, tick_of(wheel, left->key));
    uint32_t *first1 = &wheel->chunk1[from.level][from.index];
    tl__wheel_chunk *first = &store->chunks[*first1 - 1];
    tl__heap_entry last = first->entries[--first->count];
    last.node->heap_index1 = node->heap_index1;
    *left = last;
    node->heap_index1 = 0;
    if (first->count > 0)
        return;
    uint32_t emptied1 = *first1;
    *first1 = first->next1;
    give_back_chunk(store, emptied1);
    if (*first1 == 0)
        wheel->occupied[from.level][from.index / 64] &= ~((uint64_t)1 << from.index % 64);
}

void tl__wheel_take(tl__wheel *wheel, tl__heap_node *node)
{
    --wheel->count;
    if (node->heap_index1 & IN_BUCKET)
        take_from_bucket(wheel, node);
    else
        tl__heap_take(&wheel->due, node);
}

// Time.

/// Prefetches the items of a chunk, which are scattered in memory. (A macro: gcc 12 drops calls of a function that does
/// nothing but prefetch.)
#define FETCH_AHEAD(chunk)                                                                                             \
    for (uint32_t each = 0; each < (chunk)->count; ++each)                                                             \
    __builtin_prefetch((chunk)->entries[each].node, 1)

/// Empties a bucket: moves its items to lower levels, or to the heap if their tick has come.
static void empty_bucket(tl__wheel *wheel, int level, uint32_t index)
{
    tl__wheel_store *store = wheel->store;
    wheel->occupied[level][index / 64] &= ~((uint64_t)1 << index % 64);
    uint32_t chunk1 = wheel->chunk1[level][index];
    FETCH_AHEAD(&store->chunks[chunk1 - 1]);
    while (chunk1 != 0) {
        const tl__wheel_chunk *chunk = &store->chunks[chunk1 - 1];
        uint32_t next1 = chunk->next1;
        if (next1 != 0)
            FETCH_AHEAD(&store->chunks[next1 - 1]);
        for (uint32_t i = 0; i < chunk->count; ++i) {
            chunk->entries[i].node->heap_index1 = 0;
            put_entry(wheel, chunk->entries[i]);
        }
        give_back_chunk(store, chunk1);
        chunk1 = next1;
    }
}

/// Returns the first occupied bucket of a level at or after `from`, or TL__WHEEL_BUCKETS if there is none.
static uint32_t next_bucket(const tl__wheel *wheel, int level, uint32_t from)
{
    for (uint32_t word = from / 64; word < TL__WHEEL_BUCKETS / 64; ++word, from = 0) {
        uint64_t rest = wheel->occupied[level][word] & ~(uint64_t)0 << from % 64;
        if (rest != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(rest);
    }
    return TL__WHEEL_BUCKETS;
}

/// Prefetches the items of the lowest level's next occupied bucket, if the wheel has more timers than fit into the L1
/// cache.
static inline void fetch_next_bucket(const tl__wheel *wheel, uint32_t emptied)
{
    enum { WORTH_PREFETCHING = 4096 };
    uint32_t next = wheel->count > WORTH_PREFETCHING ? next_bucket(wheel, 0, emptied + 1) : TL__WHEEL_BUCKETS;
    if (next < TL__WHEEL_BUCKETS)
        FETCH_AHEAD(&wheel->store->chunks[wheel->chunk1[0][next] - 1]);
}

/// Advances to the first tick of the next occupied bucket, empties that bucket and returns true. If that tick is later
/// than `most`, or all buckets are empty, advances to `most` and returns false. Lower levels are searched first, since
/// all items of a level come before those of the levels above.
static bool advance(tl__wheel *wheel, int64_t most)
{
    for (int level = 0; level < TL__WHEEL_LEVELS; ++level) {
        int shift = level * TL__WHEEL_DIGIT;
        uint32_t digit = (uint32_t)(wheel->tick >> shift) % TL__WHEEL_BUCKETS;
        uint32_t index = next_bucket(wheel, level, digit + 1);
        if (index == TL__WHEEL_BUCKETS)
            continue;
        int64_t first = ((wheel->tick >> shift) - digit + index) << shift;
        wheel->tick = first < most ? first : most;
        if (first > most)
            return false;
        empty_bucket(wheel, level, index);
        if (level == 0)
            fetch_next_bucket(wheel, index);
        return true;
    }
    wheel->tick = most;
    return false;
}

tl__heap_node *tl__wheel_next(tl__wheel *wheel, int64_t now)
{
    tl__heap_node *first = NULL;
    for (int64_t tick = tick_of(wheel, now); first == NULL && wheel->tick < tick && advance(wheel, tick);)
        first = tl__heap_first_until(&wheel->due, now);
    return first;
}
