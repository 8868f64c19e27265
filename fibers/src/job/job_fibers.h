// SPDX-License-Identifier: MIT
/// The fibers that run jobs: the free ones, and those that can still be made.
#ifndef TELAR_JOB_RUNNERS_H
#define TELAR_JOB_RUNNERS_H

#include "job/system.h"

/// Takes a free job fiber, or makes one, for a job that is queued. Returns null if none is available; then workers are
/// woken as soon as one is.
tl__job_fiber *tl__job_fiber_take_or_starve(tl_job_system *jobs, tl_job_stack stack);
/// Adds a job fiber that has no job any more to the system's free list.
void tl__job_fiber_put(tl_job_system *jobs, tl__job_fiber *job_fiber);
/// Makes a job fiber and adds it to the free list. Returns TL_OK, TL_ERROR_POOL_EXHAUSTED at the limit, or the error of
/// tl_fiber_create.
tl_result tl__job_fiber_add(tl_job_system *jobs, tl_job_stack stack);
/// Cancels what a job fiber runs, so that it can run jobs again.
void tl__job_fiber_reset(tl__job_fiber *job_fiber);

/// Frees a job fiber of the worker that has no job any more. The worker keeps it as its spare for the next job, if it
/// has none and the stack is small.
void tl__job_fiber_free(tl__worker_record *worker, tl__job_fiber *job_fiber);
void tl__give_back_spare(tl__worker_record *worker);
/// Whether a job with a small stack could begin now.
bool tl__has_free_job_fiber(const tl__worker_record *worker);

/// A hint whether a job with such a stack could begin.
static inline bool tl__job_fiber_is_left(const tl_job_system *jobs, tl_job_stack stack)
{
    const tl__free_job_fibers *list = &jobs->free[stack];
    return (tl__load(&list->count, memory_order_relaxed) | tl__load(&list->left, memory_order_relaxed)) != 0;
}

#endif
