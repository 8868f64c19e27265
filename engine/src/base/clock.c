// SPDX-License-Identifier: MIT
#include "telar/clock.h"

#include <math.h>
#include <stddef.h>

/// Tolerance in seconds, so that sixty sixtieths of a second are sixty steps in spite of rounding.
static const double A_LITTLE = 1e-9;

enum { DEFAULT_STEPS_PER_SECOND = 60, DEFAULT_MAX_STEPS = 8 };

static double step_seconds(const tl_clock *clock)
{
    return 1.0 / (clock->steps_per_second > 0 ? clock->steps_per_second : DEFAULT_STEPS_PER_SECOND);
}

int tl_clock_advance(tl_clock *clock, double seconds)
{
    if (clock == NULL)
        return 0;
    int single_steps = clock->single_steps > 0 ? clock->single_steps : 0;
    clock->single_steps = 0;
    if (clock->paused)
        return single_steps;
    if (!__builtin_isfinite(seconds) || seconds <= 0)
        return 0;
    double step = step_seconds(clock);
    int most = clock->max_steps > 0 ? clock->max_steps : DEFAULT_MAX_STEPS;
    clock->accumulated += seconds * (clock->scale > 0 ? clock->scale : 1);
    double due = floor((clock->accumulated + A_LITTLE) / step);
    if (due > most) {
        clock->accumulated = 0;
        return most;
    }
    clock->accumulated -= due * step; // may be slightly negative, by the tolerance
    return (int)due;
}

double tl_clock_alpha(const tl_clock *clock)
{
    if (clock == NULL)
        return 0;
    double alpha = clock->accumulated / step_seconds(clock);
    return alpha < 0 ? 0 : fmin(alpha, (double)nextafterf(1, 0)); // stays below 1 when converted to float
}
