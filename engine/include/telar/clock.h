// SPDX-License-Identifier: MIT
/// telar/clock.h: from the time that really passes to fixed steps.
///
///     tl_clock clock = {0};                                            // 60 steps a second
///     for (int n = tl_clock_advance(&clock, seconds_since_last_frame); n > 0; --n)
///         tl_world_step(world);
///     draw(world, tl_clock_alpha(&clock));
///
/// It reads no clock of the system: the caller says how much time passed.
#ifndef TELAR_CLOCK_H
#define TELAR_CLOCK_H

#include <stdbool.h>

#include "telar/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Zero in any field picks the default. The settings may be changed at any time.
typedef struct tl_clock {
    int steps_per_second; ///< default 60; give the world the same
    int max_steps;      ///< most steps for one advance, so that a slow machine does not fall ever further behind; what
                        ///< is beyond them is dropped; default 8
    double scale;       ///< how many seconds of steps a second gives: 0.5 is slow motion; default 1
    bool paused;        ///< no steps
    double accumulated; ///< seconds not yet stepped; the clock's own
} tl_clock;

/// Advances a clock by `seconds` of real time. Negative, infinite and undefined times count as none.
/// @return how many fixed steps to do now, 0 to max_steps; 0 for null
/// @thread any, one at a time; @suspends never
TL_API int tl_clock_advance(tl_clock *clock, double seconds);

/// Returns how far time has passed from the last step towards the next, 0 up to, not including, 1: the weight of the
/// newer state when drawing between two.
/// @thread any, one at a time; @suspends never
TL_API double tl_clock_alpha(const tl_clock *clock);

#ifdef __cplusplus
}
#endif

#endif
