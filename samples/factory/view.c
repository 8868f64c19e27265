// SPDX-License-Identifier: MIT
#include "view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The order of assets/sprites.png: see tools/draw_assets.py.
enum sprite {
    MINER_STANDS,
    MINER_WALKS,
    MINER_WALKS_2,
    MINER_LIFTS,
    MINER_STRIKES,
    SMITH_STANDS,
    SMITH_WALKS,
    SMITH_WALKS_2,
    SMITH_LIFTS,
    SMITH_STRIKES,
    ORE,
    INGOT,
    ANVIL,
    CHEST,
    FURNACE,
    FURNACE_2,
    TORCH,
    TORCH_2,
    MARKER,
    SMOKE,
    GLOW,
    SHADOW,
    BELT,
    BELT_BEGIN = BELT + 4,
    BELT_END,
    CAVE,
    ROCK = CAVE + 3,
    ROCK_FACE = ROCK + 3,
    VEIN = ROCK_FACE + 2,
    PLANKS = VEIN + 2,
    BRICKS = PLANKS + 2,
};

enum { HUD_TOP = 240, STEPS_PER_POINT = STEPS_PER_SECOND / 10 };

#define INK TL_COLOR(0xd8, 0xde, 0xe6)
#define FAINT TL_COLOR(0xa0, 0x97, 0xb4)
#define GOLD TL_COLOR(0xff, 0xd8, 0x66)
#define CYAN TL_COLOR(0x58, 0xc8, 0xc0)
#define RED TL_COLOR(0xf0, 0x6a, 0x4a)
#define PANEL TL_COLOR(0x1a, 0x14, 0x23)
#define FRAME TL_COLOR(0x38, 0x32, 0x47)

tl_result view_open(view *made, tl_app *app)
{
    *made = (view){.app = app, .window = app->window, .font = app->font};
    return tl_sheet_load(made->window, tl_app_asset(app, "sprites.png"), TILE, TILE, &made->sprites);
}

void view_close(view *closed)
{
    tl_sheet_destroy(closed->sprites);
}

static void append(float *points, float value)
{
    memmove(points, points + 1, (PLOT_POINTS - 1) * sizeof *points);
    points[PLOT_POINTS - 1] = value;
}

void view_note_step(view *of, const factory *shown)
{
    if (tl_world_get_time(shown->world).steps % STEPS_PER_POINT == 0)
        append(of->belt_fill, (float)tl_channel_count(shown->belt) / (float)tl_channel_capacity(shown->belt));
}

void view_click(view *of, factory *shown, float x, float y)
{
    float nearest = 14;
    of->selected = NULL;
    for (agent *each = shown->agents; each < shown->agents + MAX_AGENTS; ++each) {
        if (!each->used)
            continue;
        spot feet = agent_position(each);
        float distance = hypotf(feet.x - x, feet.y - 8 - y);
        if (distance < nearest) {
            nearest = distance;
            of->selected = each;
        }
    }
}

static void cell(const view *of, int sprite, float x, float y)
{
    tl_draw_cell(of->window, of->sprites, sprite, x, y, (tl_look){0});
}

/// Returns a number that looks random, but is always the same for a tile.
static unsigned tile_noise(int column, int row)
{
    unsigned mixed = (unsigned)column * 73856093u ^ (unsigned)row * 19349663u;
    return mixed >> 7 ^ mixed >> 13;
}

static bool is_cave(const scene *of, int column, int row)
{
    return row < MAP_ROWS && (of->map[row][column] == '.' || of->map[row][column] == '=');
}

static int ground_sprite(const scene *of, int column, int row)
{
    unsigned noise = tile_noise(column, row);
    switch (of->map[row][column]) {
    case '#': return is_cave(of, column, row + 1) ? ROCK_FACE + (int)(noise % 2) : ROCK + (int)(noise % 3);
    case 'o': return VEIN + (int)(noise % 2);
    case 'W': return BRICKS + (int)(noise % 2);
    case 't': return column > MAP_COLUMNS / 2 + 4 ? BRICKS : ROCK_FACE;
    case '.': return CAVE + (int)(noise % 3);
    case 'F': return BRICKS;
    case '=': return column * TILE + TILE / 2 < (int)of->belt_begin.x + 11 * TILE ? CAVE : PLANKS;
    default: return PLANKS + (int)(noise % 2);
    }
}

static void draw_ground(const view *of, const scene *plan)
{
    for (int row = 0; row < MAP_ROWS; ++row)
        for (int column = 0; column < MAP_COLUMNS; ++column)
            cell(of, ground_sprite(plan, column, row), (float)(column * TILE), (float)(row * TILE));
}

/// Draws the anvil, chest, furnace or torch on a tile, if it has one. `tick` counts tenths of a second.
static void draw_fixture(const view *of, const scene *plan, int column, int row, int tick)
{
    float x = (float)(column * TILE), y = (float)(row * TILE);
    int flicker = (tick + (int)tile_noise(column, row)) / 2 % 2;
    switch (plan->map[row][column]) {
    case 'A': cell(of, ANVIL, x, y); break;
    case 'C': cell(of, CHEST, x, y); break;
    case 'F': cell(of, FURNACE + flicker, x, y); break;
    case 't': cell(of, TORCH + flicker, x, y); break;
    default: break;
    }
}

static void draw_belt(const view *of, const factory *shown, int tick)
{
    spot begin = shown->scene.belt_begin, end = shown->scene.belt_end;
    for (float x = begin.x; x <= end.x; x += TILE)
        cell(of, x == begin.x ? BELT_BEGIN : x == end.x ? BELT_END : BELT + tick % 4, x - TILE / 2, begin.y - TILE / 2);
    for (uint32_t i = shown->shown_count; i-- > 0;)
        cell(of, ORE, begin.x + shown->shown[i] - TILE / 2, begin.y - TILE / 2 - 3);
}

static void draw_lights(const view *of, const scene *plan, int tick)
{
    for (int row = 0; row < MAP_ROWS; ++row)
        for (int column = 0; column < MAP_COLUMNS; ++column) {
            char tile = plan->map[row][column];
            if (tile != 't' && tile != 'F')
                continue;
            float size = (tile == 'F' ? 9.0f : 8.0f) + (float)((tick + column) % 3) * 0.12f;
            tl_draw_cell(of->window, of->sprites, GLOW, (float)(column * TILE + 8) - size * 8,
                         (float)(row * TILE + 8) - size * 8,
                         (tl_look){.blend = TL_BLEND_ADD, .size = size, .tint = tl_rgba(255, 255, 255, 120)});
        }
}

static int agent_sprite(const agent *who, double seconds)
{
    int first = who->kind == MINER ? MINER_STANDS : SMITH_STANDS;
    double phase = seconds + 0.13 * who->number;
    switch (who->doing) {
    case WALKING: return first + (fmod(phase, 0.3) < 0.15 ? 1 : 2);
    case DIGGING:
    case FORGING: return first + (fmod(phase, 0.6) < 0.38 ? 3 : 4);
    default: return first;
    }
}

static spot between(const agent *who, double alpha)
{
    spot now = agent_position(who);
    return (spot){who->before.x + (now.x - who->before.x) * (float)alpha,
                  who->before.y + (now.y - who->before.y) * (float)alpha};
}

static void draw_load(const view *of, const agent *who, spot feet)
{
    int piece = who->kind == SMITH && who->doing == WALKING && who->work_seconds > 0 ? INGOT : ORE;
    if (who->load > 0 && who->doing == FETCHING)
        cell(of, ORE, who->load_at.x - 8, who->load_at.y - 8);
    else if (who->load > 0 && who->doing != FORGING)
        cell(of, piece, feet.x - 8, feet.y - 28);
}

/// Returns the progress of an agent's work, 0 to 1; negative if it does nothing that has a progress.
static float progress(const agent *who, const tl_script_info *script)
{
    if ((who->doing != DIGGING && who->doing != FORGING) || who->work_seconds <= 0)
        return -1;
    return 1 - (float)script->wait_left / who->work_seconds;
}

static const char *short_reason(const agent *who, const tl_script_info *script)
{
    switch (script->wait) {
    case TL_WAIT_SEND: return "full!";
    case TL_WAIT_RECEIVE: return "no ore";
    default: break;
    }
    static const char *const words[] = {[IDLE] = "...",     [WALKING] = "walk",  [DIGGING] = "dig",
                                        [LOADING] = "load", [FETCHING] = "take", [FORGING] = "forge"};
    return words[who->doing];
}

/// Draws what the agent does or waits for, above its head.
static void draw_label(const view *of, const agent *who, const tl_script_info *script, spot feet)
{
    const char *reason = short_reason(who, script);
    bool stuck = script->wait == TL_WAIT_SEND || script->wait == TL_WAIT_RECEIVE;
    float width = tl_text_width(of->font, reason), top = feet.y - (who->load > 0 && !stuck ? 34.0f : 27.0f);
    float left = floorf(feet.x - width / 2);
    float done = progress(who, script);
    tl_draw_rect(of->window, left - 1, top - 1, width + 1, 9, tl_rgba(0x1a, 0x14, 0x23, stuck || done >= 0 ? 170 : 80));
    tl_draw_text(of->window, of->font, left, top, stuck ? RED : done >= 0 ? INK : FAINT, reason);
    if (done >= 0)
        tl_draw_rect(of->window, left - 1, top + 8, (width + 1) * done, 1, GOLD);
}

static int by_depth(const void *left, const void *right)
{
    const agent *a = *(agent *const *)left, *b = *(agent *const *)right;
    float difference = agent_position(a).y - agent_position(b).y;
    return difference != 0 ? (difference > 0) - (difference < 0) : (a > b) - (a < b);
}

static void draw_agent(const view *of, const agent *who, double seconds, double alpha)
{
    spot feet = between(who, alpha);
    cell(of, SHADOW, feet.x - 8, feet.y - 15);
    tl_draw_cell(of->window, of->sprites, agent_sprite(who, seconds), feet.x - 8, feet.y - 16,
                 (tl_look){.mirrored = who->faces_left});
    draw_load(of, who, feet);
    if (who == of->selected)
        cell(of, MARKER, feet.x - 8, feet.y - 16);
}

static void draw_agents(const view *of, factory *shown, double alpha)
{
    agent *order[MAX_AGENTS];
    size_t count = 0;
    for (agent *each = shown->agents; each < shown->agents + MAX_AGENTS; ++each)
        if (each->used)
            order[count++] = each;
    qsort(order, count, sizeof order[0], by_depth);
    double seconds = tl_group_get_info(tl_world_group(shown->world)).seconds;
    for (size_t i = 0; i < count; ++i)
        draw_agent(of, order[i], seconds, alpha);
    for (size_t i = 0; i < count; ++i) {
        tl_script_info script = tl_script_get_info(shown->world, order[i]->script);
        if (script.name != NULL)
            draw_label(of, order[i], &script, between(order[i], alpha));
    }
}

static void draw_dropped(const view *of, const factory *shown)
{
    for (uint32_t i = 0; i < shown->dropped && i < MAX_DROPPED; ++i)
        cell(of, ORE, shown->dropped_at[i].x - 8, shown->dropped_at[i].y - 12);
}

static void draw_panel(const view *of, float x, float width, const char *title)
{
    tl_draw_rect(of->window, x, HUD_TOP + 4, width, 92, FRAME);
    tl_draw_rect(of->window, x + 1, HUD_TOP + 5, width - 2, 90, PANEL);
    tl_draw_text(of->window, of->font, x + 5, HUD_TOP + 9, FAINT, title);
}

/// Draws bars up from the floor of a panel. A bar for the value `full` takes its whole height.
static void draw_plot(const view *of, float x, const float *points, float full, tl_color color)
{
    const float floor_y = HUD_TOP + 91, height = 66;
    for (int i = 0; i < PLOT_POINTS; ++i) {
        float part = points[i] / full;
        float bar = roundf((part < 1 ? part : 1) * height);
        tl_draw_rect(of->window, x + (float)i, floor_y - bar, 1, bar, tl_rgba(color.red, color.green, color.blue, 90));
        if (points[i] > 0)
            tl_draw_rect(of->window, x + (float)i, floor_y - bar, 1, 1, color);
    }
}

static void draw_belt_plot(const view *of, const factory *shown)
{
    char text[64];
    snprintf(text, sizeof text, "belt  %u of %u", tl_channel_count(shown->belt), tl_channel_capacity(shown->belt));
    draw_panel(of, 4, PLOT_POINTS + 8, text);
    draw_plot(of, 8, of->belt_fill, 1, CYAN);
}

static void draw_frame_plot(const view *of)
{
    char text[64];
    snprintf(text, sizeof text, "frame  %.2f ms", (double)of->frame_times[PLOT_POINTS - 1]);
    const float x = 4 + PLOT_POINTS + 12;
    draw_panel(of, x, PLOT_POINTS + 8, text);
    tl_draw_rect(of->window, x + 4, HUD_TOP + 91 - 33, PLOT_POINTS, 1, FRAME); // line at 16.7 ms
    draw_plot(of, x + 4, of->frame_times, 33.3f, GOLD);
    tl_draw_text(of->window, of->font, x + PLOT_POINTS - 21, HUD_TOP + 49, FAINT, "60/s");
}

static void draw_counts(const view *of, const factory *shown)
{
    int kinds[2] = {0};
    for (const agent *each = shown->agents; each < shown->agents + MAX_AGENTS; ++each)
        if (each->used)
            ++kinds[each->kind];
    char text[256];
    snprintf(text, sizeof text,
             "produced %5u\nconsumed %5u\non belt  %5u\ncarried  %5u\nminers   %5d\nsmiths   %5d\nscripts  %5u",
             shown->produced, shown->consumed, tl_channel_count(shown->belt), factory_carried(shown), kinds[MINER],
             kinds[SMITH], tl_script_count(shown->world));
    const float x = 4 + 2 * (PLOT_POINTS + 12);
    char title[64];
    tl_app_describe_time(of->app, title, sizeof title);
    draw_panel(of, x, 98, title);
    tl_draw_text(of->window, of->font, x + 5, HUD_TOP + 24, INK, text);
}

static void describe_wait(const tl_script_info *script, char *text, size_t size)
{
    if (script->wait_name != NULL)
        snprintf(text, size, "%s,\n       %s", tl_wait_string(script->wait), script->wait_name);
    else if (script->wait == TL_WAIT_GAME_TIME)
        snprintf(text, size, "%.1f s of game time", script->wait_left);
    else if (script->wait == TL_WAIT_STEPS)
        snprintf(text, size, "the next step");
    else
        snprintf(text, size, "%s", tl_wait_string(script->wait));
}

static void draw_selected(const view *of, const factory *shown)
{
    const float x = 4 + 2 * (PLOT_POINTS + 12) + 102, width = VIEW_WIDTH - x - 4;
    tl_script selected = of->selected != NULL ? of->selected->script : TL_NO_SCRIPT;
    tl_script_info script = tl_script_get_info(shown->world, selected);
    tl_stack_info stack = tl_script_get_stack(shown->world, selected);
    if (script.name == NULL) {
        draw_panel(of, x, width, "script");
        tl_draw_text(of->window, of->font, x + 5, HUD_TOP + 24, FAINT, "click an agent to see\nits script");
        return;
    }
    char wait[96], text[256];
    describe_wait(&script, wait, sizeof wait);
    snprintf(text, sizeof text, "runs   %s()\nwaits  %s\nage    %.1f s\nstack  %.1f of %zu KiB", script.function, wait,
             script.age_seconds, (double)stack.high_water / 1024, stack.size / 1024);
    draw_panel(of, x, width, "script");
    tl_draw_text(of->window, of->font, x + 47, HUD_TOP + 9, GOLD, script.name);
    tl_draw_text(of->window, of->font, x + 5, HUD_TOP + 24, INK, text);
    float used = (float)stack.high_water / (float)stack.size;
    tl_draw_rect(of->window, x + 5, HUD_TOP + 86, width - 10, 4, FRAME);
    tl_draw_rect(of->window, x + 5, HUD_TOP + 86, (width - 10) * used, 4, CYAN);
}

void view_draw(view *of, factory *shown)
{
    append(of->frame_times, (float)(of->app->frame_seconds * 1000));
    int tick = (int)(tl_group_get_info(tl_world_group(shown->world)).seconds * 10);
    if (of->selected != NULL && !of->selected->used)
        of->selected = NULL;
    tl_window_clear(of->window, TL_COLOR(0x12, 0x0e, 0x19));
    draw_ground(of, &shown->scene);
    draw_belt(of, shown, tick);
    for (int row = 0; row < MAP_ROWS; ++row)
        for (int column = 0; column < MAP_COLUMNS; ++column)
            draw_fixture(of, &shown->scene, column, row, tick);
    draw_dropped(of, shown);
    draw_lights(of, &shown->scene, tick);
    draw_agents(of, shown, of->app->alpha);
    draw_belt_plot(of, shown);
    draw_frame_plot(of);
    draw_counts(of, shown);
    draw_selected(of, shown);
    tl_app_draw_keys(of->app, "click select   k kill   a miner   s smith");
}
