// SPDX-License-Identifier: MIT
/// The times of a world, and the clocks that tell them.
#ifndef TELAR_ENGINE_WORLD_TIME_H
#define TELAR_ENGINE_WORLD_TIME_H

#include "base/wheel.h"
#include <stdint.h>

/// Steps are counted in ones; game and real time in units, of which a step has a power of two: so a wait for a whole
/// number of steps is exact, however long it is repeated.
typedef int64_t tl__time;

#define TL__NEVER INT64_MAX

/// Game and real time stand still from there on, after 8 years or more. A time plus what a step adds to it, a thousand
/// times the normal speed included, is then far below TL__NEVER. (Steps need no end: at a million a second there are
/// 2^63 of them after 292,000 years.)
#define TL__END_OF_TIME (TL__NEVER / 2)

static inline tl__time tl__advance(tl__time now, tl__time units)
{
    return now < TL__END_OF_TIME ? now + units : now;
}

/// What can wake a script by passing. The first two are its group's, the last the world's.
typedef enum tl__timer_clock {
    TL__STEPS,
    TL__GAME_TIME,
    TL__REAL_TIME,
    TL__CLOCKS,
    TL__GROUP_CLOCKS = TL__REAL_TIME
} tl__timer_clock;

typedef enum tl__timer_use {
    TL__TIMER_IS_WAIT,  ///< of a script: it waits for this
    TL__TIMER_IS_LIMIT, ///< of a script: it waits no longer than this
    TL__TIMER_IS_ARM,   ///< of a wait frame
} tl__timer_use;

/// Half a line of the cache.
typedef struct tl__timer {
    tl__heap_node node; ///< in the wheel for its clock, while it is set
    int32_t index;      ///< among those of a wait frame
    uint8_t use;        ///< tl__timer_use
    uint8_t clock;      ///< tl__timer_clock
    tl__time deadline;
    struct tl__script_record *script;
} tl__timer;

#endif
