// SPDX-License-Identifier: MIT
// What is reported when no worker can continue, though jobs wait.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/log.h"

static char reported[4096];
static atomic_int reported_times;
static tl_counter after_it; // the main thread waits for this
static tl_condition *to_signal;

static void keep(const tl_log *item)
{
    CHECK_INT(to_signal != NULL ? TL_LOG_ALL_IDLE : TL_LOG_DEADLOCK, item->id);
    atomic_fetch_add(&reported_times, 1);
    snprintf(reported, sizeof reported, "%s", item->text);
    if (to_signal != NULL)
        CHECK_OK(tl_condition_broadcast(to_signal));
    else
        CHECK_OK(tl_counter_finish(&after_it));
}

static void begin(void)
{
    tl_set_log_hook(keep);
    reported[0] = 0;
    reported_times = 0;
    to_signal = NULL;
    after_it = (tl_counter){.name = "what the test does next"};
    CHECK_OK(tl_counter_add(&after_it, 1));
}

static void expect_reported(const char *words)
{
    if (strstr(reported, words) == NULL)
        check_fail(__FILE__, __LINE__, "\"%s\" is not in:\n%s", words, reported);
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

TEST(a_circle_of_counters_is_reported)
{
    AT_EVERY_SIZE_WITH (jobs, .large_fiber_count = 160) {
        begin();
        tl_counter chickens = {.name = "chickens"}, eggs = {.name = "eggs"};
        tl_job_desc apart = {.stack = TL_STACK_LARGE}; // neither runs on the other's stack
        CHECK_OK(tl_counter_add(&eggs, 1));
        CHECK_OK(tl_job_run_with(jobs, &apart, &chickens, chicken, {&eggs}));
        CHECK_OK(tl_job_run_with(jobs, &apart, &eggs, egg, {&chickens}));
        CHECK_OK(tl_counter_finish(&eggs));
        CHECK_OK(tl_counter_wait(&after_it));
        expect_reported("in a circle:");
        expect_reported("\n    chicken waits for the counter eggs, which counts egg");
        expect_reported("\n    egg waits for the counter chickens, which counts chicken");
        expect_reported("\n  besides:\n    the main thread waits for the counter what the test does next");
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_INT(1, reported_times);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
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
    tl_scoped_lock(t->other); // the second job gets it when the first is cancelled
}

TL_JOB(wait_for_them, struct pair, p)
{
    tl_counter_wait(p->wait_for);
}

TEST(a_circle_of_mutexes_is_reported)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        tl_mutex left = {.name = "left"}, right = {.name = "right"};
        tl_counter both_hold = {0}, forks = {.name = "forks"};
        CHECK_OK(tl_counter_add(&both_hold, 2));
        CHECK_OK(tl_job_run(jobs, &forks, take_two, {&left, &right, &both_hold}));
        CHECK_OK(tl_job_run(jobs, &forks, take_two, {&right, &left, &both_hold}));
        tl_job_desc apart = {.stack = TL_STACK_LARGE}; // else it would run one of them on its own stack
        CHECK_OK(tl_job_run_with(jobs, &apart, NULL, wait_for_them, {&forks}));
        CHECK_OK(tl_counter_wait(&after_it));
        expect_reported("\n    take_two waits for the mutex left, which take_two holds");
        expect_reported("\n    take_two waits for the mutex right, which take_two holds");
        expect_reported("besides:");
        expect_reported("\n    wait_for_them waits for the counter forks");
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_INT(1, reported_times);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
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

TEST(jobs_that_no_job_can_wake_are_reported)
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
        expect_reported(
            "every worker is idle, and only a thread outside could wake the jobs that wait:\n    wait_for_signal");
        expect_reported("\n    wait_for_signal waits for the condition bell");
        expect_reported("\n    the main thread waits for the counter guards");
        CHECK_INT(1, reported_times);
    }
}

static void refuse(const tl_log *item)
{
    check_fail(__FILE__, __LINE__, "reported without reason: %s", item->text);
}

/// Waits until a job waits and all workers sleep. Between two looks it yields the CPU while it holds no lock: Valgrind
/// runs one thread at a time for a fixed number of blocks, so a loop without a system call may be stopped each time
/// inside a lock, and a worker that needs the lock never gets it.
static void until_all_sleep(tl_job_system *jobs)
{
    for (tl_job_system_info info = {0}; info.waiting == 0 || info.sleeping < info.workers; sched_yield())
        info = tl_job_system_get_info(jobs);
}

struct outside {
    tl_job_system *jobs;
    tl_counter *gate;
};

static void *open_when_all_sleep(void *outside)
{
    const struct outside *o = outside;
    until_all_sleep(o->jobs);
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

// The hook cannot break a circle that includes a thread, so these cases end the process inside the hook.

static const char *expected[3];

static void end_the_test(const tl_log *item)
{
    CHECK_INT(TL_LOG_DEADLOCK, item->id);
    snprintf(reported, sizeof reported, "%s", item->text);
    for (size_t i = 0; i < sizeof expected / sizeof *expected && expected[i] != NULL; ++i)
        expect_reported(expected[i]);
    _Exit(0);
}

static tl_mutex door = {.name = "door"};
static tl_counter visits = {.name = "visits"};

TL_JOB(visit, tl_nothing, unused)
{
    tl_scoped_lock(&door);
}

TEST(a_circle_through_the_main_thread_is_reported)
{
    tl_set_log_hook(end_the_test);
    expected[0] = "\n    visit waits for the mutex door, which the main thread holds";
    expected[1] = "\n    the main thread waits for the counter visits, which counts visit";
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 4});
    CHECK_OK(tl_mutex_lock(&door));
    CHECK_OK(tl_job_run(jobs, &visits, visit, {0}));
    CHECK_OK(tl_counter_wait(&visits));
    CHECK_UNREACHED();
}

static atomic_bool door_is_held;

static void *hold_and_wait(void *unused)
{
    CHECK_OK(tl_mutex_lock(&door));
    atomic_store(&door_is_held, true);
    CHECK_OK(tl_counter_wait(&visits));
    return unused;
}

/// Begins to wait for the door when the thread outside holds it and waits for the visits.
TL_JOB(visit_later, tl_nothing, unused)
{
    while (!atomic_load(&door_is_held) || __atomic_load_n(&visits.tl__waiters, __ATOMIC_ACQUIRE) == NULL)
        tl_yield(NULL);
    tl_scoped_lock(&door);
}

TEST(a_circle_behind_a_lock_of_a_thread_outside_is_reported)
{
    tl_set_log_hook(end_the_test);
    expected[0] = "\n    visit_later waits for the mutex door, which a thread outside holds";
    expected[1] = "\n    a thread outside waits for the counter visits, which counts visit_later";
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 4});
    CHECK_OK(tl_job_run(jobs, &visits, visit_later, {0}));
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, hold_and_wait, NULL));
    tl_counter never = {.name = "never"};
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.stack = TL_STACK_LARGE}), &never, wait_for_them, {&visits}));
    CHECK_OK(tl_counter_wait(&never));
    CHECK_UNREACHED();
}

enum { ITEMS = 50 };

static struct {
    tl_mutex mutex;
    tl_condition not_empty;
    int items, eaten;
} queue;

TL_JOB(eat, tl_nothing, unused)
{
    while (queue.eaten < ITEMS) {
        tl_scoped_lock(&queue.mutex);
        while (queue.items == 0)
            CHECK_OK(tl_condition_wait(&queue.not_empty, &queue.mutex));
        --queue.items;
        ++queue.eaten;
    }
}

/// Adds each item only when all workers sleep.
static void *feed(void *jobs)
{
    for (int i = 0; i < ITEMS; ++i) {
        until_all_sleep(jobs);
        CHECK_OK(tl_mutex_lock(&queue.mutex));
        ++queue.items;
        CHECK_OK(tl_mutex_unlock(&queue.mutex)); // first, as a job that waits for the mutex would be reported, too
        CHECK_OK(tl_condition_signal(&queue.not_empty));
    }
    return NULL;
}

static void count_idle(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_IDLE, item->id);
    atomic_fetch_add(&reported_times, 1);
}

TEST(what_a_thread_outside_feeds_is_reported_once)
{
    tl_set_log_hook(count_idle);
    for (uint32_t workers = 1; workers <= 4; workers *= 2) {
        tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = workers});
        reported_times = 0;
        memset(&queue, 0, sizeof queue);
        tl_counter done = {0};
        pthread_t thread;
        CHECK_OK(tl_job_run(jobs, &done, eat, {0}));
        CHECK_INT(0, pthread_create(&thread, NULL, feed, jobs));
        CHECK_OK(tl_counter_wait(&done));
        pthread_join(thread, NULL);
        CHECK_INT(ITEMS, queue.eaten);
        CHECK_INT(1, reported_times);
        jobs_at_destroy(jobs);
    }
}

enum { MOST_FED = 300, MEALS = 2 };

/// One condition for each job to wait for.
static struct {
    tl_mutex mutex;
    tl_condition has_meal;
    int meals;
} tables[MOST_FED];

TL_JOB(eat_at_a_table, int, at)
{
    tl_scoped_lock(&tables[*at].mutex);
    for (int eaten = 0; eaten < MEALS; ++eaten) {
        while (tables[*at].meals == 0)
            CHECK_OK(tl_condition_wait(&tables[*at].has_meal, &tables[*at].mutex));
        --tables[*at].meals;
    }
}

struct feast {
    tl_job_system *jobs;
    int tables;
};

static void *feed_all_tables(void *what)
{
    const struct feast *feast = what;
    for (int i = 0; i < MEALS * feast->tables; ++i) {
        until_all_sleep(feast->jobs);
        int at = i % feast->tables;
        CHECK_OK(tl_mutex_lock(&tables[at].mutex));
        ++tables[at].meals;
        CHECK_OK(tl_mutex_unlock(&tables[at].mutex)); // as in feed
        CHECK_OK(tl_condition_signal(&tables[at].has_meal));
    }
    return NULL;
}

static void count_and_keep_idle(const tl_log *item)
{
    count_idle(item);
    snprintf(reported, sizeof reported, "%s", item->text);
}

/// When there are more conditions than the library remembers, it does not report again and again: its only report says
/// that it is the last of its kind.
TEST(many_things_that_a_thread_outside_feeds_are_reported_once)
{
    tl_set_log_hook(count_and_keep_idle);
    static const int counts[] = {40, MOST_FED};
    for (int i = 0; i < 2; ++i) {
        struct feast feast = {jobs_at_create(&(tl_job_system_desc){.workers = 2, .fiber_count = 2 * MOST_FED}),
                              counts[i]};
        reported_times = 0;
        tl_counter done = {0};
        pthread_t thread;
        for (int at = 0; at < feast.tables; ++at)
            CHECK_OK(tl_job_run(feast.jobs, &done, eat_at_a_table, at));
        CHECK_INT(0, pthread_create(&thread, NULL, feed_all_tables, &feast));
        CHECK_OK(tl_counter_wait(&done));
        pthread_join(thread, NULL);
        CHECK_INT(1, reported_times);
        CHECK(counts[i] == 40 || strncmp(reported, "(the last report of this kind", 29) == 0);
        jobs_at_destroy(feast.jobs);
    }
}

TL_JOB(signal_bell, tl_nothing, unused)
{
    CHECK_OK(tl_condition_broadcast(to_signal));
}

static void wait_in_hook(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_IDLE, item->id);
    atomic_fetch_add(&reported_times, 1);
    tl_counter done = {0};
    CHECK_OK(tl_job_run(NULL, &done, signal_bell, {0}));
    CHECK_OK(tl_counter_wait(&done));
}

TEST(a_log_hook_may_run_jobs_and_wait_for_them)
{
    tl_set_log_hook(wait_in_hook);
    AT_EVERY_SIZE (jobs) {
        reported_times = 0;
        tl_mutex mutex = {0};
        tl_condition bell = {.name = "bell"};
        tl_counter done = {.name = "guards"};
        to_signal = &bell;
        for (int i = 0; i < 3; ++i)
            CHECK_OK(tl_job_run(jobs, &done, wait_for_signal, {&mutex, &bell}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(1, reported_times);
    }
}

static void yield_in_hook(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
    CHECK_MISUSE(TL_ERROR_IN_CALLBACK, tl_yield(NULL));
    CHECK_MISUSE(TL_ERROR_IN_CALLBACK, tl_exit(NULL));
    tl_counter_wait(&after_it); // polls, since its job cannot suspend
    atomic_fetch_add(&reported_times, 1);
}

TL_JOB(finish_after_it, tl_nothing, unused)
{
    CHECK_OK(tl_counter_finish(&after_it));
}

TEST(a_log_hook_in_a_job_may_wait_but_not_yield)
{
    begin();
    tl_set_log_hook(yield_in_hook);
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .fiber_count = 2}); // and a spare one
    tl_counter done = {0};
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_job_run(jobs, &done, wait_for_them, {&after_it}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW, .stack = TL_STACK_LARGE}), &done,
                             finish_after_it, {0}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT(1, reported_times);
    jobs_at_destroy(jobs);
}

static tl_fiber *own_fiber;

static void yield_in_hook_when_idle(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_IDLE, item->id);
    CHECK(tl_fiber_current() == own_fiber);
    CHECK_MISUSE(TL_ERROR_IN_CALLBACK, tl_yield(NULL));
    atomic_fetch_add(&reported_times, 1);
    CHECK_OK(tl_condition_broadcast(to_signal));
}

TL_FIBER(waits_on_its_own, struct signalled, what)
{
    tl_scoped_lock(what->mutex);
    CHECK_OK(tl_condition_wait(what->condition, what->mutex));
}

TL_JOB(resumes_a_fiber_of_its_own, struct signalled, what)
{
    tl_pool *pool;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &own_fiber, waits_on_its_own, *what));
    CHECK_RESULT(TL_FINISHED, tl_resume(own_fiber, NULL)); // the hook did not suspend it
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_log_hook_in_a_fiber_of_a_job_cannot_suspend_it)
{
    begin();
    tl_set_log_hook(yield_in_hook_when_idle);
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_mutex mutex = {0};
    tl_condition bell = {.name = "bell"};
    tl_counter done = {0};
    to_signal = &bell;
    CHECK_OK(tl_job_run(jobs, &done, wait_for_signal, {&mutex, &bell}));
    CHECK_OK(tl_job_run(jobs, &done, resumes_a_fiber_of_its_own, {&mutex, &bell}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT(1, reported_times);
    jobs_at_destroy(jobs);
}

static atomic_int hooks_left;

static void note_hook_left(void *unused)
{
    (void)unused;
    atomic_fetch_add(&hooks_left, 1);
}

static tl_counter never = {.name = "never"};

static void wait_for_good_in_hook(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
    tl_defer(note_hook_left, NULL);
    CHECK_OK(tl_counter_finish(&after_it));
    tl_counter_wait(&never);
    CHECK_UNREACHED();
}

TEST(a_job_that_waits_in_the_log_hook_is_cancelled_at_the_end)
{
    begin();
    tl_set_log_hook(wait_for_good_in_hook);
    CHECK_OK(tl_counter_add(&never, 1)); // a thread outside might finish it
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .fiber_count = 2, .fiber_limit = 2});
    for (int i = 0; i < 4; ++i) // as many as there are fibers, spare ones of workers included
        CHECK_OK(tl_job_run(jobs, NULL, wait_for_them, {&never}));
    CHECK_OK(tl_counter_wait(&after_it));
    jobs_at_destroy(jobs);
    CHECK_INT(1, hooks_left);
}
