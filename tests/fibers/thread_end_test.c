// SPDX-License-Identifier: MIT
// Threads and processes that end inside a fiber or a job: pthread_exit, ExitThread, exit. And threads that end in
// the usual way while a fiber that they ran is suspended.
#include <stdlib.h>

#include "child.h"
#include "telar/job.h"
#include "thread_ends.h"

static char output[4096];
static int returned;

static void skip_under_tsan(void)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer refuses pthread_exit inside a fiber");
}

TL_FIBER(exit_thread, tl_nothing, nothing)
{
    tl_defer(count_cleanup, NULL);
    end_thread(&returned);
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

static void *resume_and_exit(void *fiber)
{
    CHECK_OK(tl_resume(fiber, NULL));
    end_thread(&returned); // outside any fiber
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
    end_thread(NULL);
}

static void exit_in_a_job(void)
{
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
    CHECK(ended_by_abort(status));
    if (strstr(output, "telar: a thread ended (pthread_exit or pthread_cancel) inside a job or script: ") == NULL ||
        strstr(output, "exit_worker") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
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
