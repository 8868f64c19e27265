// SPDX-License-Identifier: MIT
/// Scripts in an order, and what there is to say of each in a bit: whether it is ready, and for which phase, and
/// whether it waits for the next step. So going through those that are ready is going through bits, in the order in
/// which they run; and neither becoming ready nor waiting for the next step takes more than setting one.
#ifndef TELAR_ENGINE_WORLD_LANE_H
#define TELAR_ENGINE_WORLD_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/script.h"
#include "world/phase_count.h"
#include "world/script_record.h"

enum {
    TL__LANE_BITS = 64, ///< of a word of a bitmap

    // The bitmaps of a lane.
    TL__READY = 0,              ///< and the place of a phase: it is to run in that
    TL__NEXT_STEP = TL__PHASES, ///< and the place of a phase: it becomes ready for that when the next step begins
    TL__NEEDS_EXCLUSIVE = 2 * TL__PHASES, ///< parallel scripts: it is to have a turn alone, or to be ended
    TL__BITMAPS
};

/// A slot of a lane.
typedef struct tl__lane_slot {
    tl__script_record *script; ///< null: empty
    tl_fiber *fiber;           ///< its fiber, at hand for running it without looking at it
} tl__lane_slot;

struct tl__lane {
    tl__lane_slot *slots;
    uint64_t *rows[TL__BITMAPS];      ///< the bitmaps, each with a bit for each slot; all in the memory of the first
    uint64_t *summaries[TL__BITMAPS]; ///< of each bitmap: a bit stands for a word, and may be set where that is zero
    uint32_t count;                   ///< of slots that were given out, empty ones included
    uint32_t empty;
    uint32_t capacity; ///< slots there is room for
    uint32_t index;    ///< among the world's lanes
    int priority;      ///< of its scripts
    bool is_parallel;  ///< it is the one of the parallel scripts (parallel_slot1 of theirs), and no lane of a priority
                       ///< (slot)
};

static inline uint32_t tl__lane_words(const tl__lane *lane)
{
    return (lane->count + TL__LANE_BITS - 1) / TL__LANE_BITS;
}

static inline uint64_t tl__lane_bit(uint32_t slot)
{
    return (uint64_t)1 << slot % TL__LANE_BITS;
}

/// The words of a bitmap.
static inline uint64_t *tl__lane_row(const tl__lane *lane, int bitmap)
{
    return lane->rows[bitmap];
}

/// For each word of a bitmap a bit.
static inline uint64_t *tl__lane_summary(const tl__lane *lane, int bitmap)
{
    return lane->summaries[bitmap];
}

static inline bool tl__lane_has(const tl__lane *lane, int bitmap, uint32_t slot)
{
    return tl__lane_row(lane, bitmap)[slot / TL__LANE_BITS] & tl__lane_bit(slot);
}

/// In a word of a bitmap there may be a bit set.
static inline void tl__lane_note(tl__lane *lane, int bitmap, uint32_t word)
{
    tl__lane_summary(lane, bitmap)[word / TL__LANE_BITS] |= tl__lane_bit(word);
}

/// False: it was set.
static inline bool tl__lane_set(tl__lane *lane, int bitmap, uint32_t slot)
{
    uint64_t *word = &tl__lane_row(lane, bitmap)[slot / TL__LANE_BITS], bit = tl__lane_bit(slot);
    if (*word & bit)
        return false;
    *word |= bit;
    tl__lane_note(lane, bitmap, slot / TL__LANE_BITS);
    return true;
}

static inline void tl__lane_clear(tl__lane *lane, int bitmap, uint32_t slot)
{
    tl__lane_row(lane, bitmap)[slot / TL__LANE_BITS] &= ~tl__lane_bit(slot);
}

/// In each word of a bitmap there may be a bit set.
static inline void tl__lane_note_all(tl__lane *lane, int bitmap)
{
    uint32_t words = tl__lane_words(lane);
    for (uint32_t word = 0; word < words; word += TL__LANE_BITS)
        tl__lane_summary(lane, bitmap)[word / TL__LANE_BITS] = ~(uint64_t)0;
}

/// The first word at or after `word` in which a bit of a bitmap is set; tl__lane_words for none.
uint32_t tl__lane_find(tl__lane *lane, int bitmap, uint32_t word);

/// Makes those ready in a phase that wait for this step. Whether any became so.
/// @param any_frozen  some group is frozen: its scripts do not have this step
bool tl__lane_begin_step(tl__lane *lane, int phase_order, bool any_frozen);

/// Makes room for one more script, by moving slots together or by more memory: then *moved becomes true, and rows and
/// slots are elsewhere. TL_OK or TL_ERROR_OUT_OF_MEMORY.
/// @param may_move  whether slots may move
tl_result tl__lane_reserve(tl__lane *lane, bool may_move, bool *moved);
/// Notes in a script which slot it has.
static inline void tl__lane_note_slot(const tl__lane *lane, tl__script_record *script, uint32_t slot)
{
    if (lane->is_parallel)
        script->parallel_slot1 = slot + 1;
    else
        script->slot = slot;
}
/// Gives a script the next slot, for which there is room.
static inline void tl__lane_append(tl__lane *lane, tl__script_record *script)
{
    lane->slots[lane->count] = (tl__lane_slot){script, script->fiber};
    tl__lane_note_slot(lane, script, lane->count);
    ++lane->count;
}
/// Empties a slot, of which no bit is set.
void tl__lane_remove(tl__lane *lane, uint32_t slot);
/// Moves slots together where many are empty.
void tl__lane_compact(tl__lane *lane);
void tl__lane_free(tl__lane *lane);

#endif
