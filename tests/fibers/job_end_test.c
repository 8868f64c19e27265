// SPDX-License-Identifier: MIT
// How job systems begin and end, what they refuse, and what they report when no job can continue.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"
#include "telar/log.h"

static char reported[4096];
static atomic_int report_count;

static tl_counter shared_gate;

static void keep(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
    if (atomic_fetch_add(&report_count, 1) == 0)
        snprintf(reported, sizeof reported, "%s", item->text);
    CHECK_OK(tl_counter_finish(&shared_gate));
}

TL_JOB(wait_for_gate, tl_nothing, unused)
{
    CHECK_OK(tl_counter_wait(&shared_gate));
}

TEST(when_all_fibers_wait_it_is_reported_and_the_last_one_polls)
{
    tl_set_log_hook(keep);
    AT_EVERY_SIZE_WITH (jobs, .fiber_count = 128) {
        reported[0] = 0;
        report_count = 0;
        shared_gate = (tl_counter){.name = "gate"};
        tl_counter done = {0};
        tl_counter_add(&shared_gate, 1);
        for (int i = 0; i < 300; ++i)
            CHECK_OK(tl_job_run(jobs, &done, wait_for_gate, {0}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(1, report_count);
        CHECK(strstr(reported, "wait_for_gate cannot wait for the counter gate") != NULL);
        CHECK(strstr(reported, "\n    wait_for_gate waits for the counter gate") != NULL);
    }
}

static atomic_int refused_loops;

TL_FOR_BODY(do_nothing, tl_nothing, unused, i)
{
}

TL_JOB(open_hold, tl_counter *, hold)
{
    while (atomic_load(&refused_loops) == 0)
        CHECK_OK(tl_yield(NULL));
    CHECK_OK(tl_counter_finish(*hold));
}

TL_JOB(loop_or_wait, tl_counter *, hold)
{
    if (tl_parallel_for(NULL, 10, 1, do_nothing, &(tl_nothing){0}) == TL_ERROR_ALL_WAITING) {
        CHECK_RESULT(TL_ERROR_ALL_WAITING, tl_job_call(NULL, wait_for_gate, &(tl_nothing){0}));
        atomic_fetch_add(&refused_loops, 1);
    } else {
        tl_counter_wait(*hold);
    }
}

static void be_silent(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
    atomic_fetch_add(&report_count, 1);
}

TEST(what_cannot_wait_for_certain_does_not_begin)
{
    tl_set_log_hook(be_silent);
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .fiber_count = 3}); // and a spare one
    tl_counter hold = {0}, done = {0};
    report_count = 0;
    tl_counter_add(&hold, 1);
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_job_run(jobs, &done, loop_or_wait, {&hold}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = TL_MAIN_WORKER, .stack = TL_STACK_LARGE}), &done,
                             open_hold, {&hold}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT(1, refused_loops);
    CHECK_INT(2, report_count);
    jobs_at_destroy(jobs);
}

static atomic_int cleaned, gone_on;

static void clean(void *unused)
{
    (void)unused;
    atomic_fetch_add(&cleaned, 1);
}

TL_JOB(wait_for_ever, tl_counter *, never)
{
    tl_defer(clean, NULL);
    tl_counter_wait(*never);
    CHECK_UNREACHED();
}

TL_JOB(wait_for_who_waits, tl_counter *, never)
{
    tl_defer(clean, NULL);
    tl_counter inner = {0};
    for (int i = 0; i < 3; ++i) // with large stacks, they do not run on the waiting job's stack
        CHECK_OK(tl_job_run_with(NULL, (&(tl_job_desc){.stack = TL_STACK_LARGE}), &inner, wait_for_ever, {*never}));
    CHECK_RESULT(TL_CANCELLED, tl_counter_wait(&inner));
    atomic_fetch_add(&gone_on, 1);
}

TL_JOB(wait_together, tl_counter *, never)
{
    tl_defer(clean, NULL);
    tl_counter inner = {0};
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_job_run(NULL, &inner, wait_for_ever, {*never}));
    tl_counter_wait(&inner);
}

TEST(destroying_cancels_what_still_waits)
{
    AT_EVERY_SIZE_WITH (jobs, .large_fiber_count = 160) {
        cleaned = gone_on = 0;
        tl_counter never = {0}, done = {0};
        tl_counter_add(&never, 1);
        for (int i = 0; i < 5; ++i)
            CHECK_OK(tl_job_run(jobs, &done, wait_for_who_waits, {&never}));
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_INT(20, cleaned);
        CHECK_INT(5, gone_on);
        CHECK_RESULT(TL_OK, tl_counter_wait(&done));
        CHECK_OK(tl_counter_finish(&never));
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

TEST(destroying_cancels_jobs_that_share_a_fiber)
{
    AT_EVERY_SIZE (jobs) {
        cleaned = 0;
        tl_counter never = {0};
        tl_counter_add(&never, 1);
        for (int i = 0; i < 5; ++i)
            CHECK_OK(tl_job_run(jobs, NULL, wait_together, {&never}));
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_INT(20, cleaned);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

struct circle {
    tl_counter *mine, *other;
};

TL_JOB(wait_for_the_other, struct circle, c)
{
    tl_defer(clean, NULL);
    tl_counter_wait(c->other);
}

TEST(destroying_cancels_a_circle)
{
    AT_EVERY_SIZE (jobs) {
        cleaned = 0;
        tl_counter one = {0}, two = {0};
        tl_counter_add(&one, 1);
        tl_counter_add(&two, 1);
        tl_job_desc apart = {.stack = TL_STACK_LARGE}; // so that neither is run on the other's stack
        CHECK_OK(tl_job_run_with(jobs, &apart, &one, wait_for_the_other, {&one, &two}));
        CHECK_OK(tl_job_run_with(jobs, &apart, &two, wait_for_the_other, {&two, &one}));
        tl_counter_finish(&one);
        tl_counter_finish(&two);
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_INT(2, cleaned);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

TL_JOB(count_one, atomic_int *, count)
{
    atomic_fetch_add(*count, 1);
}

struct counted {
    tl_counter *gate;
    atomic_int *count;
};

TL_JOB(start_more, struct counted, g)
{
    for (int i = 0; i < 10; ++i)
        CHECK_OK(tl_job_run(NULL, NULL, count_one, {g->count}));
}

TEST(destroying_runs_what_was_started_first)
{
    AT_EVERY_SIZE (jobs) {
        atomic_int count = 0;
        for (int i = 0; i < 50; ++i)
            CHECK_OK(tl_job_run(jobs, NULL, start_more, {NULL, &count}));
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = TL_MAIN_WORKER}), NULL, count_one, {&count}));
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_INT(501, count);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

TEST(descriptions_out_of_range_are_refused)
{
    static const char *const names[] = {"a", NULL};
    static const tl_job_system_desc wrong[] = {
        {.workers = TL_WORKERS_MAX + 1},
        {.workers = 200, .external_threads = 57},
        {.dedicated_count = 1},
        {.dedicated = names, .dedicated_count = 2},
        {.queue_size = 3},
        {.queue_size = 1},
        {.queue_size = 1 << 21},
        {.waiting_jobs = (1 << 20) + 1},
        {.workers = 4, .fiber_count = 7},
        {.workers = 4, .large_fiber_count = 7},
        {.workers = 4, .fiber_count = 16, .fiber_limit = 15},
        {.workers = 4, .large_fiber_count = 16, .large_fiber_limit = 15},
        {.workers = 4, .fiber_limit = (1 << 20) + 1},
        {.stack_size = 8 << 10},
        {.large_stack_size = 8 << 10},
        {.external_threads = UINT32_MAX},
    };
    tl_job_system *jobs = (tl_job_system *)(uintptr_t)8;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_job_system_create(&wrong[i], &jobs));
        CHECK_POINTER(NULL, jobs);
    }
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_system_create(NULL, &jobs));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_system_create(&wrong[0], NULL));
    CHECK_INT(0, jobs_at_allocations());
}

TEST(a_system_that_cannot_be_made_leaves_nothing)
{
    jobs_at_threads();
    tl_job_system *jobs = NULL;
    tl_job_system_desc desc = {.workers = 4, .fiber_count = 16, .large_fiber_count = 8};
    long failing = 0;
    for (tl_result made = TL_ERROR_OUT_OF_MEMORY; made != TL_OK; ++failing) {
        jobs_at_fail_after = failing;
        made = tl_job_system_create(&desc, &jobs);
        jobs_at_fail_after = -1;
        if (made == TL_OK)
            break;
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, made);
        CHECK_POINTER(NULL, jobs);
        CHECK_INT(0, jobs_at_allocations());
        CHECK_POINTER(NULL, tl_job_system_current());
    }
    CHECK(failing >= 5);
    jobs_at_destroy(jobs);
    for (int threads = 0; threads < 3; ++threads) {
        jobs_at_fail_thread_after = threads;
        CHECK_RESULT(TL_ERROR_SYSTEM, tl_job_system_create(&desc, &jobs));
        jobs_at_fail_thread_after = -1;
        CHECK_INT(0, jobs_at_allocations());
        while (jobs_at_threads() != 0)
            ;
    }
}

struct many_bytes {
    char bytes[TL_JOB_ARGS_MAX + 1];
};

static void run_nothing(void *args)
{
    (void)args;
}

static void run_no_range(void *arg, size_t begin, size_t end)
{
    (void)arg, (void)begin, (void)end;
}

TEST(misuse_is_answered_and_changes_nothing)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2}), *second = NULL;
    atomic_int count = 0;
    tl_counter done = {0};
    CHECK_MISUSE(TL_ERROR_HAS_JOB_SYSTEM, tl_job_system_create(&(tl_job_system_desc){0}, &second));
    CHECK_POINTER(NULL, second);
    CHECK_MISUSE(TL_ERROR_HAS_JOB_SYSTEM, tl_job_system_enter(jobs));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_system_enter(NULL));
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_system_leave(jobs));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_system_leave(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_system_destroy(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_system_run_pinned(NULL));
    CHECK_UINT(0, tl_job_system_get_info(NULL).workers);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_UINT(0, tl_job_system_find_worker(jobs, NULL).index1);
    CHECK_UINT(0, tl_job_system_find_worker(NULL, "a").index1);

    tl_fiber_entry large = {"large", "", 0, run_nothing, TL_JOB_ARGS_MAX + 1, 1};
    tl_fiber_entry aligned = {"aligned", "", 0, run_nothing, 64, 64};
    struct many_bytes bytes = {{0}};
    CHECK_MISUSE(TL_ERROR_ARGS_SIZE, tl_job_run_raw(jobs, NULL, &done, &large, &bytes));
    CHECK_MISUSE(TL_ERROR_ARGS_SIZE, tl_job_run_raw(jobs, NULL, &done, &aligned, &bytes));
    CHECK_MISUSE(TL_ERROR_ARGS_SIZE, tl_job_run_many_raw(jobs, NULL, &done, &large, &bytes, 1));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_run_raw(jobs, NULL, &done, &aligned, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_run_raw(jobs, NULL, &done, NULL, &bytes));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_run_many(jobs, &done, count_one, NULL, 2));
    static const tl_job_desc wrong[] = {
        {.priority = (tl_priority)3}, {.stack = (tl_job_stack)2}, {.worker = {3}}, {.worker = {UINT32_MAX}}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i)
        CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_job_run_with(jobs, &wrong[i], &done, count_one, {&count}));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_job_run_with(jobs, (&(tl_job_desc){.after = &done}), &done, count_one, {&count}));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_call_raw(jobs, NULL, &large, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_job_call_raw(jobs, &wrong[0], &large, &bytes));
    CHECK_MISUSE(TL_ERROR_NULL, tl_parallel_for_raw(jobs, NULL, 1, 1, &large, NULL, NULL));
    CHECK(tl_counter_is_done(&done));

    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_wait(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_add(NULL, 1));
    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_finish(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_cancel(NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_finish(&done));
    CHECK_OK(tl_counter_add(&done, INT32_MAX));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_add(&done, 1));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_job_run(jobs, &done, count_one, {&count}));
    CHECK_INT(0, count);
    jobs_at_destroy(jobs);
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_parallel_for_raw(NULL, NULL, 1, 1, &large, run_no_range, NULL));
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_call_raw(NULL, NULL, &large, &bytes));
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_run_many_raw(NULL, NULL, NULL, &large, &bytes, 1));
}

static void wait_in_clean_up(void *counter)
{
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_counter_wait(counter));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_job_call(NULL, count_one, &(atomic_int *){NULL}));
}

TL_JOB(misbehave, struct counted, g)
{
    tl_job_system *other = NULL, *own = tl_job_system_current();
    CHECK_MISUSE(TL_ERROR_IN_FIBER, tl_job_system_create(&(tl_job_system_desc){0}, &other));
    CHECK_MISUSE(TL_ERROR_IN_FIBER, tl_job_system_destroy(own));
    CHECK_MISUSE(TL_ERROR_IN_FIBER, tl_job_system_run_pinned(own));
    CHECK_MISUSE(TL_ERROR_IN_FIBER, tl_job_system_enter(own));
    CHECK_MISUSE(TL_ERROR_IN_FIBER, tl_job_system_leave(own));
    CHECK_MISUSE(TL_ERROR_IN_JOB, tl_exit(NULL));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_counter_wait(g->gate)); // it counts this job
    tl_counter never = {0};
    tl_counter_add(&never, 1);
    {
        tl_defer(wait_in_clean_up, &never);
    }
    atomic_fetch_add(g->count, 1);
}

TEST(misuse_inside_jobs_is_answered)
{
    AT_EVERY_SIZE (jobs) {
        atomic_int count = 0;
        tl_counter done = {0};
        // On the main thread, so that no two threads report misuse at once.
        tl_job_desc here = {.worker = TL_MAIN_WORKER};
        CHECK_OK(tl_job_run_with(jobs, &here, &done, misbehave, {&done, &count}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(1, count);
    }
}

TEST(jobs_that_wait_to_begin_are_limited)
{
    AT_EVERY_SIZE_WITH (jobs, .waiting_jobs = 8) {
        atomic_int count = 0;
        tl_counter gate = {0}, done = {0};
        tl_counter_add(&gate, 1);
        tl_job_desc after = {.after = &gate};
        for (int round = 0; round < 2; ++round) {
            for (int i = 0; i < 8; ++i)
                CHECK_OK(tl_job_run_with(jobs, &after, &done, count_one, {&count}));
            CHECK_RESULT(TL_ERROR_JOBS_FULL, tl_job_run_with(jobs, &after, &done, count_one, {&count}));
            CHECK_OK(tl_counter_finish(&gate));
            CHECK_OK(tl_counter_wait(&done));
            CHECK_INT(8 * (round + 1), count);
            tl_counter_add(&gate, 1);
        }
    }
}

static void *stay_a_while(void *system)
{
    CHECK_OK(tl_job_system_enter(system));
    return NULL;
}

TEST(external_threads_are_limited_and_must_leave)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .external_threads = 1});
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, stay_a_while, jobs)); // and never leaves
    pthread_join(thread, NULL);
    CHECK_MISUSE(TL_ERROR_BUSY, tl_job_system_destroy(jobs));
    tl_job_system_info info = tl_job_system_get_info(jobs);
    CHECK_UINT(1, info.external_threads);
}

TEST(jobs_that_wait_to_begin_are_cancelled_with_their_system)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter never = {0}, done = {0};
        atomic_int count = 0;
        CHECK_OK(tl_counter_add(&never, 1));
        for (int i = 0; i < 3; ++i)
            CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.after = &never}), &done, count_one, {&count}));
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.after = &done}), NULL, count_one, {&count})); // may begin then
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_RESULT(TL_CANCELLED, tl_counter_wait(&done));
        CHECK_OK(tl_counter_finish(&never)); // nothing waits for it any more
        CHECK(count == 0 || count == 1);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

static void wait_while_cancelled(void *never)
{
    CHECK(tl_fiber_is_ending(tl_fiber_current()));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_counter_wait(never));
    atomic_fetch_add(&cleaned, 1);
}

TL_JOB(wait_and_clean_up, tl_counter *, never)
{
    tl_defer(wait_while_cancelled, *never);
    tl_counter_wait(*never);
}

TEST(a_clean_up_of_a_cancelled_job_may_not_wait)
{
    AT_EVERY_SIZE (jobs) {
        cleaned = 0;
        tl_counter never = {0};
        CHECK_OK(tl_counter_add(&never, 1));
        CHECK_OK(tl_job_run(jobs, NULL, wait_and_clean_up, {&never}));
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_INT(1, cleaned);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

struct lent {
    tl_counter started, gate;
    tl_fiber *fiber;
    int back;
};

TL_FIBER(transfers_back, struct lent *, lent)
{
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_cancel((*lent)->fiber));
    ++(*lent)->back;
    CHECK_OK(tl_transfer((*lent)->fiber, NULL));
}

TL_JOB(wait_at_the_gate, struct lent *, lent)
{
    tl_pool *pool = NULL;
    tl_fiber *other = NULL;
    (*lent)->fiber = tl_fiber_current();
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_set_result(NULL));
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &other, transfers_back, *lent));
    CHECK_OK(tl_transfer(other, NULL)); // and that one back: it had control from the job
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_counter_finish(&(*lent)->started));
    CHECK_OK(tl_counter_wait(&(*lent)->gate));
    ++(*lent)->back;
}

TL_FIBER(transfers_to_the_job, struct lent *, lent)
{
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_transfer((*lent)->fiber, NULL));
}

static void misuse_the_fiber_of(struct lent *lent)
{
    tl_pool *pool = NULL;
    tl_fiber *other = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &other, transfers_to_the_job, lent));
    CHECK_RESULT(TL_FINISHED, tl_resume(other, NULL));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_resume(lent->fiber, NULL));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_cancel(lent->fiber));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_reset(lent->fiber, transfers_to_the_job, lent));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_destroy(lent->fiber));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(the_fiber_of_a_job_is_its_systems_alone)
{
    for (int floats = 0; floats < 2; ++floats) {
        tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .keep_float_control = floats});
        tl_counter done = {0};
        struct lent lent = {.back = 0};
        CHECK_OK(tl_counter_add(&lent.started, 1));
        CHECK_OK(tl_counter_add(&lent.gate, 1));
        CHECK_OK(tl_job_run(jobs, &done, wait_at_the_gate, {&lent}));
        CHECK_OK(tl_counter_wait(&lent.started)); // the only worker runs the job until that waits
        misuse_the_fiber_of(&lent);
        CHECK_OK(tl_counter_finish(&lent.gate));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(2, lent.back);
        jobs_at_destroy(jobs);
    }
}
