// SPDX-License-Identifier: MIT
/// The parallel scripts' places in their lane, in the order in which they came to the phase. Each has a slot in the
/// lane of its priority, too, for the times when it is in another phase.
#ifndef TELAR_ENGINE_WORLD_SEATS_H
#define TELAR_ENGINE_WORLD_SEATS_H

#include "world/world_state.h"

/// Gives a script of TL_PHASE_PARALLEL a parallel slot, and makes room for it before; takes it back.
tl_result tl__parallel_slot_reserve(tl_world *world);
void tl__parallel_slot_take(tl__script_record *script);
void tl__parallel_slot_give_back(tl__script_record *script);
static inline void tl__parallel_slot_leave(tl__script_record *script)
{
    if (script->parallel_slot1 != 0)
        tl__parallel_slot_give_back(script);
}
/// Moves parallel slots together where many are empty. No script may be waiting for its turn alone.
void tl__parallel_slots_compact(tl__parallel *parallel);

/// The same as the bits of a lane of priorities, for those with a parallel slot.
bool tl__parallel_slot_is_ready(const tl__script_record *script);
void tl__parallel_slot_make_ready(tl__script_record *script);
void tl__parallel_slot_make_unready(tl__script_record *script);

void tl__parallel_free(tl__parallel *parallel);

#endif
