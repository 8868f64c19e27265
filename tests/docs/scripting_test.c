// SPDX-License-Identifier: MIT
// The examples of docs/scripting.md, run: waits, events, channels, races. The page shows the lines between "// [name]"
// and "// []" under that name; tests/docs/examples.py compares them.
#include <pthread.h>
#include <stdlib.h>

#include "say.h"

#include "telar/clock.h"

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
        tl_wait_step();
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
    switch (tl_race(TL_CHILD(attack, me), TL_CHILD(weakens, me), TL_ON(player_left, NULL), TL_AFTER(60)).winner) {
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
    tl_wait_steps(2);
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
        switch (tl_race(TL_ON_RECEIVE(kitchen, &order), TL_ON(bell, &table), TL_AFTER(10)).winner) {
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
