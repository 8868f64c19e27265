// SPDX-License-Identifier: MIT
// Threads and processes that end inside a fiber or a job: pthread_exit, pthread_cancel, exit. And threads that end in
// the usual way while a fiber that they ran is suspended.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "child.h"
#include "telar/fiber.h"
#include "telar/job.h"
#include "telar/pool.h"

#ifdef TELAR_FORCED_UNWIND
#define CLEANED 1 ///< how many clean-ups of the fiber the end of its thread runs
#else
#define CLEANED 0
#endif

static tl_pool *stacks;
static tl_fiber *inner, *outer;
static atomic_int cleaned;
static char output[4096];
static int returned;

static void count_cleanup(void *unused)
{
    (void)unused;
    atomic_fetch_add(&cleaned, 1);
}

static void skip_under_tsan(void)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer refuses pthread_exit inside a fiber");
}

static void make_stacks(tl_stacks kind)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stacks = kind}, &stacks));
}

/// Runs a function on a new thread, joins the thread, and returns the function's result.
static void *on_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;
    CHECK_INT(0, pthread_create(&thread, NULL, run, argument));
    CHECK_INT(0, pthread_join(thread, &result));
    return result;
}

TL_FIBER(exit_thread, tl_nothing, nothing)
{
    tl_defer(count_cleanup, NULL);
    pthread_exit(&returned);
}

TL_FIBER(cancel_thread, tl_nothing, nothing)
{
    tl_defer(count_cleanup, NULL);
    pthread_cancel(pthread_self());
    pthread_testcancel();
    CHECK_UNREACHED();
}

TL_FIBER(resume_inner, tl_nothing, nothing)
{
    tl_resume(inner, NULL);
    CHECK_UNREACHED();
}

static void *resume_outer(void *unused)
{
    (void)unused;
    tl_resume(outer, NULL);
    CHECK_UNREACHED();
    return NULL;
}

TL_FIBER(count_to_one, int *, count)
{
    ++**count;
}

/// Checks, after the thread that ran both fibers has ended, that they are done like others and that their stacks can be
/// used again.
static void check_done_and_usable(void)
{
    int count = 0;
    int *const argument = &count;
    CHECK_REPORTED(TL_ERROR_THREAD_ENDED);
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(inner));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(outer));
    CHECK_POINTER(NULL, tl_fiber_result(inner));
    CHECK_MISUSE(TL_ERROR_FINISHED, tl_resume(inner, NULL));
    CHECK_OK(tl_fiber_reset(inner, count_to_one, argument));
    CHECK_RESULT(TL_FINISHED, tl_resume(inner, NULL));
    CHECK_OK(tl_fiber_destroy(outer));
    CHECK_OK(tl_fiber_create(stacks, &outer, count_to_one, argument));
    CHECK_RESULT(TL_FINISHED, tl_resume(outer, NULL));
    CHECK_INT(2, count);
    CHECK_OK(tl_pool_destroy(stacks));
}

TEST(a_thread_that_exits_in_a_fiber_is_reported)
{
    skip_under_tsan();
    make_stacks(TL_STACKS_OWN);
    CHECK_OK(tl_fiber_create(stacks, &inner, exit_thread, {0}));
    CHECK_OK(tl_fiber_create(stacks, &outer, resume_inner, {0}));
    CHECK_POINTER(&returned, on_thread(resume_outer, NULL));
    CHECK_INT(CLEANED, cleaned);
    check_done_and_usable();
}

TEST(a_thread_that_exits_in_a_dense_fiber_is_reported)
{
    skip_under_tsan();
    make_stacks(TL_STACKS_DENSE);
    CHECK_OK(tl_fiber_create(stacks, &inner, exit_thread, {0}));
    CHECK_OK(tl_fiber_create(stacks, &outer, resume_inner, {0}));
    CHECK_POINTER(&returned, on_thread(resume_outer, NULL));
    CHECK_INT(CLEANED, cleaned);
    check_done_and_usable();
}

TEST(a_thread_that_is_cancelled_in_a_fiber_is_reported)
{
    make_stacks(TL_STACKS_OWN);
    CHECK_OK(tl_fiber_create(stacks, &inner, cancel_thread, {0}));
    CHECK_OK(tl_fiber_create(stacks, &outer, resume_inner, {0}));
    CHECK_POINTER(PTHREAD_CANCELED, on_thread(resume_outer, NULL));
    CHECK_INT(CLEANED, cleaned);
    check_done_and_usable();
}

static void *resume_and_exit(void *fiber)
{
    CHECK_OK(tl_resume(fiber, NULL));
    pthread_exit(&returned); // outside any fiber
}

static void *resume_and_return(void *fiber)
{
    CHECK_OK(tl_resume(fiber, NULL));
    return &returned;
}

TL_FIBER(yield_often, int *, count)
{
    for (;;) {
        ++**count;
        tl_yield(NULL);
    }
}

TEST(a_suspended_fiber_outlives_the_threads_that_ran_it)
{
    int count = 0;
    int *const argument = &count;
    make_stacks(TL_STACKS_OWN);
    CHECK_OK(tl_fiber_create(stacks, &inner, yield_often, argument));
    for (int i = 0; i < 3; ++i) {
        CHECK_POINTER(&returned, on_thread(resume_and_return, inner));
        CHECK_POINTER(&returned, on_thread(resume_and_exit, inner));
    }
    CHECK_OK(tl_resume(inner, NULL));
    CHECK_INT(7, count);
    CHECK_OK(tl_pool_destroy(stacks));
}

static tl_job_system *jobs;

TL_JOB(exit_worker, tl_nothing, nothing)
{
    pthread_exit(NULL);
}

static void exit_in_a_job(void)
{
    alarm(30); // in case it hangs
    tl_counter never = {0};
    CHECK_OK(tl_counter_add(&never, 1));
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_job_run(jobs, NULL, exit_worker, {0}));
    CHECK_OK(tl_counter_wait(&never));
}

TEST(a_thread_that_exits_in_a_job_ends_the_process_with_a_report)
{
    skip_under_tsan();
    int status = in_child(exit_in_a_job, output, sizeof output);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(SIGABRT, WTERMSIG(status));
    if (strstr(output, "telar: a thread ended (pthread_exit or pthread_cancel) inside a job or script: ") == NULL ||
        strstr(output, "exit_worker") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
}

TL_JOB(cancel_worker, int *, reached)
{
    pthread_cancel(pthread_self());
    pthread_testcancel();
    ++**reached;
}

TEST(a_worker_of_a_system_cannot_be_cancelled)
{
    int reached = 0;
    int *const argument = &reached;
    const char *const names[] = {"loader"};
    tl_counter done = {0};
    CHECK_OK(
        tl_job_system_create(&(tl_job_system_desc){.workers = 1, .dedicated = names, .dedicated_count = 1}, &jobs));
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = tl_job_system_find_worker(jobs, "loader")}), &done,
                                 cancel_worker, argument));
        CHECK_OK(tl_counter_wait(&done));
    }
    CHECK_INT(2, reached);
    CHECK_OK(tl_job_system_destroy(jobs));
}

static void at_exit(void)
{
    CHECK(tl_fiber_current() != NULL);
    if (stacks != NULL)
        CHECK_MISUSE(TL_ERROR_RUNNING, tl_pool_destroy(stacks));
    if (jobs != NULL)
        CHECK_MISUSE(TL_ERROR_IN_FIBER, tl_job_system_destroy(jobs));
    _exit(40 + cleaned);
}

TL_FIBER(exit_process, tl_nothing, nothing)
{
    tl_defer(count_cleanup, NULL);
    atexit(at_exit);
    exit(0);
}

static void exit_in_a_fiber(void)
{
    make_stacks(TL_STACKS_OWN);
    CHECK_OK(tl_fiber_create(stacks, &inner, exit_process, {0}));
    tl_resume(inner, NULL);
    CHECK_UNREACHED();
}

TEST(exit_in_a_fiber_runs_the_handlers_on_its_stack)
{
    int status = in_child(exit_in_a_fiber, output, sizeof output);
    CHECK(WIFEXITED(status));
    CHECK_INT(40, WEXITSTATUS(status)); // no clean-up of the fiber ran
}

TL_JOB(exit_process_in_job, tl_nothing, nothing)
{
    atexit(at_exit);
    exit(0);
}

static void exit_process_in_a_job(void)
{
    alarm(30);
    tl_counter done = {0};
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_job_run(jobs, &done, exit_process_in_job, {0}));
    CHECK_OK(tl_counter_wait(&done));
}

TEST(exit_in_a_job_runs_the_handlers_on_its_stack)
{
    int status = in_child(exit_process_in_a_job, output, sizeof output);
    CHECK(WIFEXITED(status));
    CHECK_INT(40, WEXITSTATUS(status));
}
