// SPDX-License-Identifier: MIT
/// A lane is an array of scripts in the order in which they run, with bitmaps of one bit per script: whether it is
/// ready to run in a phase, and whether it waits for the next step. Scanning a bitmap finds the ready scripts in the
/// order in which they run. Making a script ready, or letting it wait for the next step, only sets a bit.
#ifndef TELAR_ENGINE_WORLD_LANE_H
#define TELAR_ENGINE_WORLD_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/script.h"
#include "world/phase_count.h"
#include "world/script_record.h"

enum {
    TL__LANE_BITS = 64, ///< bits in a word of a bitmap

    // The bitmaps of a lane.
    TL__READY = 0,              ///< plus a phase's order: the script is ready to run in that phase
    TL__NEXT_STEP = TL__PHASES, ///< plus a phase's order: the script becomes ready for that phase at the next step
    TL__NEEDS_EXCLUSIVE = 2 * TL__PHASES, ///< parallel lane only: the script has to run exclusively, or to be ended
    TL__BITMAPS
};

/// A slot of a lane.
typedef struct tl__lane_slot {
    tl__script_record *script; ///< null: empty
    tl_fiber *fiber;           ///< the script's fiber, stored here so that resuming it does not load the record
} tl__lane_slot;

struct tl__lane {
    tl__lane_slot *slots;
    uint64_t *rows[TL__BITMAPS];      ///< the bitmaps, one bit per slot; rows[0] is the block that holds them all
    uint64_t *summaries[TL__BITMAPS]; ///< for each bitmap, one bit per word: if it is clear, the word is zero
    uint32_t count;                   ///< slots in use, with the empty ones between them
    uint32_t empty;
    uint32_t capacity; ///< slots allocated
    uint32_t index;    ///< its index in tl__lanes.lanes
    int priority;      ///< of its scripts
    bool is_parallel;  ///< lane of parallel scripts, indexed by `parallel_slot1`; else of a priority, indexed by `slot`
};

static inline uint32_t tl__lane_words(const tl__lane *lane)
{
    return (lane->count + TL__LANE_BITS - 1) / TL__LANE_BITS;
}

static inline uint64_t tl__lane_bit(uint32_t slot)
{
    return (uint64_t)1 << slot % TL__LANE_BITS;
}

/// Returns the words of a bitmap.
static inline uint64_t *tl__lane_row(const tl__lane *lane, int bitmap)
{
    return lane->rows[bitmap];
}

/// Returns the summary of a bitmap: one bit per word.
static inline uint64_t *tl__lane_summary(const tl__lane *lane, int bitmap)
{
    return lane->summaries[bitmap];
}

static inline bool tl__lane_has(const tl__lane *lane, int bitmap, uint32_t slot)
{
    return tl__lane_row(lane, bitmap)[slot / TL__LANE_BITS] & tl__lane_bit(slot);
}

/// Notes in the summary that a word of a bitmap may have a bit set.
static inline void tl__lane_note(tl__lane *lane, int bitmap, uint32_t word)
{
    tl__lane_summary(lane, bitmap)[word / TL__LANE_BITS] |= tl__lane_bit(word);
}

/// Sets a slot's bit in a bitmap. Returns false if it was set already.
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

/// Notes in the summary that every word of a bitmap may have a bit set.
static inline void tl__lane_note_all(tl__lane *lane, int bitmap)
{
    uint32_t words = tl__lane_words(lane);
    for (uint32_t word = 0; word < words; word += TL__LANE_BITS)
        tl__lane_summary(lane, bitmap)[word / TL__LANE_BITS] = ~(uint64_t)0;
}

/// Returns the index of a bitmap's first nonzero word at or after `word`, or tl__lane_words if there is none.
uint32_t tl__lane_find(tl__lane *lane, int bitmap, uint32_t word);

/// Makes the scripts of a phase ready that wait for this step. Returns whether there were any.
/// @param any_frozen  whether any group is frozen; scripts of a frozen group keep waiting
bool tl__lane_begin_step(tl__lane *lane, int phase_order, bool any_frozen);

/// Makes room for one more script. If that takes compacting the slots or allocating more memory, sets *moved to true:
/// bitmaps and slots may have moved. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
/// @param may_move  whether the slots may be compacted
tl_result tl__lane_reserve(tl__lane *lane, bool may_move, bool *moved);
/// Stores a script's slot in its record.
static inline void tl__lane_note_slot(const tl__lane *lane, tl__script_record *script, uint32_t slot)
{
    if (lane->is_parallel)
        script->parallel_slot1 = slot + 1;
    else
        script->slot = slot;
}
/// Gives a script the next slot. The lane must have room for it.
static inline void tl__lane_append(tl__lane *lane, tl__script_record *script)
{
    lane->slots[lane->count] = (tl__lane_slot){script, script->fiber};
    tl__lane_note_slot(lane, script, lane->count);
    ++lane->count;
}
/// Empties a slot. None of its bits may be set.
void tl__lane_remove(tl__lane *lane, uint32_t slot);
/// Compacts the slots if many are empty.
void tl__lane_compact(tl__lane *lane);
void tl__lane_free(tl__lane *lane);

#endif
