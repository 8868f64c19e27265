// SPDX-License-Identifier: MIT
/// The fibers that run jobs: taking free ones, making more up to a limit, and freeing them.
#ifndef TELAR_JOB_JOB_FIBERS_H
#define TELAR_JOB_JOB_FIBERS_H

#include "job/system.h"

/// Takes a free job fiber, or makes one, for a job that is queued. Returns null if that is impossible; then all workers
/// are woken as soon as a job fiber is free.
tl__job_fiber *tl__job_fiber_take_or_starve(tl_job_system *jobs, tl_job_stack stack);
/// Adds a job fiber that has no job any more to the system's free list.
void tl__job_fiber_put(tl_job_system *jobs, tl__job_fiber *job_fiber);
/// Makes a job fiber and adds it to the free list. Returns TL_OK, TL_ERROR_POOL_EXHAUSTED at the limit, or the error of
/// tl_fiber_create.
tl_result tl__job_fiber_add(tl_job_system *jobs, tl_job_stack stack);
/// Cancels the job that a job fiber runs, so that the fiber can run other jobs.
void tl__job_fiber_reset(tl__job_fiber *job_fiber);

/// Frees a job fiber that has no job any more. The worker keeps it as its spare for the next job, if its stack is small
/// and the worker has no spare yet; otherwise it goes to the free list.
void tl__job_fiber_free(tl__worker_record *worker, tl__job_fiber *job_fiber);
void tl__give_back_spare(tl__worker_record *worker);
/// Whether there is a job fiber with a small stack on which the worker could begin a job now.
bool tl__has_free_job_fiber(const tl__worker_record *worker);

/// Whether there seems to be a job fiber, free or still to be made, on which a job with such a stack could begin.
static inline bool tl__job_fiber_is_left(const tl_job_system *jobs, tl_job_stack stack)
{
    const tl__free_job_fibers *list = &jobs->free[stack];
    // relaxed: in make_queue_room (submit.c) either answer is safe. tl__take_starved (find.c) asks under idle.spin,
    // while all workers sleep: that lock orders their stores, so the answer is current.
    return (tl__load(&list->count, memory_order_relaxed) | tl__load(&list->left, memory_order_relaxed)) != 0;
}

#endif
