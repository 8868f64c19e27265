// SPDX-License-Identifier: MIT
#include "view.h"

#include <math.h>
#include <stdio.h>

#include "meadow.h"
#include "telar/script.h"

static void draw_ring(tl_app *app, vec at, float age)
{
    enum { POINTS = 28 };
    float radius = 4 + age * 60, fade = 1 - age / 0.6f;
    for (int i = 0; i < POINTS; ++i) {
        float angle = (float)i * (6.2831853f / POINTS);
        tl_draw_rect(app->window, at.x + cosf(angle) * radius, at.y + sinf(angle) * radius, 1, 1,
                     tl_rgba(0xff, 0xd8, 0x66, (int)(fade * 200)));
    }
}

/// Returns a creature's colour: by its mood, or, while it grazes, by its heading, so that flocks can be distinguished.
static tl_color color_of(const creature *each)
{
    static const tl_color colors[] = {
        [FLEEING] = {0xff, 0xf0, 0xa8, 0xff},
        [STALKING] = {0xd8, 0x59, 0x2f, 0xff},
        [CHASING] = {0xff, 0x3b, 0x30, 0xff},
        [RESTING] = {0x8a, 0x3a, 0x2a, 0xff},
    };
    if (each->mood != GRAZING)
        return colors[each->mood];
    vec way = at_speed(each->heading, 1);
    return TL_COLOR(0x58 + (int)(way.y * 40), 0xb0 + (int)(way.x * 48), 0x98 - (int)(way.x * 64));
}

static void draw_creature(tl_app *app, const creature *each)
{
    bool hunts = each < meadow.all + HUNTERS;
    float size = hunts ? 5 : 2, seconds = (float)(app->alpha - 1) / 60;
    vec at = add(each->at, each->heading, seconds), way = at_speed(each->heading, 1);
    if (hunts)
        tl_draw_rect(app->window, at.x - 4, at.y - 4, 8, 8, tl_rgba(0xff, 0x3b, 0x30, each->mood == CHASING ? 90 : 30));
    tl_color color = color_of(each);
    tl_draw_rect(app->window, at.x - size / 2, at.y - size / 2, size, size, color);
    color.alpha = 110;
    if (!hunts)
        tl_draw_rect(app->window, at.x - way.x * 2 - 0.5f, at.y - way.y * 2 - 0.5f, 1, 1, color);
}

static void draw_counts(tl_app *app)
{
    int moods[5] = {0};
    for (int i = 0; i < CREATURES; ++i)
        moods[meadow.all[i].mood] += meadow.all[i].alive;
    char text[256], time[32];
    tl_app_describe_time(app, time, sizeof time);
    tl_job_system_info jobs = {0};
    if (app->jobs != NULL)
        jobs = tl_job_system_get_info(app->jobs);
    snprintf(text, sizeof text, "scripts %u   workers %u   fleeing %d   chasing %d   eaten %u   %s   %.1f ms",
             tl_script_count(app->world), jobs.workers, moods[FLEEING], moods[CHASING], meadow.eaten, time,
             app->frame_seconds * 1000);
    tl_draw_rect(app->window, 0, 0, WIDTH, 13, tl_rgba(0x10, 0x16, 0x14, 200));
    tl_draw_text(app->window, app->font, 6, 3, TL_COLOR(0xd8, 0xde, 0xe6), text);
    tl_app_draw_keys(app, "click: a hunter there");
}

void view_draw(tl_app *app)
{
    tl_window_clear(app->window, TL_COLOR(0x10, 0x16, 0x14));
    for (int row = 0; row < ROWS; ++row)
        for (int column = row % 2; column < COLUMNS; column += 2)
            tl_draw_rect(app->window, (float)column * PART, (float)row * PART, PART, PART, TL_COLOR(0x14, 0x1c, 0x18));
    for (int i = 0; i < TRAILS; ++i)
        if ((uint32_t)i < meadow.ring_count && meadow.ring_ages[i] < 0.6f)
            draw_ring(app, meadow.rings[i], meadow.ring_ages[i]);
    for (int i = CREATURES - 1; i >= 0; --i) // the hunters on top
        if (meadow.all[i].alive)
            draw_creature(app, &meadow.all[i]);
    draw_counts(app);
}
