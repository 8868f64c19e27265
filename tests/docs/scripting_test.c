// The examples of docs/scripting.md and docs/coming-from.md, run. What stands between "// [name]" and "// []" is what
// the page shows under that name: tests/docs/examples.py compares them.
#include <pthread.h>
#include <stdlib.h>

#include "../engine/trace.h"

#include "telar/clock.h"
#include "telar/tween.h"

static void say(const char *words)
{
    note("%s@%ju ", words, step_count());
}

struct lamp {
    bool on;
};

// [first]
struct blinking {
    struct lamp *lamp;
    double seconds;
};

TL_SCRIPT(blink, struct blinking, me) /* me points to the script's own copy of its argument */
{
    for (;;) {
        me->lamp->on = true;
        tl_wait_seconds(me->seconds);
        me->lamp->on = false;
        tl_wait_seconds(me->seconds);
    }
}

static void light_up(tl_world *in, tl_entity house, struct lamp *lamp)
{
    tl_spawn(in, house, NULL, blink, {.lamp = lamp, .seconds = 0.5}); /* ends with the house */
}
// []

TEST(first)
{
    static struct lamp lamp;
    make_world(60);
    tl_entity house = make(TL_NO_ENTITY);
    light_up(world, house, &lamp);
    steps(1);
    CHECK(lamp.on);
    steps(30);
    CHECK(!lamp.on);
    CHECK_OK(tl_entity_destroy(world, house));
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

static bool playing;
static int drawn;

static double seconds_since_last_frame(void)
{
    playing = ++drawn < 3;
    return 0.1;
}

static void draw(const tl_world *shown, double alpha)
{
    CHECK(shown != NULL && alpha >= 0 && alpha < 1);
}

// [frame]
static void play(tl_world *game)
{
    tl_clock clock = {.steps_per_second = 60};
    while (playing) {
        for (int n = tl_clock_advance(&clock, seconds_since_last_frame()); n > 0; --n)
            tl_world_step(game); /* timers, scripts, physics, in a documented order */
        draw(game, tl_clock_alpha(&clock));
        tl_world_end_frame(game); /* scripts that wait for TL_PHASE_FRAME */
    }
}
// []

TEST(frame)
{
    make_world(60);
    playing = true;
    play(world);
    CHECK_UINT(18, tl_world_get_time(world).steps);
    CHECK_OK(tl_world_destroy(world));
}

struct guard {
    tl_entity self;
    float x, post, door;
    bool sees_player;
};

// [waits]
static void walk_to(struct guard *me, float x) /* an ordinary function, which waits inside */
{
    while (me->x != x) {
        float way = 60 * (float)tl_delta_seconds();
        me->x = me->x + way < x ? me->x + way : x;
        tl_wait_frame();
    }
}

static bool sees_player(void *guard)
{
    return ((struct guard *)guard)->sees_player;
}

TL_SCRIPT(patrol, struct guard *, guard)
{
    struct guard *me = *guard;
    walk_to(me, me->door);
    tl_wait_seconds(1);
    if (tl_wait_until(sees_player, me, TL_WITHIN(2)) == TL_TIMED_OUT)
        say("Nobody here.");
    else
        say("Halt!");
}
// []

TEST(waits)
{
    for (int seen = 0; seen < 2; ++seen) {
        struct guard it = {.door = 10, .sees_player = seen};
        make_world(60);
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, patrol, &it));
        steps(200);
        CHECK_OK(tl_world_destroy(world));
    }
    CHECK_TRACE("Nobody here.@191 Halt!@71 ");
}

// [event]
struct opened {
    tl_entity by;
};
typedef TL_EVENT(struct opened) opened_event; /* a payload of any other type does not compile */

TL_SCRIPT(greets, opened_event, door_opened)
{
    struct opened how;
    switch (tl_wait_event(*door_opened, &how, TL_WITHIN(3))) {
    case TL_OK: say("Welcome!"); break;
    case TL_TIMED_OUT: say("Nobody there."); break;
    case TL_CANCELLED: say("There was a door here."); break; /* it went with the entity that owned it */
    default: break;
    }
}

static void open_door(opened_event door_opened, tl_entity player)
{
    tl_emit(door_opened, {.by = player}); /* all that wait for it go on in this step */
}
// []

TEST(event)
{
    make_world(60);
    opened_event door_opened;
    tl_entity door = make(TL_NO_ENTITY);
    CHECK_OK(tl_event_create(world, door, "door opened", &door_opened));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, greets, door_opened));
    steps(1);
    open_door(door_opened, TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, greets, door_opened));
    steps(200);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, greets, door_opened));
    steps(1);
    CHECK_OK(tl_entity_destroy(world, door));
    steps(1);
    CHECK_TRACE("Welcome!@2 Nobody there.@182 There was a door here.@203 ");
    CHECK_OK(tl_world_destroy(world));
}

typedef TL_EVENT(int) alarm_event;

// [after]
TL_SCRIPT(watches, alarm_event, alarm)
{
    uint64_t seen = tl_event_count(*alarm);
    for (;;) {
        say("looking");
        tl_wait_seconds(1); /* the alarm may go off meanwhile */
        int where;
        tl_wait_event_after(*alarm, &seen, &where); /* the latest since then, or the next */
        say("running");
    }
}
// []

TEST(after)
{
    make_world(60);
    alarm_event alarm;
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "alarm", &alarm));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, watches, alarm));
    steps(10);
    CHECK_OK(tl_emit(alarm, 1));
    steps(100);
    CHECK_TRACE("looking@1 running@61 looking@61 ");
    CHECK_OK(tl_world_destroy(world));
}

struct ore {
    int carats;
};

static int forged;

// [channel]
typedef TL_CHANNEL(struct ore) ore_channel;

TL_SCRIPT(digs, ore_channel, belt)
{
    for (int carats = 1; carats <= 10; ++carats) {
        struct ore ore = {carats};
        tl_wait_seconds(0.1);
        if (tl_send(*belt, &ore) != TL_OK) /* waits while the belt is full */
            return;                        /* the belt is closed, or gone */
    }
    tl_channel_close(*belt);
}

TL_SCRIPT(forges, ore_channel, belt)
{
    struct ore ore;
    while (tl_receive(*belt, &ore) == TL_OK) { /* waits while it is empty */
        tl_wait_seconds(0.3);
        forged += ore.carats;
    }
}
// []

TEST(channel)
{
    make_world(60);
    ore_channel belt;
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "belt", 4, &belt));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, digs, belt));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, forges, belt));
    steps(250);
    CHECK_INT(55, forged);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

// [keys]
typedef TL_CHANNEL(int) key_channel;

TL_SCRIPT(types, key_channel, keys)
{
    int key;
    while (tl_receive(*keys, &key) == TL_OK) /* one after another, however many come in a step */
        say(key == 'j' ? "jump" : "duck");
}

static void press(key_channel keys, int key) /* from the main loop, where keys come in */
{
    if (tl_try_send(keys, &key) == TL_WOULD_WAIT)
        say("ignored"); /* no script has taken the keys before: the channel is full */
}
// []

TEST(keys)
{
    make_world(60);
    key_channel keys;
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "keys", 2, &keys));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, types, keys));
    steps(1);
    press(keys, 'j'); // handed to the script that waits
    press(keys, 'd');
    press(keys, 'd');
    press(keys, 'j');
    steps(1);
    CHECK_TRACE("ignored@1 jump@2 duck@2 duck@2 ");
    CHECK_OK(tl_world_destroy(world));
}

// [post]
typedef TL_CHANNEL(int) packet_channel;

static void read_network(packet_channel packets, int packet) /* in a thread of its own */
{
    tl_post(packets, &packet);
}

TL_SCRIPT(handles_packets, packet_channel, packets)
{
    int packet;
    while (tl_receive(*packets, &packet) == TL_OK)
        say(packet == 1 ? "connected" : "moved");
}
// []

static void *be_the_network(void *packets)
{
    read_network(*(packet_channel *)packets, 1);
    read_network(*(packet_channel *)packets, 2);
    return NULL;
}

TEST(post)
{
    make_world(60);
    packet_channel packets;
    pthread_t network;
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "packets", 2, &packets));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, handles_packets, packets));
    steps(1);
    CHECK_INT(0, pthread_create(&network, NULL, be_the_network, &packets));
    pthread_join(network, NULL);
    steps(1);
    CHECK_TRACE("connected@2 moved@2 ");
    CHECK_OK(tl_world_destroy(world));
}

struct boss {
    int health;
};

static alarm_event player_left;

TL_SCRIPT(attack, struct boss *, me)
{
    tl_defer(note_text, "(attack unwound) ");
    for (;;) {
        say("attack");
        tl_wait_seconds(1);
    }
}

static bool is_weak(void *boss)
{
    return ((struct boss *)boss)->health < 50;
}

// [race]
TL_SCRIPT(weakens, struct boss *, me)
{
    tl_wait_until(is_weak, *me);
}

TL_SCRIPT(fight, struct boss *, boss)
{
    struct boss *me = *boss;
    switch (tl_race(TL_CHILD(attack, me), TL_CHILD(weakens, me), TL_ON(player_left, NULL), TL_AFTER(60))) {
    case 1: say("second phase"); break;
    case 2: say("heals"); break;
    case 3: say("bored"); break;
    default: break;
    }
}
// []

TEST(race)
{
    for (int way = 1; way <= 3; ++way) {
        struct boss it = {.health = 100};
        make_world(60);
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &player_left));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, fight, &it));
        steps(30);
        it.health = way == 1 ? 10 : 100;
        if (way == 2)
            CHECK_OK(tl_emit(player_left, 0));
        steps(way == 3 ? 3600 : 5);
        CHECK(strstr(trace, "(attack unwound) ") != NULL);
        CHECK(strstr(trace, way == 1 ? "second phase@31" : way == 2 ? "heals@31" : "bored@3601") != NULL);
        trace[0] = '\0';
        CHECK_UINT(0, tl_script_count(world));
        CHECK_OK(tl_world_destroy(world));
    }
}

struct path {
    int length;
};

struct query {
    int from, to;
};

// [sync_children]
TL_SCRIPT_RETURNING(struct path, find_path, struct query, q) /* a script may return a value */
{
    struct path path = {.length = abs(q->to - q->from)};
    tl_wait_frames(2);
    return path;
}

TL_SCRIPT(plans, tl_nothing, unused)
{
    struct path home, away;
    tl_result found = tl_sync(TL_CHILD_INTO(&home, find_path, {0, 7}), TL_CHILD_INTO(&away, find_path, {0, 9}));
    if (found == TL_OK)
        say(home.length < away.length ? "home" : "away");
}
// []

TEST(sync_children)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, plans, {0}));
    steps(5);
    CHECK_TRACE("home@3 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(search, struct guard *, guard)
{
    walk_to(*guard, 1000000);
}

// [limit]
TL_SCRIPT(searches_for_a_while, struct guard *, guard)
{
    if (tl_sync_within(TL_WITHIN(2), TL_CHILD(search, *guard)) == TL_TIMED_OUT)
        say("Must have been the wind.");
}
// []

TEST(limit)
{
    struct guard it = {.x = 0};
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, searches_for_a_while, &it));
    steps(130);
    CHECK_TRACE("Must have been the wind.@121 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(hum, tl_nothing, unused)
{
    tl_defer(note_text, "(silence) ");
    tl_wait_seconds(1000);
}

// [branch]
static void brew(void)
{
    tl_branch(humming, hum, {0}); /* goes on beside this, and ends with the block */
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
    TL_SHIELD
    { /* all of it, or none: not even a cancelled script stops in here */
        deal->from->coins -= 5;
        tl_wait_seconds(0.5); /* the coins fly over */
        deal->to->coins += 5;
    }
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
    CHECK_INT(2, from.coins); // in the second deal
    CHECK_INT(5, to.coins);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_INT(2, from.coins);
    steps(40);
    CHECK_INT(2, from.coins); // the third broke the loop
    CHECK_INT(10, to.coins);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

struct order {
    int dish;
};
typedef TL_CHANNEL(struct order) order_channel;
static order_channel kitchen;
static alarm_event bell;

// [select_source]
TL_SCRIPT(serves, tl_nothing, unused)
{
    for (;;) {
        struct order order;
        int table;
        switch (tl_race(TL_ON_RECEIVE(kitchen, &order), TL_ON(bell, &table), TL_AFTER(10))) {
        case 0: say("cooking"); break;
        case 1: say("coming"); break;
        case 2: say("closing time"); return;
        default: return;
        }
    }
}
// []

TEST(select_source)
{
    make_world(60);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "kitchen", 2, &kitchen));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, serves, {0}));
    steps(1);
    CHECK_OK(tl_emit(bell, 3));
    steps(1);
    CHECK_OK(tl_try_send(kitchen, &(struct order){1}));
    steps(700);
    CHECK_TRACE("coming@2 cooking@3 closing time@603 ");
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
        tl_wait_frame();
    }
}

// [groups]
static tl_result make_groups(tl_world *game)
{
    tl_result result = tl_group_create(game, &(tl_group_desc){.name = "menu"}, &menu);
    if (result == TL_OK)
        result = tl_group_create(game, &(tl_group_desc){.name = "crowd", .budget = 200}, &crowd);
    if (result == TL_OK)
        result = tl_spawn_with(game, (&(tl_script_desc){.group = menu}), NULL, ticks, "menu ");
    return result;
}

static void pause_game(tl_world *game, bool paused)
{
    tl_group_freeze(tl_world_group(game), paused); /* the menu's scripts go on */
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
    tl_tween_move(*logo, (vec3){0, 10, 0}, 1, tl_ease_out_bounce);
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
    tl_transform transform;
    CHECK_OK(tl_entity_get_transform(world, title.logo, &transform));
    CHECK(transform.position[1] == 10 && title.alpha == 1);
    CHECK_OK(tl_world_destroy(world));
}
