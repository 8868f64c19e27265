// SPDX-License-Identifier: MIT
/// The lanes of a world: one for each priority, the highest first. A lane holds its scripts in the order of their
/// creation, whatever their phase, so a script that changes its phase keeps its slot.
#ifndef TELAR_ENGINE_WORLD_LANES_H
#define TELAR_ENGINE_WORLD_LANES_H

#include "world/world_state.h"

/// Slow path of tl__lanes_reserve, for when the lane used last has another priority or no room.
tl_result tl__lanes_reserve_another(tl_world *world, int priority, tl__lane **lane);
/// Finds or creates the lane of a priority, with room for one more script. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
static inline tl_result tl__lanes_reserve(tl_world *world, int priority, tl__lane **lane)
{
    *lane = world->lanes.latest;
    bool serves = *lane != NULL && (*lane)->priority == priority && (*lane)->count < (*lane)->capacity;
    return serves ? TL_OK : tl__lanes_reserve_another(world, priority, lane);
}
/// tl__lanes_enter gives a script the next slot of a lane, which must have room; tl__lanes_leave frees the slot.
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

/// Returns the row of a bitmap: one bit per lane, set if that lane may have a bit of the bitmap set.
static inline uint64_t *tl__lanes_row(const tl__lanes *lanes, int bitmap)
{
    return lanes->with + (size_t)bitmap * (lanes->capacity / TL__LANE_BITS);
}

/// Notes that a lane has a bit of a bitmap set.
static inline void tl__lanes_note(tl__lanes *lanes, const tl__lane *lane, int bitmap)
{
    lanes->with_any |= 1u << bitmap;
    if (lanes->count == 1) // then `with_any` is enough
        return;
    tl__lanes_row(lanes, bitmap)[lane->index / TL__LANE_BITS] |= tl__lane_bit(lane->index);
}

/// Returns whether the latest batch of ready scripts was gathered from a range of slots that includes this one. If a
/// script in that range becomes ready, or ceases to be, the batch is stale.
static inline bool tl__lanes_is_in_batch(const tl__lanes *lanes, uint32_t lane, uint32_t slot)
{
    return lane == lanes->batch_lane && slot < lanes->batch_end;
}

/// Notes that another script has become ready in the running phase.
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

/// Sets a script's bit in a bitmap. Returns false if it was set already. Inline, since each wake calls it.
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

/// Sets the bits of several scripts in one word of a lane's bitmap. None of them may be set already.
static inline void tl__lanes_set_several(tl_world *world, tl__lane *lane, int bitmap, uint32_t word, uint64_t bits)
{
    tl__lane_row(lane, bitmap)[word] |= bits;
    tl__lane_note(lane, bitmap, word);
    tl__lanes_note(&world->lanes, lane, bitmap);
    if (bitmap - TL__READY == world->phase)
        tl__lanes_note_ready(&world->lanes, lane->index, word * TL__LANE_BITS + (uint32_t)__builtin_ctzll(bits));
}

/// Clears a script's bit in a bitmap.
void tl__lanes_clear(tl__script_record *script, int bitmap);
/// Makes the scripts ready that wait for this step, except those of frozen groups and those of TL_PHASE_FRAME
/// (next_step.h).
void tl__lanes_begin_step(tl_world *world);
/// tl__lanes_have returns whether any script has its bit in a bitmap set; tl__lanes_may_have, whether one may have.
bool tl__lanes_have(tl_world *world, int bitmap);
static inline bool tl__lanes_may_have(const tl_world *world, int bitmap)
{
    return world->lanes.with_any >> bitmap & 1;
}

enum { TL__BATCH = 512 };

/// The slots of the next scripts of a lane to run.
typedef struct tl__batch {
    tl__lane *lane;
    uint32_t count;
    uint32_t slots[TL__BATCH];
} tl__batch;

/// Restarts the search for ready scripts at the first lane. Called when a phase begins, and after lanes or slots have
/// moved.
void tl__lanes_begin_phase(tl_world *world);
/// Gathers the first ready scripts of the running phase, in the order in which they run, up to `most` of them. They
/// stay ready. Returns false when no script is ready. The batch becomes out of date, and lanes.is_stale true, as soon
/// as another script becomes ready that comes before the last one of the batch, a script of the batch is made unready,
/// or a lane's bitmaps and slots move.
/// @param batch  the previous batch, all of whose scripts have run unless lanes.is_stale; empty at first
bool tl__lanes_gather_some(tl_world *world, tl__batch *batch, uint32_t most);
static inline bool tl__lanes_gather(tl_world *world, tl__batch *batch, uint32_t most)
{
    tl__lanes *lanes = &world->lanes;
    int bitmap = TL__READY + world->phase;
    if (lanes->is_stale && batch->count > 0) // some scripts of the previous batch are still ready
        lanes->with_any |= 1u << bitmap;
    lanes->is_stale = false;
    return tl__lanes_may_have(world, bitmap) && tl__lanes_gather_some(world, batch, most);
}
/// Notes in the summaries that some scripts of a batch wait for the next step. Their own bits are set already.
void tl__lanes_note_next(tl_world *world, const tl__batch *batch);
/// Leaves the running phase early: scripts of the batch may still be ready, and others may wait for the next step
/// without a call of tl__lanes_note_next. Notes both for all lanes.
void tl__lanes_break_off(tl_world *world);
/// Interrupts the running batch: something has to be done before the next script runs.
static inline void tl__lanes_interrupt(tl_world *world)
{
    world->lanes.is_stale = true;
}

#endif
