// SPDX-License-Identifier: MIT
#include "creatures.h"

#include "telar/concurrency.h"
#include "telar/parallel.h"

// The grazers.

/// Whether there was a warning in this part of the meadow since the creature came here. If so, copies it to `what`.
static bool hears(const creature *me, warning_event *heeds, uint64_t *heard, warning *what)
{
    warning_event here = meadow_warning_at(me->at);
    if (here.event.index1 != heeds->event.index1) {
        *heeds = here;
        *heard = tl_event_count(here);
    }
    if (tl_event_count(here) == *heard)
        return false;
    return tl_wait_event_after(here, heard, what, TL_WITHIN(0)) == TL_OK;
}

static float away_from_edge(float value, float most)
{
    const float near = 40;
    return value < near ? 1 : value > most - near ? -1 : 0;
}

/// Steers with the neighbours, away from those that are too near, and a little at random.
static void graze(creature *me)
{
    const view *sees = &me->sees;
    vec way = add(me->heading, somewhere(&me->dice, -1, 1, -1, 1), 3);
    if (sees->neighbours > 0) {
        way = add(way, sees->middle, 0.04f);
        way = add(way, add(sees->heading, me->heading, -1), 0.06f);
        way = add(way, sees->crowding, 2.5f);
    }
    way = add(way, (vec){away_from_edge(me->at.x, WIDTH), away_from_edge(me->at.y, HEIGHT)}, 2);
    float speed = length(way);
    me->heading = at_speed(way, speed < 6 ? 6 : speed > 26 ? 26 : speed);
}

static void flee(creature *me, vec from)
{
    me->mood = FLEEING;
    vec away = towards(from, me->at, chance(&me->dice, 70, 95));
    me->heading = add(away, somewhere(&me->dice, -20, 20, -20, 20), 1);
    tl_wait_seconds((double)chance(&me->dice, 0.8f, 1.6f));
    me->mood = GRAZING;
}

TL_SCRIPT(grazer, creature *, self)
{
    creature *me = *self;
    me->heading = somewhere(&me->dice, -10, 10, -10, 10);
    warning_event heeds = meadow_warning_at(me->at);
    uint64_t heard = tl_event_count(heeds);
    for (;;) {
        warning what;
        if (hears(me, &heeds, &heard, &what)) {
            flee(me, what.from);
        } else if (me->sees.hunter >= 0) {
            tl_wait_exclusive(); // no other script runs until the next wait, so one cries for all
            if (tl_event_count(heeds) == heard)
                meadow_cry(me->at, meadow.all[me->sees.hunter].at);
        } else {
            graze(me); // concurrently with all other grazers
            tl_wait_step();
        }
    }
}

// The hunters.

/// Chases the prey until it is caught or dead.
TL_SCRIPT(catches, creature *, self)
{
    creature *me = *self;
    const creature *prey = &meadow.all[me->prey];
    while (prey->alive && distance(me->at, prey->at) > 4) {
        me->heading = towards(me->at, prey->at, 100);
        tl_wait_step();
    }
}

static void eat(creature *me)
{
    creature *prey = &meadow.all[me->prey];
    if (!prey->alive || distance(me->at, prey->at) > 4)
        return; // another hunter was faster
    prey->alive = false;
    tl_entity_destroy(meadow.world, prey->entity);
    ++meadow.eaten;
}

TL_SCRIPT(hunter, creature *, self)
{
    creature *me = *self;
    for (;;) {
        me->mood = STALKING;
        me->heading = towards(me->at, meadow_anywhere(&me->dice), 25);
        tl_wait_seconds((double)chance(&me->dice, 0.5f, 2));
        me->prey = meadow_nearest_prey(me->at);
        if (me->prey < 0)
            continue;
        me->mood = CHASING;
        if (tl_race(TL_CHILD(catches, me), TL_AFTER((double)chance(&me->dice, 1, 2))).winner == 0) // else gives up
            eat(me);
        me->mood = RESTING;
        me->heading = (vec){0, 0};
        tl_wait_seconds((double)chance(&me->dice, 1, 3));
    }
}

static void begin(int index, vec at)
{
    creature *born = &meadow.all[index];
    *born = (creature){.alive = true, .at = at, .prey = -1, .dice.state = tl_random_next(&meadow.dice)};
    born->sees.hunter = -1;
    tl_entity_create(meadow.world, TL_NO_ENTITY, &born->entity);
    tl_script_desc desc = {.owner = born->entity};
    if (index < HUNTERS) {
        tl_spawn_with(meadow.world, &desc, NULL, hunter, born);
    } else {
        desc.phase = TL_PHASE_PARALLEL;
        tl_spawn_with(meadow.world, &desc, NULL, grazer, born);
    }
    ++meadow.born;
}

/// Replaces each grazer that was eaten by one that comes out of the woods.
TL_SCRIPT(woods, tl_nothing, unused)
{
    for (;;) {
        for (int i = HUNTERS; i < CREATURES; ++i)
            if (!meadow.all[i].alive)
                begin(i, somewhere(&meadow.dice, 8, 16, 20, HEIGHT - 8));
        tl_wait_seconds(0.5);
    }
}

tl_result creatures_open(uint64_t seed, tl_job_system *jobs)
{
    tl_world_desc desc = {
        .max_scripts = CREATURES + HUNTERS + 1, .stack_size = 16384, .physics = meadow_move, .jobs = jobs};
    tl_result result = tl_world_create(&desc, &meadow.world);
    meadow.jobs = jobs;
    meadow.dice.state = seed;
    for (int row = 0; row < ROWS && result == TL_OK; ++row)
        for (int column = 0; column < COLUMNS && result == TL_OK; ++column)
            result = tl_event_create(meadow.world, TL_NO_ENTITY, "a warning", &meadow.warnings[row][column]);
    for (int i = 0; i < CREATURES && result == TL_OK; ++i)
        begin(i, meadow_anywhere(&meadow.dice));
    if (result == TL_OK)
        result = tl_spawn(meadow.world, TL_NO_ENTITY, NULL, woods, {0});
    return result;
}
