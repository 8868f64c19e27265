// SPDX-License-Identifier: MIT
#include "telar/channel.h"

#include "trace.h"

static int_channel belt;

static void make_belt(uint32_t capacity)
{
    make_world(0);
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "belt", capacity, &belt));
    CHECK_UINT(capacity, tl_channel_capacity(belt));
}

struct sender {
    int first, count;
};

TL_SCRIPT(sends, struct sender, me)
{
    for (int i = me->first; i < me->first + me->count; ++i) {
        tl_result result = tl_send(belt, &i);
        note(result == TL_OK ? "+%d " : "!%d ", i);
    }
}

TL_SCRIPT(receives, int, count)
{
    for (int i = 0; i < *count; ++i) {
        int item = -1;
        tl_result result = tl_receive(belt, &item);
        note("-%d ", result == TL_OK ? item : (int)result * 100);
    }
}

TEST(sending_waits_while_it_is_full)
{
    make_belt(2);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sends, {1, 5}));
    steps(3);
    CHECK_TRACE("+1 +2 ");
    CHECK_UINT(2, tl_channel_count(belt));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 1));
    steps(1);
    CHECK_TRACE("-1 +3 "); // in the same step
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 4));
    steps(1);
    CHECK_TRACE("-2 -3 -4 +4 +5 -5 ");
    CHECK_UINT(0, tl_channel_count(belt));
    CHECK_OK(tl_world_destroy(world));
}

TEST(receiving_waits_while_it_is_empty)
{
    make_belt(2);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 3));
    steps(2);
    CHECK_TRACE("");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sends, {1, 3}));
    steps(1);
    CHECK_TRACE("+1 +2 +3 -1 -2 -3 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(first_come_first_served)
{
    make_belt(1);
    for (int i = 1; i <= 5; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sends, {i * 10, 1}));
    steps(1);
    CHECK_TRACE("+10 ");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 5));
    steps(1);
    CHECK_TRACE("-10 -20 -30 -40 -50 +20 +30 +40 +50 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_ring_keeps_the_order)
{
    make_belt(7);
    int sent = 0, received = 0;
    uint64_t random = 5;
    for (int i = 0; i < 10000; ++i) {
        int item = sent;
        if (check_random(&random) % 2) {
            tl_result result = tl_try_send(belt, &item);
            CHECK_RESULT(sent - received < 7 ? TL_OK : TL_WOULD_WAIT, result);
            sent += result == TL_OK;
        } else {
            tl_result result = tl_try_receive(belt, &item);
            CHECK_RESULT(sent > received ? TL_OK : TL_WOULD_WAIT, result);
            if (result == TL_OK)
                CHECK_INT(received++, item);
        }
        CHECK_INT(sent - received, (int)tl_channel_count(belt));
        for (uint32_t place = 0; place < 8; ++place) {
            tl_result seen = tl_channel_peek(belt, place, &item);
            CHECK_RESULT((int)place < sent - received ? TL_OK : TL_WOULD_WAIT, seen);
            if (seen == TL_OK)
                CHECK_INT(received + (int)place, item);
        }
    }
    CHECK_OK(tl_world_destroy(world));
}

TEST(closing_wakes_all_and_the_rest_can_be_received)
{
    make_belt(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sends, {1, 2}));
    steps(1);
    CHECK_TRACE("+1 ");
    CHECK_OK(tl_channel_close(belt));
    CHECK_OK(tl_channel_close(belt));
    CHECK(tl_channel_is_closed(belt));
    steps(1);
    CHECK_TRACE("!2 ");
    int item = 9;
    CHECK_RESULT(TL_CLOSED, tl_try_send(belt, &item));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 2));
    steps(1);
    CHECK_TRACE("-1 -10000 ");
    CHECK_RESULT(TL_CLOSED, tl_try_receive(belt, &item));
    CHECK_INT(9, item);
    CHECK_OK(tl_world_destroy(world));
}

TEST(closing_wakes_those_that_receive)
{
    make_belt(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 1));
    steps(1);
    CHECK_OK(tl_channel_close(belt));
    steps(1);
    CHECK_TRACE("-10000 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(destroying_wakes_those_that_wait)
{
    make_belt(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 1));
    steps(1);
    CHECK_OK(tl_channel_destroy(belt));
    steps(1);
    CHECK_TRACE("-200 "); // TL_CANCELLED
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(tries_a_while, tl_nothing, unused)
{
    int item = 1;
    CHECK_RESULT(TL_TIMED_OUT, tl_receive(belt, &item, TL_WITHIN(0.05)));
    CHECK_OK(tl_send(belt, &item, TL_WITHIN(0.05)));
    CHECK_RESULT(TL_TIMED_OUT, tl_send(belt, &item, TL_WITHIN(0.05)));
    CHECK_RESULT(TL_TIMED_OUT, tl_send(belt, &item, TL_WITHIN(0)));
    CHECK_UINT(1, tl_channel_count(belt));
    note("done@%ju", (uintmax_t)tl_world_get_time(world).steps);
}

TEST(waiting_with_a_limit)
{
    make_belt(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, tries_a_while, {0}));
    steps(20);
    CHECK_TRACE("done@7");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_cancelled_sender_sends_nothing)
{
    make_belt(1);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, sends, {1, 2}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, 2));
    steps(2);
    CHECK_TRACE("+1 -1 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(misuses, tl_nothing, unused)
{
    int item = 0;
    CHECK_MISUSE(TL_ERROR_OTHER_WORLD, tl_send(belt, &item));
    CHECK_MISUSE(TL_ERROR_OTHER_WORLD, tl_receive(belt, &item));
    int_channel none = {.channel = {0}};
    CHECK_RESULT(TL_ERROR_STALE, tl_send(none, &item));
    CHECK_MISUSE(TL_ERROR_NULL, tl_send(belt, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_receive(none, &item));
    CHECK_MISUSE(TL_ERROR_NULL, tl_receive(belt, NULL));
    note("refused ");
}

TL_SCRIPT(waits_for_the_dead, int_channel, gone)
{
    int item = 0;
    CHECK_RESULT(TL_ERROR_STALE, tl_send(*gone, &item));
    CHECK_RESULT(TL_ERROR_STALE, tl_receive(*gone, &item));
    CHECK_RESULT(TL_ERROR_STALE, tl_race(TL_ON_SEND(*gone, &item), TL_AFTER(1)).result);
    CHECK_RESULT(TL_ERROR_STALE, tl_race(TL_ON_RECEIVE(*gone, &item), TL_AFTER(1)).result);
    note("stale ");
}

static void check_stale(int_channel gone)
{
    int item = 0;
    CHECK_RESULT(TL_ERROR_STALE, tl_try_send(gone, &item));
    CHECK_RESULT(TL_ERROR_STALE, tl_try_receive(gone, &item));
    CHECK_RESULT(TL_ERROR_STALE, tl_channel_peek(gone, 0, &item));
    CHECK_UINT(0, tl_channel_count(gone));
    CHECK_UINT(0, tl_channel_capacity(gone));
    CHECK(tl_channel_is_closed(gone));
    CHECK_RESULT(TL_ERROR_STALE, tl_channel_close(gone));
    CHECK_RESULT(TL_ERROR_STALE, tl_channel_destroy(gone));
}

TEST(an_id_outlives_its_world)
{
    int_channel gone, other;
    make_world(60);
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, NULL, 2, &gone));
    tl_world *before = world;
    CHECK_OK(tl_world_destroy(world));
    check_stale(gone);
    // Makes worlds until one lies where the destroyed one was. With most allocators it is the first, with some none.
    for (int i = 0; i < 100; ++i) {
        make_world(60);
        CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, NULL, 2, &other));
        CHECK_UINT(gone.channel.index1, other.channel.index1);
        CHECK_UINT(gone.channel.generation, other.channel.generation);
        check_stale(gone);
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_the_dead, gone));
        steps(1);
        CHECK_TRACE("stale ");
        CHECK_UINT(0, tl_channel_count(other));
        bool same = world == before;
        CHECK_OK(tl_world_destroy(world));
        if (same)
            break;
    }
}

TEST(misuse)
{
    make_belt(1);
    int item = 0;
    int_channel none = belt;
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_channel_create(world, TL_NO_ENTITY, "x", 0, &none));
    CHECK_UINT(0, none.channel.index1);
    CHECK_MISUSE(TL_ERROR_NULL, tl_channel_create(NULL, TL_NO_ENTITY, "x", 1, &none));
    CHECK_MISUSE(TL_ERROR_NULL, tl__channel_create(world, TL_NO_ENTITY, "x", 1, 1, NULL));
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY,
                 tl__channel_create(world, TL_NO_ENTITY, "x", UINT32_MAX, SIZE_MAX / 8, &none.channel));
    tl_entity dead = make(TL_NO_ENTITY);
    CHECK_OK(tl_entity_destroy(world, dead));
    CHECK_RESULT(TL_ERROR_STALE, tl_channel_create(world, dead, NULL, 1, &none));
    CHECK_RESULT(TL_ERROR_STALE, tl_channel_destroy(none));
    CHECK_RESULT(TL_ERROR_STALE, tl_channel_close(none));
    CHECK_RESULT(TL_ERROR_STALE, tl_channel_peek(none, 0, &item));
    CHECK_RESULT(TL_ERROR_STALE, tl_try_send(none, &item));
    CHECK_RESULT(TL_ERROR_STALE, tl_try_receive(none, &item));
    CHECK_UINT(0, tl_channel_count(none));
    CHECK_UINT(0, tl_channel_capacity(none));
    CHECK(tl_channel_is_closed(none));
    CHECK_MISUSE(TL_ERROR_NULL, tl_channel_peek(belt, 0, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_try_send(belt, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_try_receive(belt, NULL));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_send(belt, &item));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_receive(belt, &item));
    tl_world *other = NULL;
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &other));
    CHECK_OK(tl_spawn(other, TL_NO_ENTITY, NULL, misuses, {0}));
    CHECK_OK(tl_world_step(other));
    CHECK_TRACE("refused ");
    CHECK_OK(tl_world_destroy(other));
    CHECK_OK(tl_world_destroy(world));
}
