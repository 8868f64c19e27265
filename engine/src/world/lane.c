// SPDX-License-Identifier: MIT
#include "world/lane.h"

#include <string.h>

#include "os/allocator.h"
#include "world/group_record.h"

enum { LEAST_SLOTS = 64, LEAST_TO_COMPACT = 256 };

static size_t summary_words(size_t words)
{
    return (words + TL__LANE_BITS - 1) / TL__LANE_BITS;
}

uint32_t tl__lane_find(tl__lane *lane, int bitmap, uint32_t word)
{
    const uint64_t *row = tl__lane_row(lane, bitmap);
    uint64_t *summary = tl__lane_summary(lane, bitmap);
    uint32_t words = tl__lane_words(lane);
    while (word < words) {
        uint64_t rest = summary[word / TL__LANE_BITS] & ~(uint64_t)0 << word % TL__LANE_BITS;
        if (rest == 0) {
            word = (word / TL__LANE_BITS + 1) * TL__LANE_BITS;
            continue;
        }
        word = word / TL__LANE_BITS * TL__LANE_BITS + (uint32_t)__builtin_ctzll(rest);
        if (word < words && row[word] != 0)
            return word;
        summary[word / TL__LANE_BITS] &= ~tl__lane_bit(word);
    }
    return words;
}

/// Returns those of a word's `bits` whose scripts are in frozen groups.
static uint64_t frozen_ones(const tl__lane *lane, uint64_t bits, uint32_t word)
{
    uint64_t frozen = 0;
    for (; bits != 0; bits &= bits - 1) {
        uint32_t slot = word * TL__LANE_BITS + (uint32_t)__builtin_ctzll(bits);
        if (lane->slots[slot].script->group->frozen)
            frozen |= tl__lane_bit(slot);
    }
    return frozen;
}

bool tl__lane_begin_step(tl__lane *lane, int phase_order, bool any_frozen)
{
    uint64_t *ready = tl__lane_row(lane, TL__READY + phase_order),
             *next = tl__lane_row(lane, TL__NEXT_STEP + phase_order), any = 0;
    for (uint32_t word = 0; (word = tl__lane_find(lane, TL__NEXT_STEP + phase_order, word)) < tl__lane_words(lane);
         ++word) {
        uint64_t stay = any_frozen ? frozen_ones(lane, next[word], word) : 0;
        any |= next[word] & ~stay;
        ready[word] |= next[word] & ~stay;
        next[word] &= stay;
        tl__lane_note(lane, TL__READY + phase_order, word);
    }
    return any != 0;
}

/// Returns the size in bytes of all bitmaps of a lane and their summaries.
static size_t bitmaps_size(uint32_t capacity)
{
    size_t words = capacity / TL__LANE_BITS;
    return TL__BITMAPS * (words + summary_words(words)) * sizeof(uint64_t);
}

static bool grow_lane(tl__lane *lane)
{
    uint32_t capacity = lane->capacity == 0 ? LEAST_SLOTS : 2 * lane->capacity;
    tl__lane grown = *lane;
    grown.capacity = capacity;
    size_t words = capacity / TL__LANE_BITS;
    uint64_t *bits = tl__allocate_zeros(bitmaps_size(capacity));
    if (bits == NULL || !TL__GROW(lane->slots, lane->capacity, capacity)) {
        tl__free(bits, bitmaps_size(capacity));
        return false;
    }
    grown.slots = lane->slots;
    size_t had = lane->capacity / TL__LANE_BITS;
    for (int bitmap = 0; bitmap < TL__BITMAPS; ++bitmap, bits += words + summary_words(words)) {
        grown.rows[bitmap] = bits;
        grown.summaries[bitmap] = bits + words;
        if (had == 0)
            continue;
        memcpy(grown.rows[bitmap], lane->rows[bitmap], had * sizeof *bits);
        memcpy(grown.summaries[bitmap], lane->summaries[bitmap], summary_words(had) * sizeof *bits);
    }
    tl__free(lane->rows[0], bitmaps_size(lane->capacity));
    *lane = grown;
    return true;
}

static void move(tl__lane *lane, uint32_t from, uint32_t to)
{
    for (int bitmap = 0; bitmap < TL__BITMAPS && from != to; ++bitmap) {
        bool is_set = tl__lane_has(lane, bitmap, from);
        tl__lane_clear(lane, bitmap, from);
        if (is_set)
            tl__lane_set(lane, bitmap, to);
    }
    lane->slots[to] = lane->slots[from];
    tl__lane_note_slot(lane, lane->slots[to].script, to);
}

void tl__lane_compact(tl__lane *lane)
{
    if (lane->count < LEAST_TO_COMPACT || lane->empty <= lane->count / 2)
        return;
    uint32_t kept = 0;
    for (uint32_t slot = 0; slot < lane->count; ++slot)
        if (lane->slots[slot].script != NULL)
            move(lane, slot, kept++);
    lane->count = kept;
    lane->empty = 0;
}

tl_result tl__lane_reserve(tl__lane *lane, bool may_move, bool *moved)
{
    *moved = lane->count == lane->capacity;
    if (*moved && may_move)
        tl__lane_compact(lane);
    return lane->count < lane->capacity || grow_lane(lane) ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
}

void tl__lane_remove(tl__lane *lane, uint32_t slot)
{
    lane->slots[slot] = (tl__lane_slot){0};
    ++lane->empty;
    for (; lane->count > 0 && lane->slots[lane->count - 1].script == NULL; --lane->count)
        --lane->empty;
}

void tl__lane_free(tl__lane *lane)
{
    tl__free(lane->slots, lane->capacity * sizeof *lane->slots);
    tl__free(lane->rows[0], bitmaps_size(lane->capacity));
    *lane = (tl__lane){0};
}
