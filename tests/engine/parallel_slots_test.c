// SPDX-License-Identifier: MIT
// The slots of parallel scripts: their order, and their memory.
#include "parallel_world.h"

// Slots.

TL_SCRIPT(stays, struct thing, me)
{
    for (;;) {
        if (me->index % 2 == 0)
            tl_wait_step();
        else
            tl_wait_seconds(0.1);
        CHECK_OK(tl_wait_exclusive());
        turns[turn_count++] = me->index;
    }
}

TEST(many_come_and_go_and_the_order_stays)
{
    make_parallel_world(NULL);
    static tl_script scripts[MANY];
    int begun = 0, lowest = 0;
    for (int round = 0; round < 40; ++round) {
        for (int i = 0; i < 100 && begun < MANY; ++i, ++begun)
            SPAWN_PARALLEL(&scripts[begun], stays, {begun});
        steps(1);
        for (int i = 0; i < 95 && lowest < begun; ++i, ++lowest)
            CHECK_OK(tl_script_cancel(world, scripts[lowest]));
        turn_count = 0;
        steps(1);
        int last = -1, even = 0;
        for (int i = 0; i < turn_count; ++i) {
            CHECK(turns[i] > last && turns[i] >= lowest);
            last = turns[i];
            even += turns[i] % 2 == 0;
        }
        CHECK_INT((begun + 1) / 2 - (lowest + 1) / 2, even); // each script that waits for the next step runs in it
    }
    CHECK_UINT((unsigned)(begun - lowest), tl_script_count(world));
    destroy_world();
}

/// Scripts that are spawned between the steps, for ever, take no more memory than those that are alive.
TEST(slots_are_used_again_whenever_they_are_taken)
{
    make_parallel_world(NULL);
    long before = 0;
    for (int round = 0; round < 200; ++round) {
        for (int i = 0; i < 100; ++i)
            SPAWN_PARALLEL(NULL, does_nothing, {0});
        steps(1);
        if (round == 20)
            before = jobs_at_resizes();
    }
    CHECK_INT(before, jobs_at_resizes());
    destroy_world();
}

TEST(no_memory_for_a_slot)
{
    make_parallel_world(NULL);
    SPAWN_PARALLEL(NULL, does_nothing, {0});
    for (long after = 0;; ++after) {
        jobs_at_fail_after = after;
        tl_result result = TL_OK;
        for (int i = 0; i < 600 && result == TL_OK; ++i)
            result = tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), NULL, does_nothing, {0});
        jobs_at_fail_after = -1;
        uint32_t count = tl_script_count(world);
        steps(1);
        CHECK_UINT(0, tl_script_count(world));
        if (result == TL_OK)
            break;
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, result);
        CHECK(count < 601);
    }
    destroy_world();
    CHECK_INT(0, jobs_at_allocations());
}

/// The same holds if the world is never stepped.
TEST(slots_are_used_again_without_any_step)
{
    make_parallel_world(NULL);
    long before = 0;
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 100; ++i) {
            tl_script script;
            SPAWN_PARALLEL(&script, does_nothing, {0});
            CHECK_OK(tl_script_cancel(world, script));
        }
        if (round == 20)
            before = jobs_at_resizes();
    }
    CHECK_INT(before, jobs_at_resizes());
    destroy_world();
}
