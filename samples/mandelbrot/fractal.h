// SPDX-License-Identifier: MIT
/// The Mandelbrot set, and a picture of a part of it that jobs paint, ever finer.
#ifndef MANDELBROT_FRACTAL_H
#define MANDELBROT_FRACTAL_H

#include <stdint.h>

#include "telar/draw.h"
#include "telar/job.h"

enum { WIDTH = 1280, HEIGHT = 720, TILE = 40, COLUMNS = WIDTH / TILE, TILES = COLUMNS * (HEIGHT / TILE) };

/// A part of the plane.
typedef struct region {
    double x, y, width; ///< its middle
} region;

/// The first pass is over every 16th pixel in both directions, the next over every 8th and so on, each of which fills
/// the block that it stands for. In the last one, each pixel is four points.
enum { COARSEST = 16, PASSES = 6, LAST_PASS = PASSES - 1 };

typedef struct fractal {
    region shows;
    tl_color pixels[HEIGHT * WIDTH];     ///< written by jobs while others look: see fractal_read
    uint32_t iterations[HEIGHT * WIDTH]; ///< of each pixel's own point, when all passes but the last are over
    int tiles[TILES];                    ///< in the order in which they are painted, the middle ones first
} fractal;

void fractal_init(fractal *picture);

/// Paints a pass, with a job for each tile. Those that are given up (tl_job_is_cancelled) leave theirs as it is.
/// @return as tl_parallel_for
tl_result fractal_paint(fractal *picture, int pass);

/// Shows another part from now on, at first with the pixels that there are.
void fractal_look_at(fractal *picture, region part);

/// Copies what there is of it to `pixels`, also while it is painted.
void fractal_read(const fractal *picture, tl_color *pixels);

/// Of the iterations, which no machine rounds otherwise than another.
uint64_t fractal_hash(const fractal *picture);

#endif
