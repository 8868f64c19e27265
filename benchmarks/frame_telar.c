// SPDX-License-Identifier: MIT
// Telar's scripts, in a world.
#include <stdio.h>
#include <stdlib.h>

#include "frame_peer.h"
#include "telar/channel.h"
#include "telar/concurrency.h"
#include "telar/event.h"

typedef TL_EVENT(uint32_t) bell_event;
typedef TL_CHANNEL(uint32_t) mail_channel;

static tl_world *world;
static uint32_t script_count;
static bell_event bell, silent_bell;
static mail_channel empty_mail;

static void check(tl_result result)
{
    if (result < 0) {
        fprintf(stderr, "telar: %s\n", tl_result_string(result));
        exit(1);
    }
}

static void make_world_of(uint32_t count, size_t stack_size)
{
    script_count = count;
    tl_world_desc desc = {.max_scripts = count + 2, .stack_size = stack_size, .steps_per_second = STEPS_PER_SECOND};
    check(tl_world_create(&desc, &world));
}

static void make_world(uint32_t count)
{
    make_world_of(count, SCRIPT_STACK);
}

static void run_world(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step)
        check(tl_world_step(world));
}

static void close_world(void)
{
    check(tl_world_destroy(world));
}

TL_SCRIPT(waits_for_steps, tl_nothing, unused)
{
    for (;;) {
        ++times_gone_on;
        tl_wait_step();
    }
}

static void open_steps_in(tl_phase phase, uint32_t count)
{
    make_world(count);
    for (uint32_t i = 0; i < count; ++i)
        check(tl_spawn_with(world, (&(tl_script_desc){.phase = phase}), NULL, waits_for_steps, {0}));
}

static void open_steps(uint32_t count)
{
    open_steps_in(TL_PHASE_STEP, count);
}

static void open_parallel_steps(uint32_t count)
{
    open_steps_in(TL_PHASE_PARALLEL, count);
}

TL_SCRIPT(waits_for_times, uint32_t, random)
{
    for (;;) {
        tl_wait_seconds(seconds_to_wait(random));
        ++times_gone_on;
    }
}

static void open_times(uint32_t count)
{
    make_world(count);
    for (uint32_t i = 0; i < count; ++i)
        check(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_times, i));
}

TL_SCRIPT(waits_for_bells, tl_nothing, unused)
{
    uint32_t number;
    while (tl_wait_event(bell, &number) == TL_OK)
        ++times_gone_on;
}

static void open_bell(uint32_t count)
{
    make_world(count);
    check(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    for (uint32_t i = 0; i < count; ++i)
        check(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_bells, {0}));
}

static void ring_bell(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step) {
        check(tl_emit(bell, step));
        check(tl_world_step(world));
    }
}

TL_SCRIPT(races, tl_nothing, unused)
{
    uint32_t number;
    while (tl_race(TL_ON(silent_bell, &number), TL_ON_RECEIVE(empty_mail, &number), TL_AFTER(1)).winner == 2)
        ++times_gone_on;
}

static void open_races(uint32_t count)
{
    make_world_of(count, RACE_STACK);
    check(tl_event_create(world, TL_NO_ENTITY, "bell", &silent_bell));
    check(tl_channel_create(world, TL_NO_ENTITY, "mail", 1, &empty_mail));
    for (uint32_t i = 0; i < count; ++i) {
        check(tl_spawn(world, TL_NO_ENTITY, NULL, races, {0}));
        if (i % (count / STEPS_PER_SECOND + 1) == 0) // spread over the steps of a second
            check(tl_world_step(world));
    }
}

TL_SCRIPT(sends, mail_channel, mail)
{
    for (uint32_t number = 0;; ++number) {
        check(tl_send(*mail, &number));
        tl_wait_step();
    }
}

TL_SCRIPT(receives, mail_channel, mail)
{
    uint32_t number;
    while (tl_receive(*mail, &number) == TL_OK)
        ++times_gone_on;
}

static void open_pairs(uint32_t count)
{
    make_world(count);
    for (uint32_t i = 0; i < count / 2; ++i) {
        mail_channel mail;
        check(tl_channel_create(world, TL_NO_ENTITY, "mail", 1, &mail));
        check(tl_spawn(world, TL_NO_ENTITY, NULL, sends, mail));
        check(tl_spawn(world, TL_NO_ENTITY, NULL, receives, mail));
    }
}

TL_SCRIPT(returns, tl_nothing, unused)
{
    ++times_gone_on;
}

static void run_lives(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; ++step) {
        for (uint32_t i = 0; i < script_count; ++i)
            check(tl_spawn(world, TL_NO_ENTITY, NULL, returns, {0}));
        check(tl_world_step(world));
    }
}

TL_SCRIPT(has_children, tl_nothing, unused)
{
    for (;;) {
        for (uint32_t i = 0; i < script_count; ++i)
            check(tl_sync(TL_CHILD(returns, {0})));
        tl_wait_step();
    }
}

static void open_parent(uint32_t count)
{
    make_world_of(count, RACE_STACK);
    check(tl_spawn(world, TL_NO_ENTITY, NULL, has_children, {0}));
}

const frame_peer telar_peers[] = {
    {"Telar script", SCENE_STEP, open_steps, run_world, close_world},
    {"Telar script, parallel phase, one thread", SCENE_STEP, open_parallel_steps, run_world, close_world},
    {"Telar script", SCENE_TIMED, open_times, run_world, close_world},
    {"Telar script", SCENE_EVENT, open_bell, ring_bell, close_world},
    {"Telar script", SCENE_RACE, open_races, run_world, close_world},
    {"Telar script", SCENE_CHANNEL, open_pairs, run_world, close_world},
    {"Telar script", SCENE_LIFE, make_world, run_lives, close_world},
    {"Telar script", SCENE_CHILD, open_parent, run_world, close_world},
    {0},
};
