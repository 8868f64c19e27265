// What is told when no worker can go on, though jobs wait.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/log.h"

static char told[4096];
static atomic_int told_times;
static tl_counter after_it; // the main thread waits for this
static tl_condition *to_signal;

static void keep(const tl_log *item)
{
    CHECK_INT(to_signal != NULL ? TL_LOG_ALL_IDLE : TL_LOG_DEADLOCK, item->id);
    atomic_fetch_add(&told_times, 1);
    snprintf(told, sizeof told, "%s", item->text);
    if (to_signal != NULL)
        CHECK_OK(tl_condition_broadcast(to_signal));
    else
        CHECK_OK(tl_counter_finish(&after_it));
}

static void begin(void)
{
    tl_set_log_hook(keep);
    told[0] = 0;
    told_times = 0;
    to_signal = NULL;
    after_it = (tl_counter){.name = "what the test does next"};
    CHECK_OK(tl_counter_add(&after_it, 1));
}

static void expect_told(const char *words)
{
    if (strstr(told, words) == NULL)
        check_fail(__FILE__, __LINE__, "\"%s\" is not in:\n%s", words, told);
}

struct pair {
    tl_counter *wait_for;
};

TL_JOB(chicken, struct pair, p)
{
    tl_counter_wait(p->wait_for);
}

TL_JOB(egg, struct pair, p)
{
    tl_counter_wait(p->wait_for);
}

TEST(a_circle_of_counters_is_told)
{
    AT_EVERY_SIZE_WITH (jobs, .large_fiber_count = 160) {
        begin();
        tl_counter chickens = {.name = "chickens"}, eggs = {.name = "eggs"};
        tl_job_desc apart = {.stack = TL_STACK_LARGE}; // neither on the other's stack
        CHECK_OK(tl_counter_add(&eggs, 1));
        CHECK_OK(tl_job_run_with(jobs, &apart, &chickens, chicken, {&eggs}));
        CHECK_OK(tl_job_run_with(jobs, &apart, &eggs, egg, {&chickens}));
        CHECK_OK(tl_counter_finish(&eggs));
        CHECK_OK(tl_counter_wait(&after_it));
        expect_told("in a circle:");
        expect_told("\n    chicken waits for the counter eggs, which counts egg");
        expect_told("\n    egg waits for the counter chickens, which counts chicken");
        expect_told("\n  besides:\n    the main thread waits for the counter what the test does next");
        CHECK_OK(tl_jobs_destroy(jobs));
        CHECK_INT(1, told_times);
        jobs = jobs_at_create(&(tl_jobs_desc){.workers = 1});
    }
}

struct two {
    tl_mutex *mine, *other;
    tl_counter *both_hold;
};

TL_JOB(take_two, struct two, t)
{
    tl_scoped_lock(t->mine);
    CHECK_OK(tl_counter_finish(t->both_hold));
    CHECK_OK(tl_counter_wait(t->both_hold));
    tl_scoped_lock(t->other); // the second one gets it when the first is cancelled
}

TL_JOB(wait_for_them, struct pair, p)
{
    tl_counter_wait(p->wait_for);
}

TEST(a_circle_of_mutexes_is_told)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        tl_mutex left = {.name = "left"}, right = {.name = "right"};
        tl_counter both_hold = {0}, forks = {.name = "forks"};
        CHECK_OK(tl_counter_add(&both_hold, 2));
        CHECK_OK(tl_job_run(jobs, &forks, take_two, {&left, &right, &both_hold}));
        CHECK_OK(tl_job_run(jobs, &forks, take_two, {&right, &left, &both_hold}));
        tl_job_desc apart = {.stack = TL_STACK_LARGE}; // else it would run one of them itself
        CHECK_OK(tl_job_run_with(jobs, &apart, NULL, wait_for_them, {&forks}));
        CHECK_OK(tl_counter_wait(&after_it));
        expect_told("\n    take_two waits for the mutex left, which take_two holds");
        expect_told("\n    take_two waits for the mutex right, which take_two holds");
        expect_told("besides:");
        expect_told("\n    wait_for_them waits for the counter forks");
        CHECK_OK(tl_jobs_destroy(jobs));
        CHECK_INT(1, told_times);
        jobs = jobs_at_create(&(tl_jobs_desc){.workers = 1});
    }
}

struct signalled {
    tl_mutex *mutex;
    tl_condition *condition;
};

TL_JOB(wait_for_signal, struct signalled, s)
{
    tl_scoped_lock(s->mutex);
    CHECK_OK(tl_condition_wait(s->condition, s->mutex));
}

TEST(jobs_that_nobody_can_wake_are_told_of)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        tl_mutex mutex = {0};
        tl_condition bell = {.name = "bell"};
        tl_counter done = {.name = "guards"};
        to_signal = &bell;
        for (int i = 0; i < 3; ++i)
            CHECK_OK(tl_job_run(jobs, &done, wait_for_signal, {&mutex, &bell}));
        CHECK_OK(tl_counter_wait(&done)); // the hook wakes them
        expect_told(
            "every worker is idle, and only a thread outside could wake the jobs that wait:\n    wait_for_signal");
        expect_told("\n    wait_for_signal waits for the condition bell");
        expect_told("\n    the main thread waits for the counter guards");
        CHECK_INT(1, told_times);
    }
}

static void refuse(const tl_log *item)
{
    check_fail(__FILE__, __LINE__, "told without reason: %s", item->text);
}

struct outside {
    tl_jobs *jobs;
    tl_counter *gate;
};

static void *open_when_all_sleep(void *outside)
{
    const struct outside *o = outside;
    for (tl_jobs_info info = {0}; info.waiting == 0 || info.sleeping < info.workers;)
        CHECK_OK(tl_jobs_get_info(o->jobs, &info));
    CHECK_OK(tl_counter_finish(o->gate));
    return NULL;
}

TEST(waiting_for_a_thread_outside_is_no_deadlock)
{
    tl_set_log_hook(refuse);
    AT_EVERY_SIZE (jobs) {
        tl_counter gate = {.name = "gate"}, done = {0};
        struct outside outside = {jobs, &gate};
        CHECK_OK(tl_counter_add(&gate, 1));
        pthread_t thread;
        CHECK_INT(0, pthread_create(&thread, NULL, open_when_all_sleep, &outside));
        CHECK_OK(tl_job_run(jobs, &done, wait_for_them, {&gate}));
        CHECK_OK(tl_counter_wait(&done));
        pthread_join(thread, NULL);
    }
}
