// SPDX-License-Identifier: MIT
// Dumps that are asked for while a step does not end: the watchdog writes them.
#include "dumped.h"

#include <sched.h>
#include <stdlib.h>

#include "telar/channel.h"
#include "telar/event.h"
#include "telar/job.h"
#include "telar/parallel.h"

static TL_EVENT(tl_nothing) bell, go, back;
static TL_CHANNEL(int) ore;

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    tl_wait_seconds(1000);
}

TL_SCRIPT(listens, tl_nothing, unused)
{
    tl_wait_event(bell, NULL);
}

TL_SCRIPT(receives, tl_nothing, unused)
{
    int lump;
    tl_receive(ore, &lump);
}

/// Asks for a dump, and waits until the watchdog begins to write it.
static __attribute__((noinline)) void wait_for_dump(void)
{
    int before = atomic_load(&pieces);
    tl_dump_ask();
    while (atomic_load(&pieces) == before)
        poll(NULL, 0, 1);
    __asm__ volatile("" ::: "memory"); // so that the calls above are no tail calls
}

TL_SCRIPT(hangs_until_dumped, tl_nothing, unused)
{
    wait_for_dump();
}

TEST(one_is_written_while_a_script_does_not_wait)
{
    watch_soon(false);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "ore", 4, &ore));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sleeps, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, {0}));
    steps(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs_until_dumped, {0}));
    steps(1);
    tl_watchdog_stop(watchdog); // when it has written all
    expect_dumped("thread \"that steps the world\" [in a step, or the end of a frame, that lasts]\n");
    expect_dumped("script 1.1 \"sleeps\" [game time, 1.00 s] ");
    expect_dumped("script 2.1 \"listens\" [an event \"bell\", 1.00 s] ");
    expect_dumped("script 3.1 \"receives\" [something in a channel \"ore\", 1.00 s] ");
    expect_dumped("script 4.1 \"hangs_until_dumped\" [running], spawned at ");
#ifdef TELAR_BACKEND_ASSEMBLY
    expect_dumped("    wait_for_dump()");
    expect_dumped("    tl__bottom()");
    expect_dumped("    receives");
#endif
    length = 0;
    CHECK(tl_dump_if_asked(&(tl_dump_desc){.write = keep_dump})); // the whole one
    expect_dumped("script 1.1 \"sleeps\" [game time, ");
    CHECK(strstr(dumped, "thread ") == NULL);
    CHECK_OK(tl_world_destroy(world));
}

TEST(one_is_written_at_the_end_of_a_frame)
{
    watch_soon(false);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_FRAME}), NULL, hangs_until_dumped, {0}));
    steps(1);
    CHECK_OK(tl_world_end_frame(world));
    stop();
    expect_dumped("\"hangs_until_dumped\" [running]");
}

TL_SCRIPT(answers, tl_nothing, unused)
{
    for (;;) {
        tl_wait_event(go, NULL);
        tl_emit(back, {0});
    }
}

TL_SCRIPT(asks_on, tl_nothing, unused)
{
    int before = atomic_load(&pieces);
    tl_dump_ask();
    while (atomic_load(&pieces) == before) {
        tl_emit(go, {0});
        tl_wait_event(back, NULL);
    }
}

static void begin_to_answer(void)
{
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "go", &go));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "back", &back));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, answers, {0}));
    steps(1);
}

TEST(one_is_written_while_scripts_wake_each_other_without_end)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer keeps a signal for the fiber that it came on");
    watch_soon(true);
    begin_to_answer();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, asks_on, {0}));
    steps(1);
    stop();
    CHECK_INT(1, atomic_load(&dumps));
    expect_dumped("\"name\":\"answers\"");
    expect_dumped("\"name\":\"asks_on\"");
}

static atomic_bool stopping;

/// Keeps the first piece for 20 ms after the test has begun to stop the watchdog.
static void keep_slowly(const char *piece, size_t size, void *unused)
{
    bool is_first = atomic_load(&pieces) == 0;
    keep_dump(piece, size, unused);
    while (is_first && !atomic_load(&stopping))
        poll(NULL, 0, 1);
    if (is_first)
        poll(NULL, 0, 20);
}

TEST(a_stop_waits_until_a_dump_is_written)
{
    tl_watchdog_desc desc = soon(true);
    desc.dump.write = keep_slowly;
    make_world(60);
    tl_set_log_hook(hush);
    CHECK_OK(tl_watchdog_start(world, &desc, &watchdog));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs_until_dumped, {0}));
    steps(1);
    CHECK_INT(0, atomic_load(&dumps));
    atomic_store(&stopping, true);
    stop();
    CHECK_INT(1, atomic_load(&dumps));
    expect_dumped("\"name\":\"hangs_until_dumped\"");
}

TEST(a_dump_that_the_program_writes_is_left_to_it)
{
    watch_soon(false);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sleeps, {0}));
    steps(1);
    tl_dump_ask();
    for (int i = 0; i < 5 * SOON; ++i) // no step stands in the program's way
        poll(NULL, 0, 1);
    CHECK_INT(0, atomic_load(&pieces));
    CHECK(tl_dump_if_asked(&(tl_dump_desc){.write = keep_dump}));
    stop();
    expect_dumped("script 1.1 \"sleeps\" [game time, 0.00 s] ");
    CHECK(strstr(dumped, "thread ") == NULL);
}

// While it changes.

TL_SCRIPT(comes_and_goes, int, depth)
{
    if (*depth > 0)
        tl_race(TL_CHILD(comes_and_goes, *depth - 1), TL_CHILD(sleeps, {0}));
    tl_wait_seconds(0.01 * *depth);
}

TL_SCRIPT(waits_deep, int, depth)
{
    volatile char frame[200] = {(char)*depth};
    tl_wait_event(bell, NULL);
    (void)frame;
}

static void spawn_named(void)
{
    char *name = strdup("for a moment, and longer than what the allocator writes into what is freed");
    tl_script script;
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = name}), &script, waits_deep, 3));
    CHECK_OK(tl_script_cancel(world, script));
    memset(name, 'x', strlen(name));
    free(name);
}

static void cancel_all_but_two(void)
{
    for (tl_script s = tl_script_next(world, TL_NO_SCRIPT); s.index1 != 0; s = tl_script_next(world, s))
        if (s.index1 > 2)
            tl_script_cancel(world, s);
}

/// Does all that changes a world's records, as fast as it can, until enough dumps were written meanwhile.
TL_SCRIPT(changes_the_world, tl_nothing, unused)
{
    TL_EVENT(int) event;
    for (int before; (before = atomic_load(&dumps)) < DUMPS;) {
        tl_dump_ask();
        while (atomic_load(&dumps) == before) {
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, comes_and_goes, 2));
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_deep, 1));
            spawn_named();
            CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "event", &event));
            tl_emit(go, {0}); // a turn of another script, and of those that were spawned
            CHECK_OK(tl_wait_event(back, NULL));
            if (tl_script_count(world) > 1000)
                tl_emit(bell, {0});
            if (tl_script_count(world) > 2000)
                cancel_all_but_two();
            CHECK_OK(tl_event_destroy(event));
        }
    }
}

TEST(the_world_may_be_in_the_middle_of_any_change)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer keeps a signal for the fiber that it came on, which may end first");
    watch_soon(true);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    begin_to_answer();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, changes_the_world, {0}));
    steps(1);
    stop();
    CHECK_INT(DUMPS, atomic_load(&dumps));
    expect_dumped("\"name\":\"answers\"");
    expect_dumped("\"name\":\"changes_the_world\"");
}

static atomic_bool may_go;

TL_SCRIPT(drifts_until_dumped, int, number)
{
    tl_wait_step();
    while (!atomic_load(&may_go))
        sched_yield();
    (void)number;
}

TL_SCRIPT(asks_in_parallel, tl_nothing, unused)
{
    tl_wait_step();
    wait_for_dump();
    atomic_store(&may_go, true);
}

TEST(of_scripts_that_run_in_parallel_only_the_names_are_known)
{
    enum { SCRIPTS = 2000 }; // several jobs' worth
    tl_watchdog_desc desc = soon(false);
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 3}, &jobs));
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .max_scripts = SCRIPTS + 8}, &world));
    tl_set_log_hook(hush);
    tl_script_desc parallel = {.phase = TL_PHASE_PARALLEL};
    CHECK_OK(tl_spawn_with(world, &parallel, NULL, asks_in_parallel, {0}));
    for (int i = 0; i < SCRIPTS; ++i)
        CHECK_OK(tl_spawn_with(world, &parallel, NULL, drifts_until_dumped, i));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sleeps, {0}));
    steps(1);
    CHECK_OK(tl_watchdog_start(world, &desc, &watchdog));
    steps(2);
    stop();
    CHECK_INT(SCRIPTS, times_dumped("\"drifts_until_dumped\" [in the parallel phase], spawned at "));
    CHECK_INT(SCRIPTS, times_dumped("\"drifts_until_dumped\""));
    expect_dumped("\"sleeps\" [game time, ");
    CHECK_OK(tl_job_system_destroy(jobs));
}

// Several worlds.

static tl_world *outer;
static atomic_int outer_pieces;

static void count_piece(const char *piece, size_t size, void *pieces_so_far)
{
    (void)piece, (void)size;
    atomic_fetch_add((atomic_int *)pieces_so_far, 1);
}

TL_SCRIPT(waits_for_both, tl_nothing, unused)
{
    tl_dump_ask();
    while (atomic_load(&pieces) == 0 || atomic_load(&outer_pieces) == 0)
        poll(NULL, 0, 1);
}

TL_SCRIPT(steps_the_inner_world, tl_nothing, unused)
{
    steps(1);
}

TEST(each_world_that_is_in_a_step_gets_one)
{
    tl_watchdog *outers;
    watch_soon(false);
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &outer));
    tl_watchdog_desc desc = {.milliseconds = SOON, .dump = {.write = count_piece, .user_data = &outer_pieces}};
    CHECK_OK(tl_watchdog_start(outer, &desc, &outers));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_both, {0}));
    CHECK_OK(tl_spawn(outer, TL_NO_ENTITY, NULL, steps_the_inner_world, {0}));
    CHECK_OK(tl_world_step(outer));
    tl_watchdog_stop(outers);
    CHECK_OK(tl_world_destroy(outer));
    stop();
}
