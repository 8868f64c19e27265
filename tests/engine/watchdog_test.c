// SPDX-License-Identifier: MIT
// The watchdog: what it says about a script that does not come back, while the script is stuck; and the watchdog that a
// debug build has by default. Nothing here is timed: a stuck script is stuck until it is reported.
#include "world/heartbeat.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "child.h"
#include "telar/parallel.h"
#include "watched.h"

TEST(a_stuck_script_is_reported_while_it_is_stuck)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "the culprit"}), NULL, hangs, 2));
    int line = __LINE__ - 1;
    steps(4);
    CHECK_TRACE("came back ");
    CHECK_INT(2, atomic_load(&reported)); // once each time that it was resumed
    printf("%s\n", text);
    char spawned[64];
    snprintf(spawned, sizeof spawned, "watchdog_test.c:%d", line);
    expect("'the culprit', running hangs()");
    expect("has not waited for 20 ms");
    expect(spawned);
    expect("spin_until_released()"); // static functions, too
    stop();
}

TL_SCRIPT(has_a_stuck_child, tl_nothing, unused)
{
    CHECK_OK(tl_sync(TL_CHILD(hangs, 1)));
    spin_until_released();
}

TEST(the_innermost_is_reported)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, has_a_stuck_child, {0}));
    steps(1);
    expect("'hangs'");
    steps(1);
    expect("'has_a_stuck_child'");
    stop();
}

static pthread_t main_thread;
static atomic_bool one_is_stuck, reported_elsewhere;

static void keep_log_from_elsewhere(const tl_log *item)
{
    if (strstr(item->text, ", on another thread, has not waited for 20 ms and will be cancelled") == NULL)
        return; // about a script on the main thread, which waits for the stuck one
    keep_log(item);
    atomic_store(&reported_elsewhere, true);
}

/// The first script that runs on another thread is stuck. Scripts on the main thread wait until one is.
TL_SCRIPT(hangs_elsewhere, tl_nothing, unused)
{
    bool here = pthread_equal(pthread_self(), main_thread), stuck = !here && !atomic_exchange(&one_is_stuck, true);
    while (here ? !atomic_load(&one_is_stuck) : stuck && !atomic_load(&reported_elsewhere))
        poll(NULL, 0, 1);
    CHECK_OK(tl_wait_step());
    CHECK(!stuck);
}

TEST(a_parallel_script_that_is_stuck_on_another_thread)
{
    main_thread = pthread_self();
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs}, &world));
    tl_set_log_hook(keep_log_from_elsewhere);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = 20, .end_stuck = true}, &watchdog));
    for (int i = 0; i < 600; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .name = "the culprit"}), NULL,
                               hangs_elsewhere, {0}));
    steps(2);
    expect("'the culprit', running hangs_elsewhere(), spawned at");
    CHECK_UINT(0, tl_script_count(world));
    stop();
    CHECK_OK(tl_job_system_destroy(jobs));
}

static bool spins(void *unused)
{
    (void)unused;
    spin_until_released();
    return true;
}

static void spin_in_clean_up(void *unused)
{
    (void)unused;
    spin_until_released();
}

TL_SCRIPT(asks_a_stuck_question, tl_nothing, unused)
{
    tl_defer(spin_in_clean_up, NULL);
    CHECK_OK(tl_wait_until(spins, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(predicates_and_clean_ups_too)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, asks_a_stuck_question, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&reported));
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_INT(2, atomic_load(&reported));
    expect("'asks_a_stuck_question'");
    stop();
}

TL_SCRIPT(hangs_and_yields, int, yields)
{
    tl_defer(note_text, "cleaned ");
    spin_until_released();
    if (*yields == 0)
        tl_wait_steps(3);
    else if (*yields == 1)
        tl_yield(NULL);
    else
        tl_wait_steps(0); // though a wait for no steps returns at once
    CHECK_UNREACHED();
}

TEST(it_can_be_ended_at_its_next_wait)
{
    watch((tl_watchdog_desc){.milliseconds = 20, .end_stuck = true});
    for (int yields = 0; yields < 3; ++yields) {
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, hangs_and_yields, yields));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
        steps(1);
        CHECK(!tl_script_is_alive(world, script));
    }
    expect("will be cancelled at its next wait");
    CHECK_TRACE("cleaned TL_CANCELLED@1 cleaned TL_CANCELLED@2 cleaned TL_CANCELLED@3 ");
    stop();
}

TL_SCRIPT(hangs_and_fails, tl_nothing, unused)
{
    spin_until_released();
    tl_fail(5, "tired");
}

TL_SCRIPT(has_a_child_that_fails, tl_nothing, unused)
{
    CHECK_RESULT(TL_ERROR_FAILED, tl_sync(TL_CHILD(hangs_and_fails, {0})));
    note("failed ");
}

TL_SCRIPT(hangs_in_a_shield, tl_nothing, unused)
{
    {
        tl_scoped_shield();
        spin_until_released();
        CHECK_OK(tl_yield(NULL));
        note("on ");
    }
    tl_wait_step();
    CHECK_UNREACHED();
}

TEST(how_else_a_stuck_script_may_go_on)
{
    watch((tl_watchdog_desc){.milliseconds = 20, .end_stuck = true});
    tl_script shielded;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, has_a_child_that_fails, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &shielded, hangs_in_a_shield, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {shielded}));
    steps(3);
    CHECK_TRACE("failed on TL_CANCELLED@2 ");
    CHECK_UINT(0, tl_script_count(world));
    stop();
}

TEST(those_that_wait_are_left_alone)
{
    watch((tl_watchdog_desc){.milliseconds = 600000, .end_stuck = true});
    put_to_sleep(TL_NO_ENTITY, "woken ");
    steps(1000);
    CHECK_INT(0, atomic_load(&reported));
    stop();
    CHECK_TRACE("woken ");
}

/// Several worlds, each stepped by a thread of its own, with a script that is stuck until all of them are reported.
enum { WORLDS = 3 };
static tl_world *worlds[WORLDS];
static const char *const culprits[WORLDS] = {"the first", "the second", "the third"};
static atomic_int seen_culprits;

static void keep_log_of_worlds(const tl_log *item)
{
    for (int i = 0; i < WORLDS; ++i)
        if (strcmp(item->script, culprits[i]) == 0)
            atomic_fetch_or(&seen_culprits, 1 << i);
}

TL_SCRIPT(hangs_until_all_are_seen, tl_nothing, unused)
{
    while (atomic_load(&seen_culprits) != (1 << WORLDS) - 1)
        poll(NULL, 0, 1);
}

static void *step_one_of_them(void *of)
{
    CHECK_OK(tl_world_step(of));
    return NULL;
}

TEST(several_worlds_are_watched_at_once)
{
    static const int signals[WORLDS] = {0, SIGUSR2, 0}; // two watchdogs share one
    tl_watchdog *watchdogs[WORLDS];
    pthread_t threads[WORLDS];
    tl_set_log_hook(keep_log_of_worlds);
    for (int i = 0; i < WORLDS; ++i) {
        CHECK_OK(tl_world_create(&(tl_world_desc){0}, &worlds[i]));
        CHECK_OK(
            tl_watchdog_start(worlds[i], &(tl_watchdog_desc){.milliseconds = 20, .signal = signals[i]}, &watchdogs[i]));
        CHECK_OK(
            tl_spawn_with(worlds[i], (&(tl_script_desc){.name = culprits[i]}), NULL, hangs_until_all_are_seen, {0}));
    }
    for (int i = 0; i < WORLDS; ++i)
        CHECK_INT(0, pthread_create(&threads[i], NULL, step_one_of_them, worlds[i]));
    for (int i = 0; i < WORLDS; ++i)
        CHECK_INT(0, pthread_join(threads[i], NULL));
    for (int i = 0; i < WORLDS; ++i) {
        tl_watchdog_stop(watchdogs[i]);
        CHECK_OK(tl_world_destroy(worlds[i]));
    }
    struct sigaction now;
    for (int i = 0; i < 2; ++i) { // the handlers are gone with the last that used them
        CHECK_INT(0, sigaction(i == 0 ? SIGURG : SIGUSR2, NULL, &now));
        CHECK(now.sa_handler == SIG_DFL);
    }
}

TL_SCRIPT(steps_another_world, tl_nothing, unused)
{
    CHECK_OK(tl_world_step(worlds[1]));
}

/// Both watchdogs signal the same thread, perhaps at the same time, and the kernel may merge the two signals into one.
TEST(a_world_that_is_stepped_inside_another)
{
    tl_watchdog *watchdogs[2];
    tl_set_log_hook(keep_log_of_worlds);
    atomic_store(&seen_culprits, ((1 << WORLDS) - 1) & ~3);
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(tl_world_create(&(tl_world_desc){.stack_size = 256 * 1024}, &worlds[i]));
        CHECK_OK(tl_watchdog_start(worlds[i], &(tl_watchdog_desc){.milliseconds = 20}, &watchdogs[i]));
    }
    CHECK_OK(tl_spawn_with(worlds[0], (&(tl_script_desc){.name = culprits[0]}), NULL, steps_another_world, {0}));
    CHECK_OK(tl_spawn_with(worlds[1], (&(tl_script_desc){.name = culprits[1]}), NULL, hangs_until_all_are_seen, {0}));
    atomic_fetch_or(&seen_culprits, 1); // counted as seen: only the inner script has control
    CHECK_OK(tl_world_step(worlds[0]));
    for (int i = 0; i < 2; ++i) {
        tl_watchdog_stop(watchdogs[i]);
        CHECK_OK(tl_world_destroy(worlds[i]));
    }
}

static bool threads_fail;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    return threads_fail ? EAGAIN : __real_pthread_create(thread, attributes, run, arg);
}

static bool is_watched(tl_world *of)
{
    return atomic_load(&tl__world_heartbeat(of)->watched);
}

#ifdef NDEBUG
enum { DEBUG_BUILD = false };
#else
enum { DEBUG_BUILD = true };
#endif

TEST(a_debug_build_watches_each_world)
{
    for (int i = 0; i < WORLDS; ++i)
        CHECK_OK(tl_world_create(&(tl_world_desc){0}, &worlds[i]));
    for (int i = 0; i < WORLDS; ++i) {
        CHECK_INT(DEBUG_BUILD, is_watched(worlds[i]));
        CHECK((tl__world_heartbeat(worlds[i])->watchdog != NULL) == DEBUG_BUILD);
        CHECK_OK(tl_world_destroy(worlds[i]));
    }
}

TEST(the_default_watchdog_reports)
{
    if (!DEBUG_BUILD)
        SKIP("only a debug build has one");
    make_world(60);
    tl_set_log_hook(keep_log);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&reported));
    expect("'hangs', running hangs(), spawned at ");
    expect("has not waited for 1000 ms\n");
    CHECK_OK(tl_world_destroy(world));
}

TEST(another_watchdog_replaces_the_default_one)
{
    watch((tl_watchdog_desc){.milliseconds = 20, .signal = SIGUSR2});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&reported));
    expect("has not waited for 20 ms\n");
    struct sigaction now;
    CHECK_INT(0, sigaction(SIGURG, NULL, &now));
    CHECK(now.sa_handler == SIG_DFL); // the default one is gone
    tl_watchdog_stop(watchdog);
    CHECK(!is_watched(world)); // and the default one does not come back
    CHECK_OK(tl_world_destroy(world));
}

TEST(there_need_be_no_default)
{
    CHECK_INT(DEBUG_BUILD, tl_watchdog_by_default(false));
    CHECK_INT(false, tl_watchdog_by_default(false));
    make_world(60);
    CHECK(!is_watched(world));
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK(is_watched(world));
    stop();
    CHECK_INT(false, tl_watchdog_by_default(true));
    make_world(60);
    CHECK_INT(DEBUG_BUILD, is_watched(world));
    CHECK_INT(DEBUG_BUILD, tl_watchdog_by_default(false));
    CHECK_OK(tl_world_destroy(world)); // while its default watchdog still watches it
}

TEST(a_default_that_cannot_be_started_is_no_error)
{
    threads_fail = true;
    make_world(60);
    CHECK(!is_watched(world));
    steps(1);
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK_INT(EAGAIN, errno);
    CHECK_POINTER(NULL, watchdog);
    CHECK(!is_watched(world));
    CHECK_OK(tl_world_destroy(world));
    threads_fail = false;
    make_world(60);
    threads_fail = true;
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK_INT(DEBUG_BUILD, is_watched(world)); // the default one still watches it
    CHECK_OK(tl_world_destroy(world));
}

static void stop_in_the_child(void)
{
    alarm(30); // in case it hangs
    steps(1);
    stop();
}

TEST(a_child_that_stops_its_copy_leaves_the_parents_alone)
{
    char output[1024];
    watch((tl_watchdog_desc){.milliseconds = 20});
    steps(1);
    int status = in_child(stop_in_the_child, output, sizeof output);
    if (status != 0)
        check_fail(__FILE__, __LINE__, "the child ended with status %x: %s", (unsigned)status, output);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2); // the first lasts until the script is reported
    CHECK_TRACE("came back ");
    stop();
}

TEST(misuse)
{
    make_world(60);
    tl_watchdog *other = NULL;
    CHECK_MISUSE(TL_ERROR_NULL, tl_watchdog_start(NULL, &(tl_watchdog_desc){0}, &other));
    CHECK_MISUSE(TL_ERROR_NULL, tl_watchdog_start(world, NULL, &other));
    CHECK_MISUSE(TL_ERROR_NULL, tl_watchdog_start(world, &(tl_watchdog_desc){0}, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_watchdog_start(world, &(tl_watchdog_desc){.signal = SIGKILL}, &other));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_watchdog_start(world, &(tl_watchdog_desc){.signal = 9999}, &other));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_watchdog_start(world, &(tl_watchdog_desc){.signal = SIGSEGV}, &other));
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    // A world has at most one at a time:
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_watchdog_start(world, &(tl_watchdog_desc){0}, &other));
    CHECK_POINTER(NULL, other);
    tl_watchdog_stop(NULL);
    tl_watchdog_stop(watchdog);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog)); // works again after the stop
    stop();
}
