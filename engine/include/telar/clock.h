// SPDX-License-Identifier: MIT
/// telar/clock.h: turns the time that really passes into fixed steps.
///
///     tl_clock clock = {0};                                            // 60 steps a second
///     for (int n = tl_clock_advance(&clock, seconds_since_last_frame); n > 0; --n)
///         tl_world_step(world);
///     draw(world, tl_clock_alpha(&clock));
///
/// It does not read the system's clock: the caller says how much time has passed.
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
    int max_steps;      ///< most steps for one advance, so that a slow machine does not fall ever further behind; time
                        ///< beyond them is dropped; default 8
    double scale;       ///< seconds of steps for each second that passes: 0.5 is slow motion; default 1
    bool paused;        ///< if true, no time passes
    int single_steps;   ///< steps that the next advance returns if it is paused; each advance sets it to 0
    double accumulated; ///< seconds that no step has covered yet; only the clock sets it
} tl_clock;

/// Advances a clock by `seconds` of real time. A time that is negative, infinite or not a number counts as none.
/// @return how many fixed steps to do now, 0 to max_steps, or the single steps while it is paused; 0 for null
/// @thread any, one at a time; @suspends never
TL_API int tl_clock_advance(tl_clock *clock, double seconds);

/// Returns how far time has passed from the last step towards the next, from 0 up to, not including, 1: the weight of
/// the newer state when drawing between two states.
/// @thread any, one at a time; @suspends never
TL_API double tl_clock_alpha(const tl_clock *clock);

#ifdef __cplusplus
}
#endif

#endif
