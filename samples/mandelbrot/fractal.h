// SPDX-License-Identifier: MIT
/// A picture of a part of the Mandelbrot set, which jobs paint in ever finer passes.
#ifndef MANDELBROT_FRACTAL_H
#define MANDELBROT_FRACTAL_H

#include <stdint.h>

#include "telar/draw.h"
#include "telar/job.h"

enum { WIDTH = 1280, HEIGHT = 720, TILE = 40, COLUMNS = WIDTH / TILE, TILES = COLUMNS * (HEIGHT / TILE) };

/// A part of the complex plane. Its height follows from the shape of the picture.
typedef struct region {
    double x, y, width; ///< x, y: its middle
} region;

/// The first pass computes every 16th pixel in both directions, the next every 8th, and so on; each of these pixels
/// fills the block to its right and below. In the last pass, each pixel is the average of four points.
enum { COARSEST = 16, PASSES = 6, LAST_PASS = PASSES - 1 };

typedef struct fractal {
    region shows;
    tl_color pixels[HEIGHT * WIDTH];     ///< written by jobs while the main thread reads: see fractal_read
    uint32_t iterations[HEIGHT * WIDTH]; ///< for each pixel's own point; complete after all passes but the last
    int tiles[TILES];                    ///< tile numbers in the order of painting, the middle ones first
} fractal;

void fractal_init(fractal *picture);

/// Paints a pass, with a job for each tile. A cancelled job (tl_job_is_cancelled) leaves the rest of its tile as it is.
/// @return the result of tl_parallel_for
tl_result fractal_paint(fractal *picture, int pass);

/// Makes the picture show another part of the plane. Until it is painted, it has the old pixels, moved and scaled.
void fractal_look_at(fractal *picture, region part);

/// Copies the picture as it is now to `pixels`. May be called while jobs paint.
void fractal_read(const fractal *picture, tl_color *pixels);

/// Returns a hash of the iteration counts, which do not depend on how a machine rounds.
uint64_t fractal_hash(const fractal *picture);

#endif
