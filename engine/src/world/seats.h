/// The parallel scripts' places in their lane, in the order in which they came to the phase. Each has a slot in the
/// lane of its priority, too, for the times when it is in another phase.
#ifndef TELAR_ENGINE_WORLD_SEATS_H
#define TELAR_ENGINE_WORLD_SEATS_H

#include "world/world_state.h"

/// Gives a script of TL_PHASE_PARALLEL a seat, and makes room for it before; takes it back.
tl_result tl__seat_reserve(tl_world *world);
void tl__seat_take(tl__script *script);
void tl__seat_give_back(tl__script *script);
static inline void tl__seat_leave(tl__script *script)
{
    if (script->seat1 != 0)
        tl__seat_give_back(script);
}
/// Moves seats together where many are empty. No script may be waiting for its turn alone.
void tl__seats_compact(tl__parallel *parallel);

/// The same as the bits of a lane of priorities, for those with a seat.
bool tl__seat_is_ready(const tl__script *script);
void tl__seat_make_ready(tl__script *script);
void tl__seat_make_unready(tl__script *script);

void tl__parallel_free(tl__parallel *parallel);

#endif
