// SPDX-License-Identifier: MIT
// The deque of a worker: each job is taken once, whole, by the deque's owner or by a thief.
#include "job/deque.h"

#include <string.h>

#include "check.h"
#include "explore.h"

enum { JOBS = 7, SIZE = 4, THIEVES = 2, TRIES = 3, WORDS = TL__JOB_NEAR_WORDS + 1 };

static struct {
    tl__deque deque;
    tl__job_slot slots[SIZE];
} owner, thieves[THIEVES];

static int got[JOBS];
static char payload[JOBS];

static void init(tl__deque *deque, tl__job_slot *slots)
{
    *deque = (tl__deque){.mask = SIZE - 1, .slots = slots};
}

static tl__job make(int number)
{
    tl__job job = {.args_words = WORDS};
    job.args[0] = (uint64_t)number;
    job.args[WORDS - 1] = ~(uint64_t)number;
    return job;
}

static void use(const tl__job *job)
{
    CHECK_UINT(WORDS, job->args_words);
    CHECK_UINT(~job->args[0], job->args[WORDS - 1]);
    CHECK(job->args[0] < JOBS);
    explore_read(&payload[job->args[0]]); // what the owner wrote before it pushed the job
    ++got[job->args[0]];
}

static void *steal(void *thief)
{
    tl__deque *own = thief;
    for (int i = 0; i < TRIES; ++i) {
        tl__job job;
        if (tl__deque_steal(&owner.deque, own, &job) > 0)
            use(&job);
        while (tl__deque_take(own, &job))
            use(&job);
    }
    return NULL;
}

static void push_and_take(void)
{
    memset(got, 0, sizeof got);
    init(&owner.deque, owner.slots);
    int threads[THIEVES];
    for (int i = 0; i < THIEVES; ++i) {
        init(&thieves[i].deque, thieves[i].slots);
        threads[i] = explore_start(steal, &thieves[i].deque);
    }
    tl__job job;
    for (int pushed = 0; pushed < JOBS;) {
        job = make(pushed);
        explore_write(&payload[pushed]);
        if (explore_choose(3) != 0 && tl__deque_push(&owner.deque, &job))
            ++pushed;
        else if (tl__deque_take(&owner.deque, &job))
            use(&job);
    }
    while (tl__deque_take(&owner.deque, &job))
        use(&job);
    for (int i = 0; i < THIEVES; ++i)
        explore_join(threads[i]);
    CHECK_UINT(0, tl__deque_count(&owner.deque));
    for (int i = 0; i < JOBS; ++i)
        CHECK_INT(1, got[i]);
}

TEST(each_job_is_got_once)
{
    explore(100000, push_and_take);
}
