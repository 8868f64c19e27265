// SPDX-License-Identifier: MIT
/// The slots of parallel scripts in the parallel lane, in the order in which they entered the phase. Each script also
/// has a slot in the lane of its priority, for the times when it is in another phase.
#ifndef TELAR_ENGINE_WORLD_PARALLEL_SLOTS_H
#define TELAR_ENGINE_WORLD_PARALLEL_SLOTS_H

#include "world/world_state.h"

/// tl__parallel_slot_reserve makes room for one more script, and returns TL_OK or TL_ERROR_OUT_OF_MEMORY; after that,
/// tl__parallel_slot_take gives a script of TL_PHASE_PARALLEL a parallel slot. tl__parallel_slot_give_back frees the
/// slot, and tl__parallel_slot_leave does so if the script has one.
tl_result tl__parallel_slot_reserve(tl_world *world);
void tl__parallel_slot_take(tl__script_record *script);
void tl__parallel_slot_give_back(tl__script_record *script);
static inline void tl__parallel_slot_leave(tl__script_record *script)
{
    if (script->parallel_slot1 != 0)
        tl__parallel_slot_give_back(script);
}
/// Compacts the parallel slots if many are empty. No script may be waiting to run exclusively.
void tl__parallel_slots_compact(tl__parallel *parallel);

/// Read, set and clear the ready state of a script with a parallel slot: its bits in the parallel lane are used in
/// place of those in the lane of its priority.
bool tl__parallel_slot_is_ready(const tl__script_record *script);
void tl__parallel_slot_make_ready(tl__script_record *script);
void tl__parallel_slot_make_unready(tl__script_record *script);

void tl__parallel_free(tl__parallel *parallel);

#endif
