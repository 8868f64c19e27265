// SPDX-License-Identifier: MIT
/// The fibers that run jobs: the free ones, and those that can still be made.
#ifndef TELAR_JOB_RUNNERS_H
#define TELAR_JOB_RUNNERS_H

#include "job/system.h"

/// Takes a free job fiber, or makes one, for a job that is there. Null: there is none, and a worker will be woken as
/// soon as there is.
tl__job_fiber *tl__job_fiber_take_or_starve(tl_job_system *jobs, tl_job_stack stack);
/// Puts a job fiber that has no job any more where others find it.
void tl__job_fiber_put(tl_job_system *jobs, tl__job_fiber *job_fiber);
/// Makes another free job fiber. TL_OK; TL_ERROR_POOL_EXHAUSTED at the limit; what tl_fiber_create answers.
tl_result tl__job_fiber_add(tl_job_system *jobs, tl_job_stack stack);
/// Cancels what a job fiber runs, and lets it run jobs anew.
void tl__job_fiber_reset(tl__job_fiber *job_fiber);

/// A job fiber of the worker has no job any more: the worker keeps it in hand for the next job, if it has none there.
void tl__job_fiber_free(tl__worker_record *worker, tl__job_fiber *job_fiber);
void tl__give_back_spare(tl__worker_record *worker);
/// Whether a job with a small stack could begin now.
bool tl__has_free_job_fiber(const tl__worker_record *worker);

/// Whether a job could begin: a hint.
static inline bool tl__job_fiber_is_left(const tl_job_system *jobs, tl_job_stack stack)
{
    const tl__free_job_fibers *list = &jobs->free[stack];
    return (tl__load(&list->count, memory_order_relaxed) | tl__load(&list->left, memory_order_relaxed)) != 0;
}

#endif
