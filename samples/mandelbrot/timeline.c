// SPDX-License-Identifier: MIT
#include "timeline.h"

#include <stdio.h>
#include <time.h>

enum { MARKS = 8192, LANES = 17, LANE_HEIGHT = 8, LEFT = 52, RIGHT = 634 };

/// Seconds that the timeline shows.
static const double shown = 2;

/// A piece of work. Written by its worker's thread, read by the main thread. A mark that is overwritten while it is
/// read is so old that it is not shown.
typedef struct mark {
    uint64_t begin, end;
    int64_t kind;
} mark;

typedef struct lane {
    _Alignas(128) uint64_t count; ///< number of all marks so far; the latest MARKS are kept
    mark marks[MARKS];
} lane;

static lane lanes[LANES];

uint64_t timeline_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void timeline_note(int worker, uint64_t begin, uint64_t end, int kind)
{
    if (worker < 1 || worker > LANES)
        return;
    lane *of = &lanes[worker - 1];
    uint64_t count = __atomic_load_n(&of->count, __ATOMIC_RELAXED);
    mark *made = &of->marks[count % MARKS];
    __atomic_store_n(&made->begin, begin, __ATOMIC_RELAXED);
    __atomic_store_n(&made->end, end, __ATOMIC_RELAXED);
    __atomic_store_n(&made->kind, kind, __ATOMIC_RELAXED);
    __atomic_store_n(&of->count, count + 1, __ATOMIC_RELEASE); // pairs with draw_lane: the mark is complete
}

float timeline_height(int workers)
{
    return (float)((workers < LANES ? workers : LANES) * LANE_HEIGHT + 4);
}

static tl_color color_of(int64_t kind)
{
    static const tl_color passes[] = {
        {0x7a, 0x2f, 0x8f, 0xff}, {0xb0, 0x35, 0x78, 0xff}, {0xde, 0x4f, 0x58, 0xff},
        {0xf2, 0x86, 0x3c, 0xff}, {0xf6, 0xc1, 0x4b, 0xff}, {0x6f, 0xc4, 0xa9, 0xff},
    };
    bool is_pass = kind >= 0 && kind < (int)(sizeof passes / sizeof *passes);
    return is_pass ? passes[kind] : TL_COLOR(0xe8, 0xec, 0xf4);
}

static float place_of(uint64_t when, uint64_t now)
{
    double ago = now > when ? (double)(now - when) / 1e9 : 0;
    return (float)(RIGHT - ago / shown * (RIGHT - LEFT));
}

static void draw_lane(tl_app *app, const lane *of, float top, uint64_t now)
{
    uint64_t count = __atomic_load_n(&of->count, __ATOMIC_ACQUIRE);
    for (uint64_t i = count > MARKS ? count - MARKS : 0; i < count; ++i) {
        const mark *each = &of->marks[i % MARKS];
        float begin = place_of(__atomic_load_n(&each->begin, __ATOMIC_RELAXED), now);
        float end = place_of(__atomic_load_n(&each->end, __ATOMIC_RELAXED), now);
        if (end <= LEFT)
            continue;
        begin = begin < LEFT ? LEFT : begin;
        float width = end - begin > 0.5f ? end - begin : 0.5f;
        tl_draw_rect(app->window, begin, top, width, LANE_HEIGHT - 2,
                     color_of(__atomic_load_n(&each->kind, __ATOMIC_RELAXED)));
    }
}

void timeline_draw(tl_app *app, int workers, float bottom)
{
    uint64_t now = timeline_now();
    float height = timeline_height(workers), top = bottom - height;
    tl_draw_rect(app->window, 0, top, 640, height, tl_rgba(8, 8, 14, 215));
    for (int i = 0; i < workers && i < LANES; ++i) {
        char name[16];
        snprintf(name, sizeof name, i == 0 ? "main" : "worker %d", i);
        float lane_top = top + 3 + (float)(i * LANE_HEIGHT);
        tl_draw_text(app->window, app->font, 3, lane_top - 1, TL_COLOR(0xc8, 0xc4, 0xd6), name);
        tl_draw_rect(app->window, LEFT, lane_top, RIGHT - LEFT, LANE_HEIGHT - 2, tl_rgba(255, 255, 255, 14));
        draw_lane(app, &lanes[i], lane_top, now);
    }
}
