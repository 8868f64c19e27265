// SPDX-License-Identifier: MIT
/// The lanes of a world: one for each priority, the highest first. In each its scripts are in the order of their
/// creation, whatever their phase: so a script has one slot for its whole life.
#ifndef TELAR_ENGINE_WORLD_LANES_H
#define TELAR_ENGINE_WORLD_LANES_H

#include "world/world_state.h"

/// What tl__lanes_reserve does where the lane that was asked for last does not serve.
tl_result tl__lanes_reserve_another(tl_world *world, int priority, tl__lane **lane);
/// Finds or makes the lane of a priority, with room for one more script. TL_OK or TL_ERROR_OUT_OF_MEMORY.
static inline tl_result tl__lanes_reserve(tl_world *world, int priority, tl__lane **lane)
{
    *lane = world->lanes.latest;
    bool serves = *lane != NULL && (*lane)->priority == priority && (*lane)->count < (*lane)->capacity;
    return serves ? TL_OK : tl__lanes_reserve_another(world, priority, lane);
}
/// Gives a script the next slot of a lane with room; takes it back.
static inline void tl__lanes_enter(tl__lane *lane, tl__script_record *script)
{
    script->world->lanes.empty -= lane->count == 0;
    script->lane = lane;
    tl__lane_append(lane, script);
}
static inline void tl__lanes_leave(tl__script_record *script)
{
    tl__lane_remove(script->lane, script->slot);
    script->world->lanes.empty += script->lane->count == 0;
}
void tl__lanes_free(tl_world *world);

/// For each lane a bit: whether it may have a bit of a bitmap set.
static inline uint64_t *tl__lanes_row(const tl__lanes *lanes, int bitmap)
{
    return lanes->with + (size_t)bitmap * (lanes->capacity / TL__LANE_BITS);
}

/// A lane has a bit of a bitmap set.
static inline void tl__lanes_note(tl__lanes *lanes, const tl__lane *lane, int bitmap)
{
    lanes->with_any |= 1u << bitmap;
    if (lanes->count == 1) // then that says it all
        return;
    tl__lanes_row(lanes, bitmap)[lane->index / TL__LANE_BITS] |= tl__lane_bit(lane->index);
}

/// Whether a slot of a lane is among those that were gathered last, or would have been if it had been ready.
static inline bool tl__lanes_is_in_batch(const tl__lanes *lanes, uint32_t lane, uint32_t slot)
{
    return lane == lanes->batch_lane && slot < lanes->batch_end;
}

/// Another script is ready in the phase that runs.
static inline void tl__lanes_note_ready(tl__lanes *lanes, uint32_t lane, uint32_t slot)
{
    uint32_t word = slot / TL__LANE_BITS;
    if (lane < lanes->first_lane || (lane == lanes->first_lane && word < lanes->first_word)) {
        lanes->first_lane = lane;
        lanes->first_word = word;
        lanes->is_stale = true;
    } else if (lane < lanes->batch_lane || tl__lanes_is_in_batch(lanes, lane, slot)) {
        lanes->is_stale = true;
    }
}

/// Sets the bit of a script, false where it was set. Inline, since each wake does that.
static inline bool tl__lanes_set(tl__script_record *script, int bitmap)
{
    tl_world *world = script->world;
    if (!tl__lane_set(script->lane, bitmap, script->slot))
        return false;
    tl__lanes_note(&world->lanes, script->lane, bitmap);
    if (bitmap - TL__READY == world->phase)
        tl__lanes_note_ready(&world->lanes, script->lane->index, script->slot);
    return true;
}

/// Sets the bits of several in one word of a lane, of which none is set.
static inline void tl__lanes_set_several(tl_world *world, tl__lane *lane, int bitmap, uint32_t word, uint64_t bits)
{
    tl__lane_row(lane, bitmap)[word] |= bits;
    tl__lane_note(lane, bitmap, word);
    tl__lanes_note(&world->lanes, lane, bitmap);
    if (bitmap - TL__READY == world->phase)
        tl__lanes_note_ready(&world->lanes, lane->index, word * TL__LANE_BITS + (uint32_t)__builtin_ctzll(bits));
}

/// Clears it.
void tl__lanes_clear(tl__script_record *script, int bitmap);
/// Makes those ready that wait for this step, but for those whose groups are frozen, and those of TL_PHASE_FRAME
/// (next_step.h).
void tl__lanes_begin_step(tl_world *world);
/// Whether any script has its bit set, or may have it.
bool tl__lanes_have(tl_world *world, int bitmap);
static inline bool tl__lanes_may_have(const tl_world *world, int bitmap)
{
    return world->lanes.with_any >> bitmap & 1;
}

enum { TL__BATCH = 512 };

/// The scripts of a lane that are the next to run.
typedef struct tl__batch {
    tl__lane *lane;
    uint32_t count;
    uint32_t slots[TL__BATCH];
} tl__batch;

/// A phase begins: all that are ready in it are still to run.
void tl__lanes_begin_phase(tl_world *world);
/// Finds the scripts that are the first to run in the phase that is going on, in their order, up to `most` of them.
/// They stay ready. False: none is. As soon as another one becomes ready that comes before the last of them, one of
/// them is taken back, or the rows and slots of a lane are elsewhere, lanes.is_stale is true.
/// @param batch  those that were found before, of which all have run unless lanes.is_stale; empty at first
bool tl__lanes_gather_some(tl_world *world, tl__batch *batch, uint32_t most);
static inline bool tl__lanes_gather(tl_world *world, tl__batch *batch, uint32_t most)
{
    tl__lanes *lanes = &world->lanes;
    int bitmap = TL__READY + world->phase;
    if (lanes->is_stale && batch->count > 0) // some of the former ones are still ready
        lanes->with_any |= 1u << bitmap;
    lanes->is_stale = false;
    return tl__lanes_may_have(world, bitmap) && tl__lanes_gather_some(world, batch, most);
}
/// Some of a batch are to go on in the next step; their own bits are set.
void tl__lanes_note_next(tl_world *world, const tl__batch *batch);
/// The phase is left in the middle: some of a batch may still be ready, and others wait for the next step, which is
/// noted nowhere yet.
void tl__lanes_break_off(tl_world *world);
/// Something is to be done before the next of them runs.
static inline void tl__lanes_interrupt(tl_world *world)
{
    world->lanes.is_stale = true;
}

#endif
