/// The seats of parallel scripts, and their bits (tl__parallel).
#ifndef TELAR_ENGINE_WORLD_SEATS_H
#define TELAR_ENGINE_WORLD_SEATS_H

#include "world/world_state.h"

enum { TL__SEAT_BITS = 64 };

static inline uint32_t tl__seat_words(const tl__parallel *parallel)
{
    return (parallel->count + TL__SEAT_BITS - 1) / TL__SEAT_BITS;
}

static inline uint64_t tl__seat_bit(const tl__script *script)
{
    return (uint64_t)1 << ((script->seat1 - 1) % TL__SEAT_BITS);
}

static inline uint32_t tl__seat_word(const tl__script *script)
{
    return (script->seat1 - 1) / TL__SEAT_BITS;
}

/// Gives a script of TL_PHASE_PARALLEL a seat, and makes room for it before; takes it back.
tl_result tl__seat_reserve(tl_world *world);
void tl__seat_take(tl__script *script);
void tl__seat_leave(tl__script *script);
/// Moves seats together where many are empty. No script may be waiting for its turn alone.
void tl__seats_compact(tl__parallel *parallel);

/// The same as being in a heap of ready scripts, for those with a seat.
bool tl__seat_is_ready(const tl__script *script);
void tl__seat_make_ready(tl__script *script);
void tl__seat_make_unready(tl__script *script);

/// Lets one that steps on go on in the next step.
void tl__script_step_on(tl__script *script);
/// The scripts of a group that are to go on in the next step wait for that as others do.
void tl__seats_set_timers(tl_group *group);
/// One that steps on waits for the next step as others do.
void tl__seat_set_timer(tl__script *script);

void tl__parallel_free(tl__parallel *parallel);

#endif
