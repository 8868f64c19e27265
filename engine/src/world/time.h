// SPDX-License-Identifier: MIT
/// The times of a world, its clocks and its timers.
#ifndef TELAR_ENGINE_WORLD_TIME_H
#define TELAR_ENGINE_WORLD_TIME_H

#include "base/wheel.h"
#include <stdint.h>

/// A time or a duration. On the clock of steps it counts steps; in game time and real time it counts units. A step has
/// a power of two units, fixed for a world: so a wait for a whole number of steps is exact, and repeated waits do not
/// drift.
typedef int64_t tl__time;

#define TL__NEVER INT64_MAX

/// The time at which game and real time stop, after 8 years or more. A time plus what one step adds to it, even at a
/// thousand times the normal speed, is then still far below TL__NEVER. (Steps need no such end: a million a second are
/// 2^63 steps after 292,000 years.)
#define TL__END_OF_TIME (TL__NEVER / 2)

static inline tl__time tl__advance(tl__time now, tl__time units)
{
    return now < TL__END_OF_TIME ? now + units : now;
}

/// The clocks that timers run on. Each group has the first two; the world has the last.
typedef enum tl__timer_clock {
    TL__STEPS,
    TL__GAME_TIME,
    TL__REAL_TIME,
    TL__CLOCKS,
    TL__GROUP_CLOCKS = TL__REAL_TIME
} tl__timer_clock;

typedef enum tl__timer_use {
    TL__TIMER_IS_WAIT,  ///< the script waits for this time
    TL__TIMER_IS_LIMIT, ///< limit of the script's wait
    TL__TIMER_IS_ARM,   ///< an arm of a wait frame waits for this time
} tl__timer_use;

/// A timer of a script. Takes half a cache line.
typedef struct tl__timer {
    tl__heap_node node; ///< in the wheel of its clock while the timer is set
    int32_t index;      ///< index of its arm in the wait frame
    uint8_t use;        ///< tl__timer_use
    uint8_t clock;      ///< tl__timer_clock
    tl__time deadline;
    struct tl__script_record *script;
} tl__timer;

#endif
