// SPDX-License-Identifier: MIT
// What threads that do not step a world may do: hand items over to its scripts, and nothing else.
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "trace.h"

static int_channel inbox;

static void post(int number)
{
    CHECK_OK(tl_post(inbox, &number));
}

TL_SCRIPT(reads_inbox, tl_nothing, unused)
{
    int number;
    tl_result received;
    while ((received = tl_receive(inbox, &number)) == TL_OK)
        note("%d@%ju ", number, step_count());
    note("%s ", tl_result_name(received));
}

static void make_inbox(uint32_t capacity)
{
    make_world(60);
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "inbox", capacity, &inbox));
}

TEST(what_is_posted_comes_with_the_next_step_in_order)
{
    make_inbox(8);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, reads_inbox, {0}));
    steps(1);
    post(1);
    post(2);
    CHECK_UINT(0, tl_channel_count(inbox));
    CHECK_TRACE("");
    steps(1);
    CHECK_TRACE("1@2 2@2 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_full_channel_takes_the_rest_later)
{
    make_inbox(2);
    for (int i = 1; i <= 5; ++i)
        post(i);
    steps(1);
    CHECK_UINT(2, tl_channel_count(inbox));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, reads_inbox, {0}));
    steps(1);
    CHECK_TRACE("1@2 2@2 ");
    post(6);
    steps(2);
    CHECK_TRACE("3@3 4@3 5@3 6@4 ");
    post(7); // no step follows: the item is freed with the world
    CHECK_OK(tl_world_destroy(world));
}

TEST(what_has_no_channel_any_more_is_dropped)
{
    make_inbox(2);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, reads_inbox, {0}));
    steps(1);
    post(1);
    CHECK_OK(tl_channel_close(inbox));
    steps(1);
    CHECK_TRACE("TL_CLOSED ");
    post(2);
    CHECK_OK(tl_channel_destroy(inbox));
    steps(1);
    CHECK_TRACE("");
    CHECK_MISUSE(TL_ERROR_NULL, tl_post(inbox, NULL));
    CHECK_OK(tl_world_destroy(world));
    int number = 3;
    CHECK_RESULT(TL_ERROR_STALE, tl_post(inbox, &number));
}

enum { THREADS = 4, ITEMS = 2000 };

static atomic_int finished_threads;

static void *post_many(void *thread)
{
    for (int i = 0; i < ITEMS; ++i)
        post((int)(uintptr_t)thread * ITEMS + i);
    atomic_fetch_add(&finished_threads, 1);
    return NULL;
}

static int next_of[THREADS], received_count;

TL_SCRIPT(reads_from_threads, tl_nothing, unused)
{
    int number;
    while (tl_receive(inbox, &number) == TL_OK) {
        CHECK_INT(next_of[number / ITEMS]++, number % ITEMS);
        ++received_count;
    }
}

TEST(many_threads_post_while_the_world_steps)
{
    make_inbox(64);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, reads_from_threads, {0}));
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; ++i)
        CHECK_INT(0, pthread_create(&threads[i], NULL, post_many, (void *)i));
    while (received_count < THREADS * ITEMS)
        steps(1);
    for (int i = 0; i < THREADS; ++i)
        pthread_join(threads[i], NULL);
    CHECK_OK(tl_world_destroy(world));
}

static atomic_bool posted_to_this_one;

/// Posts until the world is gone, which it learns from the result alone.
static void *post_until_stale(void *unused)
{
    for (int i = 0; i < INT_MAX; ++i) {
        tl_result answered = tl_post(inbox, &i);
        if (answered == TL_ERROR_STALE)
            return unused;
        CHECK_OK(answered);
        atomic_store(&posted_to_this_one, true);
    }
    return unused;
}

TEST(a_thread_may_post_while_the_world_is_destroyed)
{
    for (int round = 0; round < 300; ++round) {
        make_inbox(4);
        atomic_store(&posted_to_this_one, false);
        pthread_t thread;
        CHECK_INT(0, pthread_create(&thread, NULL, post_until_stale, NULL));
        while (!atomic_load(&posted_to_this_one))
            sched_yield();
        CHECK_OK(tl_world_destroy(world));
        pthread_join(thread, NULL);
    }
}

// Calls from a thread while another steps the world.

static atomic_bool stepping, called;
enum { CALLS = 4 };
static tl_result answered[CALLS];
static plain_event bell;

static void *call_from_outside(void *unused)
{
    while (!atomic_load(&stepping))
        sched_yield();
    tl_entity entity;
    answered[0] = tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0});
    answered[1] = tl_entity_create(world, TL_NO_ENTITY, &entity);
    answered[2] = tl_emit(bell, {0});
    answered[3] = tl_world_cancel_from(world, NULL, (void *)UINTPTR_MAX, NULL);
    atomic_store(&called, true);
    return unused;
}

static void wait_for_the_call(tl_world *stepped, void *unused)
{
    (void)unused;
    atomic_store(&stepping, true);
    while (!atomic_load(&called))
        sched_yield();
    tl_entity entity;
    CHECK_OK(tl_entity_create(stepped, TL_NO_ENTITY, &entity)); // the stepping thread itself may call
}

static atomic_int refusals;

static void count_refusals(tl_result why, const char *call)
{
    (void)call;
    CHECK_INT(TL_ERROR_OTHER_THREAD, why);
    atomic_fetch_add(&refusals, 1);
}

/// Only a debug build checks; in a release build such calls are a data race, so they are not made.
TEST(a_debug_build_refuses_calls_while_another_thread_steps)
{
#ifdef NDEBUG
    SKIP("a release build does not look");
#endif
    tl_set_misuse_hook(count_refusals);
    CHECK_OK(tl_world_create(&(tl_world_desc){.physics = wait_for_the_call}, &world));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &bell));
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, call_from_outside, NULL));
    steps(1);
    pthread_join(thread, NULL);
    for (int i = 0; i < CALLS; ++i)
        CHECK_RESULT(TL_ERROR_OTHER_THREAD, answered[i]);
    CHECK_INT(CALLS, refusals);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

// What is reported once for each world.

static int logged;

static void count_log(const tl_log *item)
{
    ++logged;
    note("%d ", (int)item->id);
    CHECK(strstr(item->text, item->id == TL_LOG_NO_FRAMES ? "tl_world_end_frame" : "max_scripts") != NULL);
}

TEST(scripts_beyond_the_limit_are_reported_once)
{
    tl_set_log_hook(count_log);
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 3}, &world));
    for (int i = 0; i < 3; ++i)
        put_to_sleep(TL_NO_ENTITY, "");
    for (int i = 0; i < 3; ++i)
        CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
    CHECK_TRACE("8 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_for_a_frame, tl_nothing, unused)
{
    CHECK_OK(tl_wait_phase(TL_PHASE_FRAME));
    note("frame ");
}

TEST(a_forgotten_end_of_frames_is_reported_once)
{
    tl_set_log_hook(count_log);
    make_world(10);
    steps(30); // without scripts in that phase, nothing is forgotten
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_a_frame, {0}));
    steps(30);
    CHECK_TRACE("7 ");
    CHECK_OK(tl_world_end_frame(world));
    CHECK_TRACE("frame ");
    CHECK_OK(tl_world_destroy(world));
    make_world(10);
    CHECK_OK(tl_world_end_frame(world));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_a_frame, {0}));
    steps(30); // a frame was drawn before, so drawing may be paused
    CHECK_TRACE("");
    CHECK_OK(tl_world_destroy(world));
}
