// SPDX-License-Identifier: MIT
// Counters: a waiter is woken, sees what was written before the counter was finished, and may then free the counter.
#include "job/counter.h"

#include "check.h"
#include "explore.h"
#include "os/spin.h"

enum { FINISHERS = 3 };

static tl_counter counter;
static char payload[FINISHERS];

static void *finish(void *payload_at)
{
    explore_write(payload_at);
    tl__counter_done(&counter, 1);
    return NULL;
}

static void *wait(void *unused)
{
    CHECK_OK(tl_counter_wait(&counter));
    for (int i = 0; i < FINISHERS; ++i)
        explore_read(&payload[i]);
    return unused;
}

static void one_waits_and_frees(void)
{
    counter = (tl_counter){0};
    CHECK_OK(tl_counter_add(&counter, FINISHERS));
    int threads[FINISHERS];
    for (int i = 0; i < FINISHERS; ++i)
        threads[i] = explore_start(finish, &payload[i]);
    if (explore_choose(2) == 0)
        while (!tl_counter_is_done(&counter))
            tl__pause(&(uint32_t){0});
    wait(NULL);
    explore_retire(&counter, sizeof counter); // as if it lay on the stack of the waiting thread
    for (int i = 0; i < FINISHERS; ++i)
        explore_join(threads[i]);
}

TEST(no_thread_touches_a_counter_after_it_was_at_zero)
{
    explore(100000, one_waits_and_frees);
}

static void several_wait(void)
{
    counter = (tl_counter){0};
    CHECK_OK(tl_counter_add(&counter, FINISHERS));
    int threads[5];
    threads[0] = explore_start(wait, NULL);
    threads[1] = explore_start(wait, NULL);
    for (int i = 0; i < FINISHERS; ++i)
        threads[2 + i] = explore_start(finish, &payload[i]);
    for (int i = 0; i < 5; ++i)
        explore_join(threads[i]);
    wait(NULL);
}

TEST(all_who_wait_are_woken)
{
    explore(100000, several_wait);
}

static void *finish_two(void *unused)
{
    for (int i = 0; i < 2; ++i) {
        while (tl_counter_is_done(&counter))
            tl__pause(&(uint32_t){0});
        explore_write(&payload[i]);
        CHECK_OK(tl_counter_finish(&counter));
    }
    return unused;
}

static void count_while_others_wait(void)
{
    counter = (tl_counter){0};
    int finisher = explore_start(finish_two, NULL);
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(tl_counter_add(&counter, 1));
        CHECK_OK(tl_counter_wait(&counter));
        explore_read(&payload[i]);
    }
    explore_join(finisher);
}

TEST(a_counter_at_zero_may_be_used_again)
{
    explore(100000, count_while_others_wait);
}

static void *cancel(void *unused)
{
    CHECK_OK(tl_counter_cancel(&counter));
    return unused;
}

static void cancel_while_it_finishes(void)
{
    counter = (tl_counter){0};
    CHECK_OK(tl_counter_add(&counter, 1));
    int canceller = explore_start(cancel, NULL), finisher = explore_start(finish, &payload[0]);
    tl_result waited = tl_counter_wait(&counter);
    CHECK(waited == TL_OK || waited == TL_CANCELLED);
    explore_read(&payload[0]);
    explore_join(canceller);
    explore_join(finisher);
    CHECK(tl_counter_is_done(&counter));
    CHECK_RESULT(waited, tl_counter_wait(&counter));
}

TEST(cancelling_and_finishing_may_meet)
{
    explore(100000, cancel_while_it_finishes);
}
