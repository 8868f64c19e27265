// SPDX-License-Identifier: MIT
// The watchdog and steps: what it says about a step that does not end, though the scripts that it resumes do wait.
#include "watched.h"

#include "telar/event.h"

static plain_event to_spoke[2], to_hub;

/// Whether the system did not let this thread run for as long as the limit, so that a single resume took that long.
static atomic_bool stalled;

static void keep_log_of_steps(const tl_log *item)
{
    if (item->id == TL_LOG_SCRIPT_STUCK)
        atomic_store(&stalled, true);
    else
        keep_log(item);
}

static void watch_steps(tl_watchdog_desc desc)
{
    watch(desc);
    tl_set_log_hook(keep_log_of_steps);
    expected_id = TL_LOG_STEP_LONG;
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "to hub", &to_hub));
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "to spoke", &to_spoke[i]));
}

TL_SCRIPT(answers, int, index)
{
    for (;;) {
        CHECK_OK(tl_wait_event(to_spoke[*index], NULL));
        CHECK_OK(tl_emit(to_hub, {0}));
    }
}

/// Is resumed twice as often as each script that answers, all in one step, until the step is reported and for a while
/// longer.
TL_SCRIPT(asks_in_turn, tl_nothing, unused)
{
    for (int i = 0, more = 10000; more > 0; i = !i, more -= atomic_load(&reported) > 0) {
        CHECK_OK(tl_emit(to_spoke[i], {0}));
        CHECK_OK(tl_wait_event(to_hub, NULL));
    }
    note("enough ");
}

static void spawn_hub(tl_phase phase)
{
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "spoke", .phase = phase}), NULL, answers, i));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "the hub", .phase = phase}), NULL, asks_in_turn, {0}));
}

/// Reads the numbers of resumes from the report: of all scripts, and of the script with the most.
static void read_turns(uintmax_t *all, uintmax_t *most)
{
    const char *from = strstr(text, " and has run ");
    if (from == NULL || sscanf(from, " and has run %ju resumes; most (%ju) by ", all, most) != 2)
        check_fail(__FILE__, __LINE__, "no numbers in: %s", text);
}

TEST(a_step_that_does_not_end_though_turns_do)
{
    static const tl_phase phases[] = {TL_PHASE_STEP, TL_PHASE_BEFORE, TL_PHASE_PARALLEL};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; ++i) {
        atomic_store(&reported, 0);
        watch_steps((tl_watchdog_desc){.milliseconds = 20});
        spawn_hub(phases[i]);
        steps(2); // in the second step nothing is left to do
        CHECK_INT(1, atomic_load(&reported));
        printf("%s\n", text);
        expect("step 1 has lasted for 20 ms and has run ");
        expect("by 'the hub', running asks_in_turn(), spawned at ");
        uintmax_t all, most;
        read_turns(&all, &most);
        CHECK(2 * most + 3 >= all && 2 * most <= all + 3);
        stop();
    }
    CHECK_TRACE("enough enough enough ");
}

TEST(an_end_of_a_frame_that_does_not_end)
{
    watch_steps((tl_watchdog_desc){.milliseconds = 20});
    spawn_hub(TL_PHASE_FRAME);
    steps(3);
    CHECK_INT(0, atomic_load(&reported));
    CHECK_OK(tl_world_end_frame(world));
    CHECK_INT(1, atomic_load(&reported));
    expect("the end of the frame after step 3 has lasted for 20 ms");
    stop();
    CHECK_TRACE("enough ");
}

TL_SCRIPT(asks_for_ever, tl_nothing, unused)
{
    tl_defer(note_text, "cleaned ");
    for (int i = 0;; i = !i) {
        CHECK_OK(tl_emit(to_spoke[i], {0}));
        tl_wait_event(to_hub, NULL);
    }
}

TEST(the_script_with_the_most_turns_can_be_ended)
{
    do {
        atomic_store(&reported, 0);
        atomic_store(&stalled, false);
        trace[0] = '\0';
        watch_steps((tl_watchdog_desc){.milliseconds = 20, .end_stuck = true});
        tl_script hub;
        for (int i = 0; i < 2; ++i)
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, answers, i));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &hub, asks_for_ever, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {hub}));
        steps(1);
        tl_watchdog_stop(watchdog);   // the step may end before the report is made
        if (!atomic_load(&stalled)) { // else the script that was running then was cancelled
            CHECK_INT(1, atomic_load(&reported));
            CHECK(!tl_script_is_alive(world, hub));
            CHECK_TRACE("cleaned TL_CANCELLED@1 ");
        }
        CHECK_OK(tl_world_destroy(world));
    } while (atomic_load(&stalled));
    expect("by 'asks_for_ever', running asks_for_ever(), spawned at ");
    expect(", which will be cancelled at its next wait");
}

TL_SCRIPT(begets_another, tl_nothing, unused)
{
    if (atomic_load(&reported) == 0)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, begets_another, {0}));
}

static bool never(void *unused)
{
    (void)unused;
    return false;
}

TL_SCRIPT(waits_for_ever, tl_nothing, unused)
{
    tl_wait_until(never, NULL);
}

TL_SCRIPT(begins_one_race_after_the_other, tl_nothing, unused)
{
    while (atomic_load(&reported) == 0)
        CHECK_INT(0, tl_race(TL_CHILD(does_nothing, {0})).winner);
}

TEST(scripts_that_end_and_one_that_starts_them)
{
    watch_steps((tl_watchdog_desc){.milliseconds = 20});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, begets_another, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&reported));
    expect("resumes; most (1) by "); // each script has one resume
    expect("begets_another");
    atomic_store(&reported, 0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, begins_one_race_after_the_other, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&reported));
    expect("step 2 has lasted for 20 ms and has run 2 resumes; most (1) by 'begins_one_race_after_the_other'");
    // When only the predicate of a parallel script is asked, that is no resume.
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), NULL, waits_for_ever, {0}));
    steps(1);
    atomic_store(&reported, 0);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), NULL,
                           begins_one_race_after_the_other, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&reported));
    expect("step 4 has lasted for 20 ms and has run 1 resumes; most (1) by 'begins_one_race_after_the_other'");
    stop();
}
