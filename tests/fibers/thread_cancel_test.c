// SPDX-License-Identifier: MIT
// pthread_cancel inside a fiber or a job.
#include <pthread.h>

#include "check.h"
#include "telar/job.h"
#include "thread_ends.h"

TL_FIBER(cancel_thread, tl_nothing, nothing)
{
    tl_defer(count_cleanup, NULL);
    pthread_cancel(pthread_self());
    pthread_testcancel();
    CHECK_UNREACHED();
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
    tl_job_system *jobs = NULL;
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
