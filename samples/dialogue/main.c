// SPDX-License-Identifier: MIT
// The dialogue: a cutscene that branches, and can be skipped. Each line, step and gesture of it is an ordinary function
// that waits. Skipping cancels them all wherever they are, and end_cutscene then leaves the world as a scene that was
// played to its end does.
//
//     dialogue [--headless] [--steps N] [--choose 1|2] [--skip N] [--screenshot FILE.png]
//
// The last line that it prints reports how the scene went.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telar/app.h"
#include "telar/concurrency.h"
#include "telar/tween.h"

enum { WIDTH = 640, GROUND = 232, STEPS = 2100, TILE = 16, ZOOM = 3 };

/// Cells of assets/sprites.png.
enum {
    MINER = 0,
    SMITH = 5,
    LIFTS = 3,
    ORE = 10,
    INGOT = 11,
    ANVIL = 12,
    FURNACE = 14,
    TORCH = 16,
    GLOW = 20,
    SHADOW = 21,
    CAVE = 28,
    ROCK = 31
};

typedef struct actor {
    const char *name;
    int sprite;
    float x;
    bool faces_left, walks, lifts;
    tl_color color;
} actor;

typedef TL_EVENT(int) choice_event;
typedef TL_EVENT(tl_nothing) signal_event;

/// All that the scene may change. The last line of output shows it.
static struct stage {
    actor miner, smith;
    float fire, dark; ///< 0 to 1
    bool ore_given, sword_forged;
    int gold;
} stage = {
    .miner = {.name = "Ada", .sprite = MINER, .x = -40, .color = {0xf6, 0xc9, 0x45, 255}},
    .smith = {.name = "Bruno", .sprite = SMITH, .x = 430, .faces_left = true, .color = {0xd8, 0x79, 0x4f, 255}},
    .fire = 0.2f,
    .dark = 1,
    .gold = 3,
};

static struct show {
    tl_world *world;
    tl_sheet *sprites;
    choice_event chosen;
    signal_event skip, next;
    const actor *speaker;
    const char *line;
    int shown; ///< number of characters of the line that are shown
    bool asks;
    const char *answers[2];
    int choose, choice; ///< 1 or 2: the answer by default (--choose), and the answer given
    uint64_t skip_at;
    bool skipped, over;
} show;

// What actors do.

static void stop_walking(void *walker)
{
    ((actor *)walker)->walks = false;
}

static void walk_to(actor *who, float x)
{
    who->faces_left = x < who->x;
    who->walks = true;
    tl_defer(stop_walking, who);
    tl_tween(&who->x, x, (double)(fabsf(x - who->x) / 90), NULL);
}

static void clear_line(void *unused)
{
    (void)unused;
    show.line = NULL;
    show.asks = false;
}

TL_SCRIPT(types, tl_nothing, unused)
{
    for (int length = (int)strlen(show.line); show.shown < length; ++show.shown)
        tl_wait_seconds(show.line[show.shown] == ',' ? 0.2 : 0.03);
}

/// Shows a line letter by letter, or at once after a key or click. The line stays until another key or click, but not
/// longer than 1.2 seconds.
static void say(actor *who, const char *line)
{
    tl_defer(clear_line, NULL);
    show.speaker = who;
    show.line = line;
    show.shown = 0;
    tl_race(TL_CHILD(types, {0}), TL_ON(show.next, NULL));
    show.shown = (int)strlen(line);
    tl_wait_event(show.next, NULL, TL_WITHIN(1.2));
}

/// Asks the player, and returns 1 or 2. If there is no answer in time, chooses as the command line says.
static int ask(actor *who, const char *question, const char *first, const char *second)
{
    tl_defer(clear_line, NULL);
    show.speaker = who;
    show.line = question;
    show.shown = (int)strlen(question);
    show.asks = true;
    show.answers[0] = first;
    show.answers[1] = second;
    int choice = show.choose;
    tl_wait_event(show.chosen, &choice, TL_WITHIN(4));
    show.choice = choice;
    return choice;
}

TL_SCRIPT(hammers, int, strokes)
{
    for (int i = 0; i < *strokes; ++i) {
        stage.smith.lifts = true;
        tl_wait_seconds(0.3);
        stage.smith.lifts = false;
        stage.fire = 1;
        tl_wait_seconds(0.2);
    }
}

TL_SCRIPT(glows, float, to)
{
    tl_tween(&stage.fire, *to, 0.8, tl_ease_in_out_quad);
}

TL_SCRIPT(walks, float, x)
{
    walk_to(&stage.miner, *x);
}

// The scene.

static void sell(void)
{
    say(&stage.miner, "Ten gold, and it is yours.");
    say(&stage.smith, "You dig deep in more than one way.");
    tl_sync(TL_CHILD(glows, 0.5f), TL_AT(0.4, walks, 360));
    stage.ore_given = true;
    stage.gold += 10;
    say(&stage.miner, "A pleasure, as ever.");
}

static void forge(void)
{
    say(&stage.miner, "Make me something of it, would you?");
    walk_to(&stage.miner, 360);
    stage.ore_given = true;
    say(&stage.smith, "Stand back, then, it gets hot in here.");
    walk_to(&stage.smith, 470);
    stage.smith.faces_left = false;
    tl_sync(TL_CHILD(glows, 1), TL_AT(0.3, hammers, 5));
    stage.sword_forged = true;
    walk_to(&stage.smith, 430);
    say(&stage.smith, "There. Mind the edge.");
}

TL_SCRIPT(plays, tl_nothing, unused)
{
    tl_tween(&stage.dark, 0, 1, NULL);
    tl_sync(TL_CHILD(walks, 320), TL_AT(0.5, glows, 0.4f));
    say(&stage.smith, "You again, and with mud on your boots.");
    say(&stage.miner, "Look what the mountain gave me, though.");
    if (ask(&stage.smith, "Blue ore! What do you want for it?", "Gold.", "A sword.") == 1)
        sell();
    else
        forge();
    walk_to(&stage.miner, -40);
    tl_tween(&stage.dark, 1, 0.8, NULL);
}

/// Leaves the world in the same state, whether the scene was played or skipped.
static void end_cutscene(void)
{
    bool sold = show.choice == 1;
    stage.gold = sold ? 13 : 3;
    stage.ore_given = true;
    stage.sword_forged = !sold;
    stage.miner.x = -40;
    stage.miner.faces_left = true;
    stage.smith.x = 430;
    stage.smith.faces_left = true;
    stage.smith.lifts = false;
    stage.dark = 1;
    stage.fire = 0.2f;
}

TL_SCRIPT(scene, tl_nothing, unused)
{
    show.choice = show.choose;
    show.skipped = tl_race(TL_CHILD(plays, {0}), TL_ON(show.skip, NULL)).winner == 1;
    end_cutscene();
    show.over = true;
}

TL_SCRIPT(skips, uint64_t, step)
{
    tl_wait_steps((int64_t)*step);
    tl_emit(show.skip, {0});
}

static bool read_option(tl_app *app, const char *name, const char *value)
{
    (void)app;
    if (strcmp(name, "--choose") == 0)
        return (show.choose = atoi(value)) == 1 || show.choose == 2;
    show.skip_at = strtoull(value, NULL, 10);
    return strcmp(name, "--skip") == 0 && show.skip_at > 0;
}

static bool open(tl_app *app)
{
    tl_result result = tl_sheet_load(app->window, tl_app_asset(app, "sprites.png"), TILE, TILE, &show.sprites);
    if (result == TL_OK)
        result = tl_world_create(&(tl_world_desc){0}, &app->world);
    show.world = app->world;
    if (result == TL_OK)
        result = tl_event_create(app->world, TL_NO_ENTITY, "the player's choice", &show.chosen);
    if (result == TL_OK)
        result = tl_event_create(app->world, TL_NO_ENTITY, "skip", &show.skip);
    if (result == TL_OK)
        result = tl_event_create(app->world, TL_NO_ENTITY, "next", &show.next);
    if (result == TL_OK)
        result = tl_spawn(app->world, TL_NO_ENTITY, NULL, scene, {0});
    if (result == TL_OK && show.skip_at > 0)
        result = tl_spawn(app->world, TL_NO_ENTITY, NULL, skips, show.skip_at);
    if (result != TL_OK)
        fprintf(stderr, "dialogue: %s\n", tl_result_string(result));
    return result == TL_OK;
}

// Drawing.

static void cell(tl_app *app, int which, float x, float y, tl_look look)
{
    if (look.size == 0)
        look.size = ZOOM;
    tl_draw_cell(app->window, show.sprites, which, x, y, look);
}

static void glow(tl_app *app, float x, float y, float size, tl_color tint)
{
    cell(app, GLOW, x - 8 * size, y - 8 * size, (tl_look){.blend = TL_BLEND_ADD, .size = size, .tint = tint});
}

static void draw_actor(tl_app *app, const actor *who)
{
    uint64_t step = tl_world_get_time(app->world).steps;
    int frame = who->lifts ? LIFTS : who->walks ? 1 + (int)(step / 8 % 2) : 0;
    cell(app, SHADOW, who->x - 24, GROUND - 44, (tl_look){0});
    cell(app, who->sprite + frame, who->x - 24, GROUND - 48, (tl_look){.mirrored = who->faces_left});
}

static void draw_room(tl_app *app)
{
    tl_window_clear(app->window, TL_COLOR(0x0c, 0x09, 0x12));
    for (int row = 0; row < 5; ++row)
        for (int column = 0; column < 14; ++column)
            cell(app, ROCK + (row * 7 + column * 3) % 3, (float)column * 48, (float)row * 48 - 8,
                 (tl_look){.tint = {0x6a, 0x62, 0x80, 255}});
    for (int column = 0; column < 14; ++column)
        cell(app, CAVE + column * 5 % 3, (float)column * 48, GROUND - 8, (tl_look){0});
    uint64_t step = tl_world_get_time(app->world).steps;
    float flicker = 0.9f + 0.1f * sinf((float)step * 0.21f);
    cell(app, TORCH + (int)(step / 10 % 2), 120, 96, (tl_look){0});
    cell(app, FURNACE + (int)(step / 7 % 2), 540, GROUND - 48, (tl_look){0});
    cell(app, ANVIL, 484, GROUND - 48, (tl_look){0});
    glow(app, 144, 120, 12 * flicker, TL_COLOR(0xa0, 0x60, 0x28));
    glow(app, 564, GROUND - 16, 8 + 14 * stage.fire * flicker, TL_COLOR(0xd0, 0x50, 0x18));
}

static void draw_things(tl_app *app)
{
    if (!stage.ore_given) {
        cell(app, ORE, stage.miner.x - 10, GROUND - 62, (tl_look){.size = 2});
        glow(app, stage.miner.x + 6, GROUND - 46, 3, TL_COLOR(0x18, 0x60, 0x70));
    } else if (!stage.sword_forged) {
        cell(app, ORE, 492, GROUND - 66, (tl_look){.size = 2});
    } else {
        cell(app, INGOT, 492, GROUND - 64, (tl_look){.size = 2});
        glow(app, 508, GROUND - 46, 4, TL_COLOR(0x80, 0x60, 0x18));
    }
}

static void draw_answers(tl_app *app)
{
    for (int i = 0; i < 2; ++i) {
        char text[64];
        snprintf(text, sizeof text, "%d  %s", i + 1, show.answers[i]);
        float x = 60 + (float)i * 180;
        tl_draw_rect(app->window, x, 308, 160, 16, TL_COLOR(0x38, 0x32, 0x47));
        tl_draw_rect(app->window, x + 1, 309, 158, 14, TL_COLOR(0x24, 0x1d, 0x31));
        tl_draw_text(app->window, app->font, x + 8, 312, TL_COLOR(0xff, 0xd8, 0x66), text);
    }
}

static void draw_line(tl_app *app)
{
    if (show.line == NULL)
        return;
    char text[128];
    snprintf(text, sizeof text, "%.*s", show.shown, show.line);
    tl_color color = show.speaker->color;
    tl_draw_rect(app->window, 40, 266, 560, 64, TL_COLOR(0x38, 0x32, 0x47));
    tl_draw_rect(app->window, 41, 267, 558, 62, tl_rgba(0x1a, 0x14, 0x23, 255));
    tl_draw_rect(app->window, 41, 267, 3, 62, color);
    tl_draw_text(app->window, app->font, 56, 274, color, show.speaker->name);
    tl_draw_text(app->window, app->font, 56, 291, TL_COLOR(0xe8, 0xea, 0xf0), text);
    tl_draw_rect(app->window, show.speaker->x - 2, GROUND - 62, 4, 4, color);
    if (show.asks)
        draw_answers(app);
}

static void draw(tl_app *app)
{
    char text[64], time[32];
    draw_room(app);
    draw_actor(app, &stage.smith);
    draw_actor(app, &stage.miner);
    draw_things(app);
    tl_draw_rect(app->window, 0, 0, WIDTH, GROUND + 28, tl_rgba(0x05, 0x03, 0x08, (int)(stage.dark * 255)));
    tl_draw_rect(app->window, 0, GROUND + 28, WIDTH, 360 - GROUND - 28, TL_COLOR(0x05, 0x03, 0x08));
    tl_draw_rect(app->window, 0, 0, WIDTH, 20, TL_COLOR(0x05, 0x03, 0x08));
    draw_line(app);
    tl_app_describe_time(app, time, sizeof time);
    snprintf(text, sizeof text, "gold %d   scripts %u   %s", stage.gold, tl_script_count(app->world), time);
    tl_draw_text(app->window, app->font, 6, 6, TL_COLOR(0xa0, 0x97, 0xb4), text);
    tl_app_draw_keys(app, "1 2 answer   n or click next   s skip");
}

static void press(tl_app *app, int key)
{
    (void)app;
    if (key == '1' || key == '2')
        tl_emit(show.chosen, key - '0');
    else if (key == 'n')
        tl_emit(show.next, {0});
    else if (key == 's' && tl_emit(show.skip, {0}) == TL_OK)
        printf("dialogue: skips\n");
}

static void click(tl_app *app, tl_click where)
{
    (void)where;
    press(app, 'n');
}

static bool report(tl_app *app)
{
    printf("dialogue: steps=%" PRIu64
           " %s choice=%d gold=%d ore=%d sword=%d at=%.0f,%.0f fire=%.1f dark=%.1f scripts=%u\n",
           tl_world_get_time(app->world).steps,
           !show.over     ? "playing"
           : show.skipped ? "skipped"
                          : "played",
           show.choice, stage.gold, stage.ore_given, stage.sword_forged, (double)stage.miner.x, (double)stage.smith.x,
           (double)stage.fire, (double)stage.dark, tl_script_count(app->world));
    return true;
}

static void close(tl_app *app)
{
    (void)app;
    tl_sheet_destroy(show.sprites);
}

int main(int argc, char **argv)
{
    show.choose = 2;
    return tl_app_main(argc, argv,
                       &(tl_app_desc){.name = "dialogue",
                                      .title = "Telar: the dialogue",
                                      .assets = TELAR_ASSETS,
                                      .headless_steps = STEPS,
                                      .usage = "  --choose 1|2       the answer where no player answers (default 2)\n"
                                               "  --skip N           skips the scene after N steps\n",
                                      .option = read_option,
                                      .open = open,
                                      .draw = draw,
                                      .key = press,
                                      .click = click,
                                      .report = report,
                                      .close = close});
}
