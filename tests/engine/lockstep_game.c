// SPDX-License-Identifier: MIT
// The game in a program in lockstep: what it does between steps, and in its part of each step.
#include "lockstep.h"

enum { STEPS = 24 };

tl_world *world;

static void renew_entity(uint64_t *dice)
{
    tl_entity *entity = &all.entities[choose(dice, ENTITIES)], parent = some_entity(dice);
    if (tl_entity_is_alive(world, *entity))
        return;
    if (!tl_entity_is_alive(world, parent))
        parent = TL_NO_ENTITY;
    CHECK_OK(tl_entity_create(world, parent, entity));
}

static void play_a_little(uint64_t *dice)
{
    int item = (int)choose(dice, 100);
    switch (choose(dice, 12)) {
    case 0: SEE(0, tl_script_cancel(world, all.remembered[choose(dice, REMEMBERED)])); break;
    case 1: SEE(0, tl_entity_destroy(world, some_entity(dice))); break;
    case 2: SEE(0, tl_entity_destroy_and_wait(world, some_entity(dice))); break;
    case 3: change_group(dice); break;
    case 4:
        SEE(0, tl_emit(all.events[choose(dice, EVENTS)], item));
        ++all.emits;
        break;
    case 5: SEE(0, tl_try_send(all.channels[choose(dice, CHANNELS)], &item)); break;
    case 6: CHECK_OK(tl_condition_signal(&all.changed)); break;
    case 7:
    case 8: renew_entity(dice); break;
    default: spawn(dice); break;
    }
    SEE(0, tl_script_count(world));
}

static void play_in_step(tl_world *stepped, void *unused)
{
    (void)stepped;
    (void)unused;
    play_a_little(&all.dice);
}

static void make_things(void)
{
    tl_world_desc desc = {.lockstep = true, .physics = play_in_step, .jobs = all.jobs_of_world};
    CHECK_OK(tl_world_create(&desc, &world));
    for (int i = 0; i < GROUPS; ++i)
        CHECK_OK(tl_group_create(world,
                                 &(tl_group_desc){.budget = i == 2 ? 5 : 0, .parent = i == 1 ? all.groups[0] : NULL},
                                 &all.groups[i]));
    for (int i = 0; i < ENTITIES; ++i)
        CHECK_OK(tl_entity_create(world, i % 3 != 0 ? all.entities[i / 3] : TL_NO_ENTITY, &all.entities[i]));
    for (int i = 0; i < EVENTS; ++i)
        CHECK_OK(tl_event_create(world, i == 0 ? all.entities[0] : TL_NO_ENTITY, "event", &all.events[i]));
    for (int i = 0; i < CHANNELS; ++i)
        CHECK_OK(tl_channel_create(world, i == 1 ? all.entities[1] : TL_NO_ENTITY, "channel", 2, &all.channels[i]));
}

void play(int crowd)
{
    make_things();
    all.most_scripts = MOST_SCRIPTS + (uint32_t)crowd;
    for (int i = 0; i < 20; ++i) {
        make_crowd(&all.dice, crowd / 20);
        spawn(&all.dice);
    }
    for (uint64_t step = 1 + choose(&all.dice, STEPS); step > 0; --step) {
        CHECK_OK(tl_world_step(world));
        for (int i = 0; i < 4; ++i)
            play_a_little(&all.dice);
        if (choose(&all.dice, 3) != 0)
            CHECK_OK(tl_world_end_frame(world));
    }
    CHECK_OK(tl_world_destroy(world)); // while scripts still run and wait
}
