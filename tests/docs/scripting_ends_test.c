// SPDX-License-Identifier: MIT
// The examples of docs/scripting.md, run: what outlives a script or ends with it, errors, groups, tweens. The markers
// are those of scripting_test.c.
#include "say.h"

#include "telar/tween.h"

TL_SCRIPT(hum, tl_nothing, unused)
{
    tl_defer(note_text, "(silence) ");
    tl_wait_seconds(1000);
}

// [branch]
static void brew(void)
{
    tl_branch(humming, hum, {0}); /* runs alongside this, and ends with the block */
    tl_wait_seconds(1);
    say("stirred");
    tl_wait_seconds(1);
}
// []

TL_SCRIPT(brews, tl_nothing, unused)
{
    brew();
    say("served");
}

TEST(branch)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, brews, {0}));
    steps(130);
    CHECK_TRACE("stirred@61 (silence) served@121 ");
    CHECK_OK(tl_world_destroy(world));
}

struct door {
    bool locked, held;
};

// [defer]
static void let_go(void *door)
{
    ((struct door *)door)->held = false;
}

TL_SCRIPT(holds, struct door *, door)
{
    (*door)->held = true;
    tl_defer(let_go, *door); /* however this ends, at whatever depth it is waiting */
    tl_wait_seconds(1000);
}
// []

TEST(defer)
{
    struct door it = {.held = false};
    tl_script script;
    make_world(60);
    tl_entity guard = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, guard, &script, holds, &it));
    steps(2);
    CHECK(it.held);
    CHECK_OK(tl_entity_destroy(world, guard));
    CHECK(!it.held);
    CHECK_OK(tl_world_destroy(world));
}

struct purse {
    int coins;
};

struct deal {
    struct purse *from, *to;
};

// [shield]
TL_SCRIPT(pays, struct deal, deal)
{
    tl_scoped_shield(); /* all of it, or none: not even a cancelled script stops from here to the end of the block */
    deal->from->coins -= 5;
    tl_wait_seconds(0.5); /* the coins fly over */
    deal->to->coins += 5;
}
// []

TEST(shield)
{
    struct purse from = {5}, to = {0};
    tl_script script;
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, pays, {&from, &to}));
    steps(2);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_INT(0, from.coins + to.coins);
    steps(40);
    CHECK_INT(5, to.coins);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

struct deals {
    int count;
    struct deal *deals;
};

// [scoped_shield]
TL_SCRIPT(pays_all, struct deals, me)
{
    for (int i = 0; i < me->count; ++i) {
        struct deal *deal = &me->deals[i];
        tl_scoped_shield(); /* each deal as a whole, or none of it */
        if (deal->from->coins < 5)
            break; /* leaves the loop, and with it the shield */
        deal->from->coins -= 5;
        tl_wait_seconds(0.5);
        deal->to->coins += 5;
    }
}
// []

TEST(scoped_shield)
{
    struct purse from = {12}, to = {0};
    struct deal deals[] = {{&from, &to}, {&from, &to}, {&from, &to}, {&to, &from}};
    tl_script script;
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, pays_all, {4, deals}));
    steps(40);
    CHECK_INT(2, from.coins); // the second deal is under way
    CHECK_INT(5, to.coins);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_INT(2, from.coins);
    steps(40);
    CHECK_INT(2, from.coins); // the third deal left the loop
    CHECK_INT(10, to.coins);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

// [error]
enum { NO_WAY = 1, TOO_DARK };

TL_SCRIPT(goes_home, int, light)
{
    if (*light < 3)
        tl_fail(TOO_DARK, "light is %d", *light);
    tl_wait_seconds(1);
}

TL_SCRIPT(tries_to_go_home, tl_nothing, unused)
{
    if (tl_sync(TL_CHILD(goes_home, 2)) == TL_ERROR_FAILED) {
        const tl_error *why = tl_wait_error();
        if (why->code == TOO_DARK)
            say(why->text);
    }
}
// []

static void note_log(const tl_log *item)
{
    note("[%s: %d] ", item->script, item->code);
}

TEST(error)
{
    make_world(60);
    tl_set_log_hook(note_log);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, tries_to_go_home, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, goes_home, 1));
    steps(1);
    CHECK_TRACE("light is 2@1 [goes_home: 2] ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_group *menu, *crowd;

TL_SCRIPT(ticks, char *, name)
{
    for (;;) {
        note("%s", *name);
        tl_wait_step();
    }
}

// [groups]
static tl_result make_groups(tl_world *game)
{
    tl_result result = tl_group_create(game, &(tl_group_desc){.name = "menu"}, &menu);
    if (result == TL_OK)
        result = tl_group_create(game, &(tl_group_desc){.name = "crowd", .budget = 200}, &crowd);
    if (result != TL_OK)
        return result;
    tl_script_desc how = {.group = menu};
    return tl_spawn_with(game, &how, NULL, ticks, "menu ");
}

static void pause_game(tl_world *game, bool paused)
{
    if (paused)
        tl_group_freeze(tl_world_group(game)); /* the menu's scripts run on */
    else
        tl_group_thaw(tl_world_group(game));
}

static void slow_motion(tl_world *game)
{
    tl_group_set_time_scale(tl_world_group(game), 0.25);
}
// []

TEST(groups)
{
    make_world(60);
    CHECK_OK(make_groups(world));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ticks, "game "));
    steps(1);
    pause_game(world, true);
    steps(2);
    pause_game(world, false);
    slow_motion(world);
    steps(1);
    CHECK_TRACE("menu game menu menu menu game ");
    CHECK_NEAR(0.25, tl_group_get_info(tl_world_group(world)).scale, 1e-6);
    CHECK_OK(tl_world_destroy(world));
}

struct title {
    tl_entity logo;
    float alpha;
};

// [timeline]
TL_SCRIPT(fade_in, float *, alpha)
{
    tl_tween(*alpha, 1, 0.5, tl_ease_out_quad);
}

TL_SCRIPT(drop, tl_entity, logo)
{
    tl_tween_move(*logo, (vec3s){{0, 10, 0}}, 1, tl_ease_out_bounce);
}

TL_SCRIPT(shows_title, struct title *, title)
{
    tl_sync(TL_CHILD(drop, (*title)->logo),         /* at once */
            TL_AT(0.5, fade_in, &(*title)->alpha)); /* half a second later */
    say("press any key");
}
// []

TEST(timeline)
{
    make_world(60);
    struct title title = {.logo = make(TL_NO_ENTITY)};
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, shows_title, &title));
    steps(100);
    CHECK_TRACE("press any key@61 ");
    CHECK(tl_entity_get_transform(world, title.logo).position.y == 10 && title.alpha == 1);
    CHECK_OK(tl_world_destroy(world));
}
