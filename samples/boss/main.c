// SPDX-License-Identifier: MIT
// The boss: a fight that reads like its script. A pattern of attacks races against the boss's health and against the
// player's leaving. Whichever comes first cancels the rest of the fight, and clean-ups remove what its attacks had on
// the screen.
//
//     boss [--headless] [--steps N] [--seed S] [--leave N] [--screenshot FILE.png]
//
// With --leave N the player leaves the arena after N steps, and comes back later. The last line that it prints reports
// how the fight went; the same seed gives the same line, on any machine.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telar/app.h"
#include "telar/concurrency.h"
#include "telar/random.h"
#include "telar/tween.h"

enum { WIDTH = 640, HEIGHT = 340, BULLETS = 512, ZONES = 8, FULL = 120, GLOW = 20, STEPS = 2400 };

typedef struct vec {
    float x, y;
} vec;

typedef struct bullet {
    bool used, ours; ///< ours: the player's
    vec at, way;     ///< pixels; pixels a second
} bullet;

/// A strip of the floor that the boss is about to strike.
typedef struct zone {
    bool used;
    float x, width, charge; ///< charge: from 0 (just announced) to 1 (struck)
} zone;

typedef TL_EVENT(tl_nothing) signal_event;

static struct fight {
    tl_world *world;
    tl_sheet *sprites;
    tl_script script;
    signal_event player_left, player_came;
    tl_random dice;
    vec boss, player, goal;
    float open_eye, flash, shake, visible, beam; ///< 0 to 1
    int health, player_health, phase;
    uint32_t shots, hits, strikes;
    bool player_here, steered;
    const char *doing, *outcome;
    bullet bullets[BULLETS];
    zone zones[ZONES];
    uint64_t leave_at; ///< 0: never
} it = {.doing = "", .outcome = "fighting"};

static float chance(float least, float most)
{
    return least + (most - least) * tl_random_unit(&it.dice);
}

static void shoot(vec from, vec way, bool ours)
{
    for (bullet *each = it.bullets; each < it.bullets + BULLETS; ++each)
        if (!each->used) {
            *each = (bullet){true, ours, from, way};
            ++it.shots;
            return;
        }
}

// The boss's attacks. Each announces itself before it hurts.

TL_SCRIPT(volley, int, count)
{
    it.doing = "volley";
    tl_tween(&it.open_eye, 1, 0.5, tl_ease_out_quad);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < *count; ++i) {
            float angle = 0.5f + (float)i * (2.14f / (float)(*count - 1)) + (float)round * 0.06f;
            shoot(it.boss, (vec){cosf(angle) * 110, sinf(angle) * 110}, false);
        }
        tl_wait_seconds(0.35);
    }
    tl_tween(&it.open_eye, 0.2f, 0.3, NULL);
}

static void forget_zone(void *announced)
{
    ((zone *)announced)->used = false;
}

static zone *announce(float x, float width)
{
    for (zone *each = it.zones; each < it.zones + ZONES; ++each)
        if (!each->used) {
            *each = (zone){true, x, width, 0};
            return each;
        }
    return it.zones; // not reached: there are never more than ZONES
}

TL_SCRIPT(slam, float, x)
{
    it.doing = "slam";
    zone *here = announce(*x - 45, 90);
    tl_defer(forget_zone, here); // also if the attack is cancelled meanwhile
    tl_tween(&here->charge, 1, 0.9, tl_ease_in_quad);
    if (fabsf(it.player.x - *x) < 45) {
        it.player_health -= 12;
        ++it.strikes;
    }
    it.flash = 0.4f;
    tl_wait_seconds(0.12);
}

static void stop_beam(void *unused)
{
    (void)unused;
    it.beam = 0;
}

TL_SCRIPT(sweep, tl_nothing, unused)
{
    it.doing = "sweep";
    tl_defer(stop_beam, NULL);
    float from = it.boss.x < WIDTH / 2 ? 80 : WIDTH - 80;
    tl_tween(&it.boss.x, from, 0.8, tl_ease_in_out_cubic);
    tl_tween(&it.beam, 0.25f, 0.6, NULL); // thin and harmless
    it.beam = 1;
    tl_tween(&it.boss.x, WIDTH - from, 2.2, tl_ease_in_out_quad);
}

TL_SCRIPT(first_pattern, tl_nothing, unused)
{
    for (;;) {
        tl_sync(TL_CHILD(volley, 9));
        tl_sync(TL_CHILD(sweep, {0}));
        tl_wait_seconds(0.4);
    }
}

TL_SCRIPT(second_pattern, tl_nothing, unused)
{
    for (;;) {
        float x = it.player.x;
        tl_sync(TL_CHILD(slam, x), TL_AT(0.35, slam, x > WIDTH / 2 ? x - 110 : x + 110), TL_CHILD(volley, 13));
        tl_sync(TL_CHILD(sweep, {0}), TL_AT(1.2, slam, chance(60, WIDTH - 60)));
    }
}

static bool is_below(void *part)
{
    return (float)it.health <= *(float *)part * FULL;
}

TL_SCRIPT(health_below, float, part)
{
    tl_wait_until(is_below, part);
}

TL_SCRIPT(roar, tl_nothing, unused)
{
    it.doing = "roar";
    for (int i = 0; i < 3; ++i) {
        tl_tween(&it.open_eye, 1, 0.15, NULL);
        tl_tween(&it.open_eye, 0, 0.15, NULL);
    }
}

TL_SCRIPT(shake_camera, float, seconds)
{
    it.shake = 1;
    tl_tween(&it.shake, 0, (double)*seconds, tl_ease_out_quad);
}

TL_SCRIPT(burst, float, x)
{
    it.flash = 0.7f;
    for (int i = 0; i < 14; ++i) {
        float angle = (float)i * (6.2831853f / 14);
        shoot((vec){it.boss.x + *x, it.boss.y}, (vec){cosf(angle) * 160, sinf(angle) * 160}, true);
    }
}

TL_SCRIPT(fade_away, double, seconds)
{
    tl_tween(&it.visible, 0, *seconds, tl_ease_in_quad);
}

static void die(void)
{
    it.doing = "falls";
    it.phase = 3;
    memset(it.bullets, 0, sizeof it.bullets);
    tl_sync(TL_CHILD(shake_camera, 2), TL_CHILD(burst, 0), TL_AT(0.5, burst, -40), TL_AT(0.8, burst, 35),
            TL_AT(1.1, burst, -15), TL_AT(1.2, fade_away, 0.8));
    it.outcome = "slain";
}

static void go_home(void)
{
    it.doing = "heals";
    it.outcome = "left";
    tl_tween(&it.boss.x, WIDTH / 2, 1.5, tl_ease_in_out_cubic);
    while (it.health < FULL) {
        ++it.health;
        tl_wait_seconds(0.02);
    }
    it.doing = "waits";
    tl_wait_event(it.player_came, NULL);
    it.outcome = "fighting";
}

TL_SCRIPT(boss, tl_nothing, unused)
{
    for (;;) {
        it.phase = 1;
        tl_race_outcome fight =
            tl_race(TL_CHILD(first_pattern, {0}), TL_CHILD(health_below, 0.5f), TL_ON(it.player_left, NULL));
        if (fight.winner == 1) {
            it.phase = 2;
            tl_sync(TL_CHILD(roar, {0}), TL_CHILD(shake_camera, 0.9f));
            fight = tl_race(TL_CHILD(second_pattern, {0}), TL_CHILD(health_below, 0), TL_ON(it.player_left, NULL));
        }
        if (fight.winner == 1) {
            die();
            return;
        }
        go_home();
    }
}

// The player: flies by itself until the first click.

TL_SCRIPT(guns, tl_nothing, unused)
{
    for (;;) {
        tl_wait_seconds(0.1);
        if (it.player_here && it.phase < 3)
            shoot((vec){it.player.x, it.player.y - 8}, (vec){0, -320}, true);
    }
}

static bool is_dangerous(float x)
{
    for (const zone *each = it.zones; each < it.zones + ZONES; ++each)
        if (each->used && x > each->x - 12 && x < each->x + each->width + 12)
            return true;
    return it.beam > 0 && fabsf(x - it.boss.x) < 70;
}

TL_SCRIPT(pilot, tl_nothing, unused)
{
    for (;;) {
        for (int tries = 0; !it.steered && tries < 8; ++tries) {
            it.goal.x = it.boss.x + chance(-130, 130);
            it.goal.y = chance(235, 310);
            it.goal.x = it.goal.x < 20 ? 20 : it.goal.x > WIDTH - 20 ? WIDTH - 20 : it.goal.x;
            if (!is_dangerous(it.goal.x))
                break;
        }
        tl_wait_seconds((double)chance(0.25f, 0.6f));
    }
}

TL_SCRIPT(leaves, uint64_t, step)
{
    tl_wait_steps((int64_t)*step);
    it.player_here = false;
    tl_emit(it.player_left, {0});
    tl_wait_seconds(4);
    it.player_here = true;
    tl_emit(it.player_came, {0});
}

// Physics: the player and the bullets.

static void move_player(float seconds)
{
    float x = it.goal.x - it.player.x, y = it.goal.y - it.player.y, left = sqrtf(x * x + y * y), way = 190 * seconds;
    if (left <= way)
        it.player = it.goal;
    else
        it.player = (vec){it.player.x + x / left * way, it.player.y + y / left * way};
    if (it.beam == 1 && it.player_here && fabsf(it.player.x - it.boss.x) < 9) {
        it.player_health -= 1;
        ++it.strikes;
    }
}

static void hit(bullet *each)
{
    if (each->ours && it.phase < 3 && fabsf(each->at.x - it.boss.x) < 52 && fabsf(each->at.y - it.boss.y) < 22) {
        each->used = false;
        ++it.hits;
        it.health -= it.health > 0;
    } else if (!each->ours && it.player_here && fabsf(each->at.x - it.player.x) < 5 &&
               fabsf(each->at.y - it.player.y) < 5) {
        each->used = false;
        it.player_health -= 3;
        ++it.strikes;
    }
}

static void move_all(tl_world *world, void *unused)
{
    (void)unused;
    float seconds = (float)tl_group_get_info(tl_world_group(world)).delta;
    it.flash = it.flash > seconds * 2 ? it.flash - seconds * 2 : 0;
    move_player(seconds);
    for (bullet *each = it.bullets; each < it.bullets + BULLETS; ++each) {
        if (!each->used)
            continue;
        each->at.x += each->way.x * seconds;
        each->at.y += each->way.y * seconds;
        each->used = each->at.x > -8 && each->at.x < WIDTH + 8 && each->at.y > -8 && each->at.y < HEIGHT + 8;
        hit(each);
    }
}

static bool read_option(tl_app *app, const char *name, const char *value)
{
    (void)app;
    it.leave_at = strtoull(value, NULL, 10);
    return strcmp(name, "--leave") == 0 && it.leave_at > 0;
}

static bool open(tl_app *app)
{
    tl_result result = tl_sheet_load(app->window, tl_app_asset(app, "sprites.png"), 16, 16, &it.sprites);
    if (result == TL_OK)
        result = tl_world_create(&(tl_world_desc){.physics = move_all}, &app->world);
    it.world = app->world;
    it.dice.state = app->seed;
    it.boss = (vec){WIDTH / 2, 70};
    it.player = it.goal = (vec){WIDTH / 2, 290};
    it.health = FULL, it.player_health = 100, it.visible = 1, it.open_eye = 0.2f, it.player_here = true;
    if (result == TL_OK)
        result = tl_event_create(app->world, TL_NO_ENTITY, "the player leaves", &it.player_left);
    if (result == TL_OK)
        result = tl_event_create(app->world, TL_NO_ENTITY, "the player comes", &it.player_came);
    if (result == TL_OK)
        result = tl_spawn(app->world, TL_NO_ENTITY, &it.script, boss, {0});
    if (result == TL_OK)
        result = tl_spawn(app->world, TL_NO_ENTITY, NULL, guns, {0});
    if (result == TL_OK)
        result = tl_spawn(app->world, TL_NO_ENTITY, NULL, pilot, {0});
    if (result == TL_OK && it.leave_at > 0)
        result = tl_spawn(app->world, TL_NO_ENTITY, NULL, leaves, it.leave_at);
    if (result != TL_OK)
        fprintf(stderr, "boss: %s\n", tl_result_string(result));
    return result == TL_OK;
}

// Drawing.

static tl_color faded(int red, int green, int blue, float part)
{
    return tl_rgba(red, green, blue, (int)(part < 0 ? 0 : part > 1 ? 255 : part * 255));
}

static void glow(tl_app *app, vec at, float size, tl_color color)
{
    tl_draw_cell(app->window, it.sprites, GLOW, at.x - 8 * size, at.y - 8 * size,
                 (tl_look){.blend = TL_BLEND_ADD, .tint = color, .size = size});
}

static void draw_arena(tl_app *app)
{
    tl_window_clear(app->window, TL_COLOR(0x0e, 0x0a, 0x1a));
    for (int i = 0; i < 12; ++i)
        tl_draw_rect(app->window, 0, 180 + (float)(i * i) * 1.15f, WIDTH, 1,
                     faded(0x6a, 0x4a, 0xa0, 0.12f + (float)i * 0.03f));
    for (int i = -12; i <= 12; ++i)
        for (int row = 0; row < 40; ++row)
            tl_draw_rect(app->window, WIDTH / 2 + (float)i * (14 + (float)row * 1.1f), 180 + (float)row * 4, 1, 3,
                         faded(0x6a, 0x4a, 0xa0, 0.05f + (float)row * 0.006f));
    for (int i = 0; i < 60; ++i)
        tl_draw_rect(app->window, (float)(i * 197 % WIDTH), (float)(i * 89 % 170), 1, 1,
                     faded(0xff, 0xff, 0xff, 0.15f + (float)(i % 5) * 0.1f));
}

static void draw_zones(tl_app *app)
{
    for (const zone *each = it.zones; each < it.zones + ZONES; ++each) {
        if (!each->used)
            continue;
        float fill = each->charge * (HEIGHT - 180);
        tl_draw_rect(app->window, each->x, 180, each->width, HEIGHT - 180, faded(0xff, 0x40, 0x30, 0.12f));
        tl_draw_rect(app->window, each->x, HEIGHT - fill, each->width, fill,
                     faded(0xff, 0x40, 0x30, 0.15f + each->charge * 0.4f));
        tl_draw_rect(app->window, each->x, 180, 1, HEIGHT - 180, faded(0xff, 0x70, 0x50, 0.8f));
        tl_draw_rect(app->window, each->x + each->width - 1, 180, 1, HEIGHT - 180, faded(0xff, 0x70, 0x50, 0.8f));
    }
    if (it.beam > 0) {
        float width = it.beam < 1 ? 2 : 14;
        tl_draw_rect(app->window, it.boss.x - width / 2, it.boss.y + 20, width, HEIGHT - it.boss.y - 20,
                     faded(0xff, 0x50, 0xc0, it.beam < 1 ? 0.5f : 0.45f));
        tl_draw_rect(app->window, it.boss.x - width / 6, it.boss.y + 20, width / 3, HEIGHT - it.boss.y - 20,
                     faded(0xff, 0xe0, 0xf8, it.beam < 1 ? 0.3f : 0.95f));
        glow(app, (vec){it.boss.x, HEIGHT - 8}, it.beam * 4, TL_COLOR(0xff, 0x60, 0xc0));
    }
}

/// Draws a piece of the boss and its mirror image.
static void plate(tl_app *app, vec middle, float x, float y, float width, float height, tl_color color)
{
    tl_draw_rect(app->window, middle.x + x, middle.y + y, width, height, color);
    tl_draw_rect(app->window, middle.x - x - width, middle.y + y, width, height, color);
}

static void draw_boss(tl_app *app, vec at)
{
    bool angry = it.phase >= 2;
    float part = it.visible, beat = it.open_eye;
    glow(app, at, 10, faded(angry ? 0x90 : 0x50, 0x20, angry ? 0x30 : 0x90, part * 0.8f));
    plate(app, at, 30, -14, 44, 8, faded(0x3a, 0x2c, 0x58, part));
    plate(app, at, 44, -6, 34, 7, faded(0x4c, 0x3a, 0x72, part));
    plate(app, at, 62, -22, 6, 34, faded(0x5e, 0x48, 0x8c, part));
    plate(app, at, 70, -2, 4, 22, faded(0x7c, 0x60, 0xb4, part));
    plate(app, at, 0, -26, 36, 8, faded(0x5e, 0x48, 0x8c, part));
    plate(app, at, 0, -18, 46, 30, faded(0x4c, 0x3a, 0x72, part));
    plate(app, at, 0, 12, 30, 8, faded(0x3a, 0x2c, 0x58, part));
    plate(app, at, 8, 20, 8, 7, faded(0x7c, 0x60, 0xb4, part));
    plate(app, at, 24, -12, 16, 3, faded(0x7c, 0x60, 0xb4, part));
    plate(app, at, 26, 2, 12, 2, faded(0x7c, 0x60, 0xb4, part));
    plate(app, at, 0, -9, 15, 16, faded(0x16, 0x0e, 0x22, part));
    plate(app, at, 0, -1 - beat * 7, 12, 2 + beat * 14, faded(0xff, angry ? 0x50 : 0xc0, 0x50, part));
    plate(app, at, 0, -1 - beat * 4, 4, 2 + beat * 8, faded(0xff, 0xf6, 0xe0, part));
    glow(app, at, 1.5f + beat * 3, faded(0xff, angry ? 0x50 : 0xb0, 0x40, part * (0.3f + beat * 0.7f)));
}

static void draw_player(tl_app *app, vec at)
{
    glow(app, (vec){at.x, at.y + 8}, 2, TL_COLOR(0x30, 0x70, 0xff));
    tl_draw_rect(app->window, at.x - 1, at.y - 8, 2, 14, TL_COLOR(0xd8, 0xf4, 0xff));
    tl_draw_rect(app->window, at.x - 3, at.y - 3, 6, 9, TL_COLOR(0x58, 0xc8, 0xe0));
    tl_draw_rect(app->window, at.x - 8, at.y + 2, 16, 3, TL_COLOR(0x34, 0x86, 0xc0));
    tl_draw_rect(app->window, at.x - 8, at.y - 1, 2, 6, TL_COLOR(0xd8, 0xf4, 0xff));
    tl_draw_rect(app->window, at.x + 6, at.y - 1, 2, 6, TL_COLOR(0xd8, 0xf4, 0xff));
}

static void draw_bullets(tl_app *app)
{
    for (const bullet *each = it.bullets; each < it.bullets + BULLETS; ++each) {
        if (!each->used)
            continue;
        glow(app, each->at, each->ours ? 0.7f : 1.3f,
             each->ours ? TL_COLOR(0x40, 0xc0, 0xff) : TL_COLOR(0xff, 0x40, 0xa0));
        tl_draw_rect(app->window, each->at.x - 1, each->at.y - (each->ours ? 3 : 1), 2, each->ours ? 6 : 2,
                     TL_COLOR(0xff, 0xff, 0xff));
    }
}

static void draw_bar(tl_app *app, float x, float y, float width, float part, tl_color color)
{
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    tl_draw_rect(app->window, x - 1, y - 1, width + 2, 7, TL_COLOR(0x38, 0x32, 0x47));
    tl_draw_rect(app->window, x, y, width, 5, TL_COLOR(0x1a, 0x14, 0x23));
    tl_draw_rect(app->window, x, y, width * part, 5, color);
}

static void draw_hud(tl_app *app)
{
    char text[160], time[32];
    tl_script_info info = tl_script_get_info(app->world, it.script);
    bool lives = info.name != NULL;
    tl_app_describe_time(app, time, sizeof time);
    tl_draw_rect(app->window, 0, HEIGHT - 20, WIDTH, 40, TL_COLOR(0x0e, 0x0a, 0x1a));
    snprintf(text, sizeof text, "THE WARDEN   %s", it.doing);
    tl_draw_text(app->window, app->font, 120, 8, TL_COLOR(0xff, 0xd8, 0x66), text);
    draw_bar(app, 120, 20, 400, (float)it.health / FULL,
             it.phase >= 2 ? TL_COLOR(0xf0, 0x4a, 0x4a) : TL_COLOR(0xc0, 0x60, 0xe0));
    tl_draw_rect(app->window, 320, 19, 1, 7, TL_COLOR(0xd8, 0xde, 0xe6));
    draw_bar(app, 8, HEIGHT - 14, 100, (float)it.player_health / 100, TL_COLOR(0x58, 0xc8, 0xe0));
    snprintf(text, sizeof text, "script boss waits for %s   scripts %u   %s",
             lives ? tl_wait_string(info.wait) : "nothing more", tl_script_count(app->world), time);
    tl_draw_text(app->window, app->font, 120, HEIGHT - 15, TL_COLOR(0xa0, 0x97, 0xb4), text);
    tl_app_draw_keys(app, "click fly there   l leave");
}

static void draw(tl_app *app)
{
    double tremble = (double)it.shake * 5;
    uint64_t step = tl_world_get_time(app->world).steps;
    vec shaken = {it.boss.x + (float)(tremble * sin((double)step * 1.9)),
                  it.boss.y + (float)(tremble * cos((double)step * 2.3))};
    draw_arena(app);
    draw_zones(app);
    draw_boss(app, shaken);
    draw_bullets(app);
    if (it.player_here)
        draw_player(app, it.player);
    if (it.flash > 0)
        tl_draw_rect(app->window, 0, 0, WIDTH, HEIGHT, faded(0xff, 0xf0, 0xe0, it.flash * 0.5f));
    draw_hud(app);
}

static void click(tl_app *app, tl_click where)
{
    (void)app;
    it.steered = true;
    it.goal = (vec){(float)where.x, (float)(where.y < 190 ? 190 : where.y > HEIGHT - 20 ? HEIGHT - 20 : where.y)};
}

static void press(tl_app *app, int key)
{
    if (key == 'l' && it.player_here && tl_spawn(app->world, TL_NO_ENTITY, NULL, leaves, 0) == TL_OK)
        printf("boss: the player leaves\n");
}

static bool report(tl_app *app)
{
    printf("boss: steps=%" PRIu64 " outcome=%s health=%d player=%d shots=%u hits=%u strikes=%u scripts=%u\n",
           tl_world_get_time(app->world).steps, it.outcome, it.health, it.player_health, it.shots, it.hits, it.strikes,
           tl_script_count(app->world));
    return true;
}

static void close(tl_app *app)
{
    (void)app;
    tl_sheet_destroy(it.sprites);
}

int main(int argc, char **argv)
{
    return tl_app_main(argc, argv,
                       &(tl_app_desc){.name = "boss",
                                      .title = "Telar: the boss",
                                      .assets = TELAR_ASSETS,
                                      .headless_steps = STEPS,
                                      .usage = "  --leave N          the player leaves for a while after N steps\n",
                                      .option = read_option,
                                      .open = open,
                                      .draw = draw,
                                      .key = press,
                                      .click = click,
                                      .report = report,
                                      .close = close});
}
