// SPDX-License-Identifier: MIT
/// What each worker did in the last seconds, and when, for a look at it.
#ifndef MANDELBROT_TIMELINE_H
#define MANDELBROT_TIMELINE_H

#include <stdint.h>

#include "telar/app.h"

/// A kind of work besides the passes: the main thread's frames.
enum { A_FRAME = -1 };

/// Nanoseconds since some moment.
uint64_t timeline_now(void);

/// Notes that a worker (telar/job.h, from 1 on) did something. Called on its own thread.
/// @param kind  a pass, or A_FRAME
void timeline_note(int worker, uint64_t begin, uint64_t end, int kind);

/// Draws a row for each worker, the latest at the right.
void timeline_draw(tl_app *app, int workers, float bottom);

/// How high that is.
float timeline_height(int workers);

#endif
