// SPDX-License-Identifier: MIT
// Producers and consumers with locks, on all cores: each is a job, and waits on its fiber while the belt is full or
// empty. Which consumer gets which item changes from run to run; the totals do not.
#include <stdio.h>

#include "telar/job.h"
#include "telar/lock.h"

enum { PRODUCERS = 4, CONSUMERS = 3, ITEMS = 3000, ROOM = 8 }; // ITEMS: for each producer

static struct {
    tl_mutex mutex;
    tl_condition not_full, not_empty;
    int items[ROOM], count, first;
    int still_produce;
} belt = {.mutex = {.name = "belt"}, .still_produce = PRODUCERS};

/// Number and sum of the consumed items. Locked for a few instructions only.
static struct {
    tl_spinlock spin;
    long items, sum;
} ledger;

/// Counts lines that all jobs write. Functions that lock it call each other.
static struct {
    tl_recursive_mutex lock;
    int lines;
} diary = {.lock = {.name = "diary"}};

static void note(void)
{
    tl_scoped_lock(&diary.lock);
    ++diary.lines;
}

static void note_twice(void)
{
    tl_scoped_lock(&diary.lock);
    note(); // locks the diary again
    note();
}

struct producer {
    int first_item;
};

TL_JOB(produce, struct producer, me)
{
    for (int i = 0; i < ITEMS; ++i) {
        tl_scoped_lock(&belt.mutex);
        while (belt.count == ROOM)
            tl_condition_wait(&belt.not_full, &belt.mutex);
        belt.items[(belt.first + belt.count++) % ROOM] = me->first_item + i;
        tl_condition_signal(&belt.not_empty);
    }
    note_twice();
    tl_scoped_lock(&belt.mutex);
    if (--belt.still_produce == 0)
        tl_condition_broadcast(&belt.not_empty); // no more items will come
}

/// Takes an item off the belt. Returns false when the belt is empty for good.
static bool take(int *item)
{
    tl_scoped_lock(&belt.mutex);
    while (belt.count == 0 && belt.still_produce > 0)
        tl_condition_wait(&belt.not_empty, &belt.mutex);
    if (belt.count == 0)
        return false;
    *item = belt.items[belt.first];
    belt.first = (belt.first + 1) % ROOM;
    --belt.count;
    tl_condition_signal(&belt.not_full);
    return true;
}

TL_JOB(consume, tl_nothing, unused)
{
    for (int item; take(&item);) {
        tl_scoped_lock(&ledger.spin);
        ++ledger.items;
        ledger.sum += item;
    }
    note();
}

int main(void)
{
    tl_job_system *jobs = NULL;
    tl_result made = tl_job_system_create(&(tl_job_system_desc){0}, &jobs);
    if (made != TL_OK) {
        fprintf(stderr, "locks: %s\n", tl_result_string(made));
        return 1;
    }
    tl_counter done = {.name = "all"};
    for (int i = 0; i < CONSUMERS; ++i)
        tl_job_run(jobs, &done, consume, {0});
    for (int i = 0; i < PRODUCERS; ++i)
        tl_job_run(jobs, &done, produce, {i * ITEMS});
    tl_counter_wait(&done);
    tl_job_system_destroy(jobs);
    printf("%d producers made %d items each; %d consumers took %ld, worth %ld; %d lines in the diary\n", PRODUCERS,
           ITEMS, CONSUMERS, ledger.items, ledger.sum, diary.lines);
    return 0;
}
