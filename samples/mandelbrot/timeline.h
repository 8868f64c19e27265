// SPDX-License-Identifier: MIT
/// Records and draws what each worker did in the last seconds, and when.
#ifndef MANDELBROT_TIMELINE_H
#define MANDELBROT_TIMELINE_H

#include <stdint.h>

#include "telar/app.h"

/// The kind of work that is not a pass: a frame of the main thread.
enum { A_FRAME = -1 };

/// Returns the time in nanoseconds since a fixed but arbitrary moment.
uint64_t timeline_now(void);

/// Records work that a worker (telar/job.h, from 1 on) did. Called on that worker's thread.
/// @param kind  a pass, or A_FRAME
void timeline_note(int worker, uint64_t begin, uint64_t end, int kind);

/// Draws a row for each worker, with the latest work at the right.
void timeline_draw(tl_app *app, int workers, float bottom);

/// Returns the height of what timeline_draw draws, in pixels.
float timeline_height(int workers);

#endif
