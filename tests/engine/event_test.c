// SPDX-License-Identifier: MIT
#include "telar/event.h"

#include "trace.h"

struct opened {
    int by, when;
};

typedef TL_EVENT(struct opened) opened_event;

static opened_event event;

static void make_event(void)
{
    make_world(0);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "opened", &event));
}

TL_SCRIPT(listens, char, name)
{
    for (;;) {
        struct opened how = {0};
        tl_result result = tl_wait_event(event, &how);
        note("%c%d@%ju ", *name, result == TL_OK ? how.by : (int)result, (uintmax_t)tl_world_get_time(world).steps);
        if (result != TL_OK)
            break;
    }
}

TEST(an_emit_reaches_all_that_wait_and_none_that_wait_later)
{
    make_event();
    CHECK_OK(tl_emit(event, {.by = 1})); // no script waits
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'a'));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'b'));
    CHECK_OK(tl_emit(event, {.by = 2})); // they have not begun to wait
    steps(2);
    CHECK_TRACE("");
    struct opened how = {.by = 3};
    CHECK_OK(tl_emit(event, how));
    how.by = 4; // they have their copies
    steps(3);
    CHECK_TRACE("a3@3 b3@3 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(emits, int, count)
{
    for (int i = 1; i <= *count; ++i)
        CHECK_OK(tl_emit(event, {.by = i}));
    note("emitted ");
}

TEST(emitted_in_a_step_it_is_heard_in_that_step)
{
    make_event();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'a'));
    steps(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, emits, 2)); // the second emit finds none: the listener has yet to run
    steps(1);
    CHECK_TRACE("emitted a1@2 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(listens_to_the_latest, char, name)
{
    uint64_t seen = 0;
    struct opened how = {0};
    while (tl_wait_event_after(event, &seen, &how) == TL_OK)
        note("%c%d of %ju ", *name, how.by, (uintmax_t)seen);
}

TL_SCRIPT(receives, int_channel, keys)
{
    int key = 0;
    while (tl_receive(*keys, &key) == TL_OK)
        note("key%d ", key);
}

// The emits come between two steps, as key presses do.
TEST(of_several_emits_in_a_step_a_script_hears_some_but_a_channel_brings_all)
{
    make_event();
    int_channel keys;
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "keys", 8, &keys));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'a'));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens_to_the_latest, 'b'));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, keys));
    steps(1);
    for (int i = 1; i <= 3; ++i) {
        CHECK_OK(tl_emit(event, {.by = i}));
        CHECK_OK(tl_try_send(keys, &i));
    }
    steps(3);
    CHECK_TRACE("a1@2 b1 of 1 b3 of 3 key1 key2 key3 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(destroying_it_wakes_those_that_wait)
{
    make_event();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'a'));
    steps(1);
    CHECK_OK(tl_event_destroy(event));
    steps(1);
    CHECK_TRACE("a2@2 "); // TL_CANCELLED
    CHECK_INT(2, TL_CANCELLED);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(listens_a_while, tl_nothing, unused)
{
    struct opened how = {.by = 77};
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_event(event, &how, TL_WITHIN(0.1)));
    CHECK_INT(77, how.by);
    note("timed out@%ju ", (uintmax_t)tl_world_get_time(world).steps);
    CHECK_OK(tl_wait_event(event, NULL, TL_WITHIN_REAL(0.1)));
    note("heard@%ju ", (uintmax_t)tl_world_get_time(world).steps);
    CHECK_OK(tl_wait_steps(20)); // the limit is forgotten
    note("on@%ju ", (uintmax_t)tl_world_get_time(world).steps);
}

TEST(waiting_with_a_limit)
{
    make_event();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens_a_while, {0}));
    steps(10);
    CHECK_TRACE("timed out@7 ");
    CHECK_OK(tl_emit(event, {0}));
    steps(25);
    CHECK_TRACE("heard@11 on@31 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(emits_after_steps, int, count)
{
    CHECK_OK(tl_wait_steps(*count));
    CHECK_OK(tl_emit(event, {.by = 1}));
}

static bool is_true(void *flag)
{
    return *(bool *)flag;
}

TL_SCRIPT(hears_at_the_limit, bool *, flag)
{
    CHECK_OK(tl_wait_event(event, NULL, TL_WITHIN(0.1)));
    note("heard@%ju ", (uintmax_t)tl_world_get_time(world).steps);
    CHECK_OK(tl_wait_until(is_true, *flag));
    note("until@%ju ", (uintmax_t)tl_world_get_time(world).steps);
}

TEST(a_limit_that_passes_in_the_step_of_the_event_is_forgotten)
{
    make_event();
    bool flag = false;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, emits_after_steps, 6)); // made first, so it runs first in that step
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hears_at_the_limit, &flag));
    steps(10);
    CHECK_TRACE("heard@7 ");
    flag = true;
    steps(1);
    CHECK_TRACE("until@11 ");
    CHECK_OK(tl_world_destroy(world));
}

#define HEARS(bytes)                                                                                                   \
    typedef struct payload##bytes {                                                                                    \
        unsigned char byte[bytes];                                                                                     \
    } payload##bytes;                                                                                                  \
    typedef TL_EVENT(payload##bytes) event##bytes;                                                                     \
    TL_SCRIPT(hears##bytes, event##bytes, awaited)                                                                     \
    {                                                                                                                  \
        payload##bytes heard = {{0}};                                                                                  \
        CHECK_OK(tl_wait_event(*awaited, &heard));                                                                     \
        for (int i = 0; i < (bytes); ++i)                                                                              \
            CHECK_INT(i + 1, heard.byte[i]);                                                                           \
        note("%d ", (bytes));                                                                                          \
    }

HEARS(1)
HEARS(4)
HEARS(8)
HEARS(9)

#define EMIT(bytes)                                                                                                    \
    do {                                                                                                               \
        event##bytes sized;                                                                                            \
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &sized));                                                  \
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hears##bytes, sized));                                            \
        steps(1);                                                                                                      \
        payload##bytes sent;                                                                                           \
        for (int i = 0; i < (bytes); ++i)                                                                              \
            sent.byte[i] = (unsigned char)(i + 1);                                                                     \
        CHECK_OK(tl_emit(sized, sent));                                                                                \
        steps(1);                                                                                                      \
    } while (0)

TEST(payloads_of_every_size_arrive_whole)
{
    make_world(0);
    EMIT(1);
    EMIT(4);
    EMIT(8);
    EMIT(9);
    CHECK_TRACE("1 4 8 9 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(ten_thousand_listeners)
{
    enum { COUNT = CHECK_TSAN ? 1000 : 10000 }; // ThreadSanitizer follows at most 8,128 fibers
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = COUNT, .stack_size = 16384}, &world));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &event));
    for (int i = 0; i < COUNT; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'x'));
    steps(1);
    CHECK_OK(tl_event_destroy(event));
    steps(1);
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_in_other_world, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_OTHER_WORLD, tl_wait_event(event, NULL));
    opened_event none = {.event = {0}};
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_event(none, NULL));
    uint64_t seen = 0;
    CHECK_MISUSE(TL_ERROR_OTHER_WORLD, tl_wait_event_after(event, &seen, NULL));
    note("refused ");
}

TL_SCRIPT(echoes, tl_nothing, unused)
{
    for (;;) {
        struct opened how = {0};
        CHECK_OK(tl_wait_event(event, &how));
        note("echo%d ", how.by);
        if (how.by < 3)
            CHECK_OK(tl_emit(event, {.by = how.by + 1})); // to scripts that wait now; this one does not
    }
}

TEST(emitting_in_answer_to_the_same_event)
{
    make_event();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'a'));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, echoes, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, 'b'));
    steps(1);
    CHECK_OK(tl_emit(event, {.by = 1}));
    steps(3);
    CHECK_TRACE("a1@2 echo1 a2@2 b1@2 "); // a waits again when the echo comes; b has yet to run
    CHECK_UINT(2, tl_event_count(event));
    CHECK_OK(tl_world_destroy(world));
}

TEST(an_id_is_good_for_one_life)
{
    make_event();
    opened_event old = event;
    CHECK_OK(tl_event_destroy(event));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &event));
    CHECK_UINT(old.event.index1, event.event.index1); // the same slot
    CHECK_RESULT(TL_ERROR_STALE, tl_emit(old, {0}));
    CHECK_RESULT(TL_ERROR_STALE, tl_event_destroy(old));
    CHECK_OK(tl_emit(event, {0}));
    CHECK_UINT(1, tl_event_count(event));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_for_the_dead, opened_event, gone)
{
    uint64_t seen = 0;
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_event(*gone, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_event_after(*gone, &seen, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_race(TL_ON(*gone, NULL), TL_AFTER(1)).result);
    CHECK_RESULT(TL_ERROR_STALE, tl_sync(TL_ON(*gone, NULL)));
    note("stale ");
}

static void check_stale(opened_event gone)
{
    CHECK_RESULT(TL_ERROR_STALE, tl_emit(gone, {0}));
    CHECK_UINT(0, tl_event_count(gone));
    CHECK_RESULT(TL_ERROR_STALE, tl_event_destroy(gone));
}

TEST(an_id_outlives_its_world)
{
    make_event();
    opened_event gone = event;
    tl_world *before = world;
    CHECK_OK(tl_world_destroy(world));
    check_stale(gone);
    // Makes worlds until one lies where the destroyed one was. With most allocators it is the first, with some none.
    for (int i = 0; i < 100; ++i) {
        make_event();
        CHECK_UINT(gone.event.index1, event.event.index1);
        CHECK_UINT(gone.event.generation, event.event.generation);
        check_stale(gone);
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_the_dead, gone));
        steps(1);
        CHECK_TRACE("stale ");
        CHECK_UINT(0, tl_event_count(event));
        CHECK_OK(tl_emit(event, {0}));
        bool same = world == before;
        CHECK_OK(tl_world_destroy(world));
        if (same)
            break;
    }
}

static void use_while_ending(void *used)
{
    CHECK_OK(tl_emit(*(opened_event *)used, {0}));
    note("count %ju ", (uintmax_t)tl_event_count(*(opened_event *)used));
}

TL_SCRIPT(uses_it_at_the_end, opened_event, used)
{
    tl_defer(use_while_ending, used);
    tl_wait_seconds(1000);
}

TEST(an_id_is_good_in_clean_ups_at_the_end_of_its_world)
{
    make_event();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, uses_it_at_the_end, event));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("count 1 ");
    check_stale(event);
}

TEST(misuse)
{
    make_event();
    opened_event none = event;
    CHECK_MISUSE(TL_ERROR_NULL, tl_event_create(NULL, TL_NO_ENTITY, NULL, &none));
    CHECK_UINT(0, none.event.index1);
    CHECK_MISUSE(TL_ERROR_NULL, tl__event_create(world, TL_NO_ENTITY, NULL, 1, NULL));
    tl_entity dead = make(TL_NO_ENTITY);
    CHECK_OK(tl_entity_destroy(world, dead));
    CHECK_RESULT(TL_ERROR_STALE, tl_event_create(world, dead, NULL, &none));
    CHECK_RESULT(TL_ERROR_STALE, tl_event_destroy(none));
    CHECK_RESULT(TL_ERROR_STALE, tl_emit(none, {0}));
    CHECK_UINT(0, tl_event_count(none));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_event(event, NULL));
    tl_world *other = NULL;
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &other));
    CHECK_OK(tl_spawn(other, TL_NO_ENTITY, NULL, waits_in_other_world, {0}));
    CHECK_OK(tl_world_step(other));
    CHECK_TRACE("refused ");
    CHECK_OK(tl_world_destroy(other));
    CHECK_OK(tl_world_destroy(world));
}
