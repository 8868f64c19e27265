// SPDX-License-Identifier: MIT
#include "fractal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

static int distance_from_middle(int tile)
{
    int x = tile % COLUMNS * TILE + TILE / 2 - WIDTH / 2, y = tile / COLUMNS * TILE + TILE / 2 - HEIGHT / 2;
    return x * x + y * y;
}

static int nearer(const void *one, const void *other)
{
    int difference = distance_from_middle(*(const int *)one) - distance_from_middle(*(const int *)other);
    return difference != 0 ? difference : *(const int *)one - *(const int *)other;
}

void fractal_init(fractal *picture)
{
    for (int i = 0; i < TILES; ++i)
        picture->tiles[i] = i;
    qsort(picture->tiles, TILES, sizeof *picture->tiles, nearer);
}

// Jobs write pixels while the main thread reads them. Each access is one relaxed atomic word, so there is no data race
// and no pixel is torn.

static void set_pixel(tl_color *pixel, tl_color color)
{
    uint32_t word;
    memcpy(&word, &color, sizeof word);
    __atomic_store_n((uint32_t *)(void *)pixel, word, __ATOMIC_RELAXED);
}

static tl_color get_pixel(const tl_color *pixel)
{
    uint32_t word = __atomic_load_n((const uint32_t *)(const void *)pixel, __ATOMIC_RELAXED);
    tl_color color;
    memcpy(&color, &word, sizeof color);
    return color;
}

void fractal_read(const fractal *picture, tl_color *pixels)
{
    for (int i = 0; i < WIDTH * HEIGHT; ++i)
        pixels[i] = get_pixel(&picture->pixels[i]);
}

// Computing one point.

typedef struct escape {
    uint32_t iterations; ///< iterations until the point escapes; the maximum for a point that does not
    float smooth;        ///< `iterations` interpolated to a continuous value; 0 for a point that does not escape
    float light;         ///< brightness, 0 to 1, as if the distance from the set were a height under slanting light
} escape;

static uint32_t most_iterations(const region *part)
{
    double depth = log2(4 / part->width);
    return 300 + (uint32_t)(depth > 0 ? depth * 90 : 0);
}

/// Iterates z -> z * z + c from 0, together with the derivative of z by c, from which the direction away from the set
/// follows.
static escape iterate(double x, double y, uint32_t most)
{
    const double far = 1e6;
    double zx = 0, zy = 0, dx = 1, dy = 0, squares = 0;
    uint32_t count = 0;
    for (; count < most && squares < far; ++count) {
        double ddx = 2 * (zx * dx - zy * dy) + 1;
        dy = 2 * (zx * dy + zy * dx);
        dx = ddx;
        double zzx = zx * zx - zy * zy + x;
        zy = 2 * zx * zy + y;
        zx = zzx;
        squares = zx * zx + zy * zy;
    }
    if (squares < far)
        return (escape){.iterations = most};
    double ux = (zx * dx + zy * dy), uy = (zy * dx - zx * dy), length = sqrt(ux * ux + uy * uy);
    const double up = 1.5, from_x = -0.707, from_y = 0.707;
    double light = length > 0 ? (ux / length * from_x + uy / length * from_y + up) / (1 + up) : 0;
    return (escape){count, (float)(count + 1 - log2(log(squares) / 2)), (float)(light > 0 ? light : 0)};
}

/// Whether a point is in one of the two large parts of the set (cardioid and disc), where it would take all iterations.
static bool is_in_the_large_parts(double x, double y)
{
    double q = (x - 0.25) * (x - 0.25) + y * y;
    return q * (q + (x - 0.25)) < y * y / 4 || (x + 1) * (x + 1) + y * y < 1.0 / 16;
}

typedef struct rgb {
    float red, green, blue;
} rgb;

static rgb color_of(const escape *found)
{
    if (found->smooth <= 0)
        return (rgb){0.02f, 0.02f, 0.05f};
    float turn = 0.85f * sqrtf(found->smooth), light = 0.35f + 0.75f * found->light;
    return (rgb){
        light * (0.55f + 0.45f * cosf(turn + 3.4f)),
        light * (0.50f + 0.42f * cosf(turn + 2.6f)),
        light * (0.58f + 0.42f * cosf(turn + 1.6f)),
    };
}

static escape look(const region *part, double pixel_x, double pixel_y, uint32_t most)
{
    double size = part->width / WIDTH;
    double x = part->x + (pixel_x - WIDTH / 2.0) * size, y = part->y + (pixel_y - HEIGHT / 2.0) * size;
    return is_in_the_large_parts(x, y) ? (escape){.iterations = most} : iterate(x, y, most);
}

// Painting.

static int to_byte(float value)
{
    return value <= 0 ? 0 : value >= 1 ? 255 : (int)(value * 255 + 0.5f);
}

static void fill(fractal *picture, int left, int top, int size, tl_color color)
{
    for (int y = top; y < top + size && y < HEIGHT; ++y)
        for (int x = left; x < left + size && x < WIDTH; ++x)
            set_pixel(&picture->pixels[y * WIDTH + x], color);
}

static void paint_block(fractal *picture, int x, int y, int size, uint32_t most)
{
    escape found = look(&picture->shows, x, y, most);
    picture->iterations[y * WIDTH + x] = found.iterations;
    rgb color = color_of(&found);
    fill(picture, x, y, size, TL_COLOR(to_byte(color.red), to_byte(color.green), to_byte(color.blue)));
}

static void paint_smoothly(fractal *picture, int x, int y, uint32_t most)
{
    rgb sum = {0, 0, 0};
    for (int i = 0; i < 4; ++i) {
        escape found = look(&picture->shows, x - 0.25 + 0.5 * (i % 2), y - 0.25 + 0.5 * (i / 2), most);
        rgb color = color_of(&found);
        sum = (rgb){sum.red + color.red / 4, sum.green + color.green / 4, sum.blue + color.blue / 4};
    }
    fill(picture, x, y, 1, TL_COLOR(to_byte(sum.red), to_byte(sum.green), to_byte(sum.blue)));
}

static void paint_row(fractal *picture, int left, int y, int pass, uint32_t most)
{
    int size = pass < LAST_PASS ? COARSEST >> pass : 1, before = 2 * size;
    for (int x = left; x < left + TILE; x += size) {
        if (pass == LAST_PASS)
            paint_smoothly(picture, x, y, most);
        else if (pass == 0 || x % before != 0 || y % before != 0) // else an earlier pass has computed this pixel
            paint_block(picture, x, y, size, most);
    }
}

/// Returns the first multiple of `size` from `value` on.
static int round_up(int value, int size)
{
    return (value + size - 1) / size * size;
}

typedef struct work {
    fractal *picture;
    int pass;
} work;

TL_FOR_BODY(paint_tile, work, of, index)
{
    uint64_t begin = timeline_now();
    fractal *picture = of->picture;
    int tile = picture->tiles[index], left = tile % COLUMNS * TILE, top = tile / COLUMNS * TILE;
    int size = of->pass < LAST_PASS ? COARSEST >> of->pass : 1;
    uint32_t most = most_iterations(&picture->shows);
    for (int y = round_up(top, size); y < top + TILE && !tl_job_is_cancelled(); y += size)
        paint_row(picture, left, y, of->pass, most);
    timeline_note((int)tl_worker_current().index1, begin, timeline_now(), of->pass);
}

tl_result fractal_paint(fractal *picture, int pass)
{
    return tl_parallel_for(NULL, TILES, 1, paint_tile, &(work){picture, pass});
}

void fractal_look_at(fractal *picture, region part)
{
    static tl_color before[HEIGHT * WIDTH];
    fractal_read(picture, before);
    double ratio = part.width / picture->shows.width, size = picture->shows.width / WIDTH;
    double left = (part.x - picture->shows.x) / size, top = (part.y - picture->shows.y) / size;
    for (int y = 0; y < HEIGHT; ++y)
        for (int x = 0; x < WIDTH; ++x) {
            int from_x = (int)lround((x - WIDTH / 2) * ratio + left + WIDTH / 2.0);
            int from_y = (int)lround((y - HEIGHT / 2) * ratio + top + HEIGHT / 2.0);
            bool inside = from_x >= 0 && from_x < WIDTH && from_y >= 0 && from_y < HEIGHT;
            set_pixel(&picture->pixels[y * WIDTH + x],
                      inside ? before[from_y * WIDTH + from_x] : (tl_color){0, 0, 0, 255});
        }
    picture->shows = part;
}

uint64_t fractal_hash(const fractal *picture)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < WIDTH * HEIGHT; ++i)
        hash = (hash ^ picture->iterations[i]) * 0x100000001b3u;
    return hash;
}
