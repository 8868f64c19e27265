// SPDX-License-Identifier: MIT
// Races whose arms are no children but events, channels and times; and what a lost arm must leave untouched.
#include "sources.h"

TL_SCRIPT(selects, tl_nothing, unused)
{
    int good = 70;
    CHECK_OK(tl_send(goods, &good)); // the channel is full now
    for (;;) {
        int rung = -1, order = -1;
        ++good;
        tl_race_outcome outcome =
            tl_race(TL_ON(bell, &rung), TL_ON_RECEIVE(orders, &order), TL_ON_SEND(goods, &good), TL_AFTER(0.5));
        int came = outcome.result == TL_OK ? outcome.winner : outcome.result;
        note("%d:%d,%d@%ju ", came, rung, order, step_count());
        if (outcome.winner < 0)
            return;
    }
}

TEST(one_wait_for_several_sources_says_which_came)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, selects, {0}));
    steps(1);
    CHECK_OK(tl_emit(bell, 5));
    steps(1);
    CHECK_TRACE("0:5,-1@2 ");
    int item = 8;
    CHECK_OK(tl_try_send(orders, &item));
    steps(1);
    CHECK_TRACE("1:-1,8@3 ");
    CHECK_OK(tl_try_receive(goods, &item));
    CHECK_INT(70, item);
    steps(1);
    CHECK_TRACE("2:-1,-1@4 ");
    steps(30);
    CHECK_TRACE("3:-1,-1@34 ");
    CHECK_OK(tl_try_receive(goods, &item));
    CHECK_INT(73, item); // the items of arms that lost were not sent
    CHECK_OK(tl_event_destroy(bell));
    CHECK_OK(tl_channel_destroy(orders));
    CHECK_OK(tl_channel_close(goods));
    steps(1);
    CHECK_TRACE("2:-1,-1@35 -5:-1,-1@35 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(takes_what_is_there, tl_nothing, unused)
{
    int first = -1, second = -1;
    CHECK_INT(0, tl_race(TL_ON_RECEIVE(orders, &first), TL_ON_RECEIVE(orders, &second)).winner);
    CHECK_INT(11, first);
    CHECK_INT(1, tl_race(TL_CHILD(walks, {"a", 1}), TL_ON_RECEIVE(orders, &second), TL_CHILD(walks, {"b", 0})).winner);
    CHECK_INT(12, second);
    CHECK_INT(0, tl_race(TL_CHILD(walks, {"c", 0}), TL_ON_RECEIVE(orders, &second)).winner);
    CHECK_UINT(1, tl_channel_count(orders));
    note("@%ju ", step_count());
}

TEST(what_is_there_wins_at_once_and_the_rest_is_left)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, takes_what_is_there, {0}));
    for (int item = 11; item <= 12; ++item)
        CHECK_OK(tl_try_send(orders, &item));
    struct {
        int_channel to;
    } third = {orders};
    (void)third;
    CHECK_RESULT(TL_WOULD_WAIT, tl_try_send(orders, &(int){13}));
    CHECK_OK(tl_channel_destroy(goods));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "orders", 3, &goods));
    int_channel full = orders;
    orders = goods;
    for (int item = 11; item <= 13; ++item)
        CHECK_OK(tl_try_send(orders, &item));
    steps(1);
    CHECK_TRACE("a( unwound c( c) @1 ");
    CHECK_UINT(2, tl_channel_count(full));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(emits_five, tl_nothing, unused)
{
    CHECK_OK(tl_wait_step());
    CHECK_OK(tl_emit(bell, 5));
    note("emitted ");
}

TL_SCRIPT(hears_twice, tl_nothing, unused)
{
    int left = 0, right = 0;
    CHECK_INT(0, tl_race(TL_ON(bell, &left), TL_ON(bell, &right)).winner);
    note("%d %d ", left, right);
    tl_script other;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &other, emits_five, {0}));
    CHECK_OK(tl_sync(TL_ON(bell, &left), TL_ON(bell, &right), TL_ON_SCRIPT(other), TL_AFTER(0.1)));
    note("%d %d@%ju ", left, right, step_count());
}

TEST(one_emit_for_several_arms)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hears_twice, {0}));
    steps(1);
    CHECK_OK(tl_emit(bell, 3));
    steps(10);
    CHECK_TRACE("3 0 emitted 5 5@8 ");
    CHECK_OK(tl_world_destroy(world));
}

// What a lost arm must leave untouched.

TL_SCRIPT(races_time_and_channel, tl_nothing, unused)
{
    int item = -1;
    CHECK_INT(1, tl_race(TL_AFTER(0), TL_ON_RECEIVE(orders, &item)).winner); // a present item comes before any time
    CHECK_INT(1, item);
    item = -1;
    CHECK_INT(0, tl_race(TL_AFTER(0), TL_ON_RECEIVE(orders, &item)).winner);
    CHECK_INT(-1, item);
    int came = tl_race(TL_AFTER(0.1), TL_ON_RECEIVE(orders, &item)).winner;
    note("%d:%d@%ju ", came, item, step_count());
}

TL_SCRIPT(sends_late, tl_nothing, unused)
{
    CHECK_OK(tl_wait_steps(6));
    CHECK_OK(tl_try_send(orders, &(int){7}));
}

TEST(no_item_is_lost_to_a_time)
{
    make_sources();
    CHECK_OK(tl_try_send(orders, &(int){1}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races_time_and_channel, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sends_late, {0}));
    steps(9);
    CHECK_TRACE("1:7@7 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(races_with_itself, tl_nothing, unused)
{
    int sent = 9, received = -1;
    CHECK_INT(1, tl_race(TL_ON_SEND(goods, &sent), TL_ON_RECEIVE(goods, &received)).winner); // the channel is full
    CHECK_INT(4, received);
    CHECK_UINT(0, tl_channel_count(goods));
    CHECK_INT(1, tl_race(TL_ON_RECEIVE(goods, &received), TL_ON_SEND(goods, &sent)).winner);
    CHECK_INT(4, received);
    CHECK_UINT(1, tl_channel_count(goods));
    note("done ");
}

TEST(a_race_does_not_serve_itself)
{
    make_sources();
    CHECK_OK(tl_try_send(goods, &(int){4}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races_with_itself, {0}));
    steps(1);
    CHECK_TRACE("done ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(asks_at_once, tl_nothing, unused)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_race_within(TL_WITHIN(0), TL_ON(bell, NULL)).result);
    CHECK_RESULT(TL_TIMED_OUT, tl_sync_within(TL_WITHIN(0), TL_ON(bell, NULL)));
    note("not yet ");
}

TL_SCRIPT(rings, tl_nothing, unused)
{
    CHECK_OK(tl_emit(bell, 1));
}

TEST(a_limit_of_nothing_waits_for_nothing)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, asks_at_once, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, rings, {0}));
    steps(1);
    CHECK_TRACE("not yet ");
    CHECK_OK(tl_world_destroy(world));
}
