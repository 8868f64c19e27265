// SPDX-License-Identifier: MIT
#include "base/wheel.h"

#include <stdlib.h>

#include "check.h"

enum { COUNT = 300, SHIFT = 5, WHEELS = 2 };

typedef struct item {
    tl__heap_node node;
    int64_t time;
    uint64_t order;
    int in; ///< number of the wheel, from 1 on; 0: in none
} item;

static item items[COUNT];
static tl__wheel wheels[WHEELS];
static tl__wheel_store store;
static int64_t now[WHEELS];

static bool comes_before(const tl__heap_node *left, const tl__heap_node *right)
{
    return ((const item *)left)->order < ((const item *)right)->order;
}

static void make_wheels(uint32_t count, int shift)
{
    CHECK_OK(tl__wheel_store_reserve(&store, count, WHEELS));
    for (int i = 0; i < WHEELS; ++i) {
        tl__wheel_init(&wheels[i], &store, shift, comes_before);
        CHECK_OK(tl__wheel_reserve(&wheels[i], count));
    }
}

static void free_wheels(void)
{
    for (int i = 0; i < WHEELS; ++i)
        tl__wheel_free(&wheels[i]);
    tl__wheel_store_free(&store);
}

/// Returns the first item that is due, searched for among all.
static item *first_of(int wheel)
{
    item *found = NULL;
    for (int i = 0; i < COUNT; ++i)
        if (items[i].in == wheel + 1 && items[i].time <= now[wheel] &&
            (found == NULL || items[i].time < found->time ||
             (items[i].time == found->time && items[i].order < found->order)))
            found = &items[i];
    return found;
}

/// Times as games have them: mostly soon and often alike, at times late, or never.
static int64_t some_time(uint64_t *random, int64_t after)
{
    uint64_t choice = check_random(random) % 100, far = check_random(random);
    if (choice < 3)
        return INT64_MAX;
    int64_t ahead = (int64_t)(far % (choice < 40   ? 20
                                     : choice < 70 ? 3000
                                     : choice < 90 ? 400000
                                                   : (uint64_t)1 << (far % 56)));
    return (int64_t)1 << 58 < after ? after + ahead % 1000 : after + ahead;
}

static void take_all_that_came(int wheel)
{
    for (item *want; (want = first_of(wheel)) != NULL;) {
        CHECK_POINTER(want, tl__wheel_first(&wheels[wheel], now[wheel]));
        tl__wheel_take_first(&wheels[wheel], &want->node);
        want->in = 0;
    }
    CHECK_POINTER(NULL, tl__wheel_first(&wheels[wheel], now[wheel]));
}

TEST(random_times_against_a_search)
{
    uint64_t random = 7;
    make_wheels(COUNT, SHIFT);
    for (int round = 0; round < 60000; ++round) {
        item *chosen = &items[check_random(&random) % COUNT];
        int wheel = (int)(check_random(&random) % WHEELS);
        if (chosen->in != 0) {
            tl__wheel_take(&wheels[chosen->in - 1], &chosen->node);
            chosen->in = 0;
        } else {
            chosen->time = some_time(&random, now[wheel]);
            chosen->order = check_random(&random); // no two alike
            chosen->in = wheel + 1;
            tl__wheel_put(&wheels[wheel], &chosen->node, chosen->time);
        }
        if (check_random(&random) % 4 != 0)
            continue;
        int64_t later = some_time(&random, now[wheel]);
        now[wheel] = later < INT64_MAX - 1 ? later : now[wheel];
        take_all_that_came(wheel);
        uint32_t count = 0;
        for (int i = 0; i < COUNT; ++i)
            count += items[i].in == wheel + 1;
        CHECK_UINT(count, wheels[wheel].count);
    }
    free_wheels();
}

/// However the items lie, the wheels need no more chunks of the store than were reserved.
TEST(each_in_a_bucket_of_its_own_needs_no_more_than_was_reserved)
{
    make_wheels(COUNT, 0);
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < COUNT; ++i)
            tl__wheel_put(&wheels[i % 2], &items[i].node,
                          now[i % 2] + 1 + (round % 2 != 0 ? (int64_t)i * 97 : ((int64_t)1 << i % 40) + i));
        CHECK(store.used <= store.capacity);
        for (int i = 0; i < COUNT; ++i)
            tl__wheel_take(&wheels[i % 2], &items[i].node);
        for (int wheel = 0; wheel < WHEELS; ++wheel)
            CHECK_POINTER(NULL, tl__wheel_first(&wheels[wheel], now[wheel] += 1000));
    }
    uint32_t most = store.used;
    CHECK(most <= COUNT + COUNT / TL__WHEEL_CHUNK + 2);
    free_wheels();
}

/// Items of one tick, and then items of one time, come in order.
TEST(what_comes_at_once_comes_in_order)
{
    make_wheels(COUNT, 10);
    for (int same = 0; same < 2; ++same) {
        now[0] = 5000 * (same + 1);
        for (int i = 0; i < COUNT; ++i) {
            int shuffled = i * 7 % COUNT;
            items[shuffled].order = (uint64_t)shuffled;
            tl__wheel_put(&wheels[0], &items[shuffled].node, now[0] + 700 + (same ? 0 : shuffled));
        }
        CHECK_POINTER(NULL, tl__wheel_first(&wheels[0], now[0] + 699));
        for (int i = 0; i < COUNT; ++i) {
            CHECK_POINTER(&items[i], tl__wheel_first(&wheels[0], now[0] + 1400));
            tl__wheel_take_first(&wheels[0], &items[i].node);
        }
    }
    CHECK_UINT(0, wheels[0].count);
    free_wheels();
}

/// Some items are taken out of a bucket after others of it have come.
TEST(some_of_a_bucket_are_taken_before_they_come)
{
    make_wheels(COUNT, 6);
    for (int i = 0; i < COUNT; ++i) {
        items[i].order = (uint64_t)i;
        tl__wheel_put(&wheels[0], &items[i].node, 64 + i % 60);
    }
    for (int time = 64; time < 64 + 60; ++time) {
        for (int i = 0; i < COUNT; ++i)
            if (i % 60 == time - 64 + 1 && i % 2 != 0)
                tl__wheel_take(&wheels[0], &items[i].node);
        for (const tl__heap_node *first; (first = tl__wheel_first(&wheels[0], time)) != NULL;) {
            CHECK_INT(time - 64, (int)(((const item *)first)->order % 60));
            tl__wheel_take_first(&wheels[0], &items[((const item *)first)->order].node);
        }
    }
    CHECK_UINT(0, wheels[0].count);
    free_wheels();
}
