// SPDX-License-Identifier: MIT
/// The waiting jobs of a system: each worker has a list of those that it ran last.
///
/// A job fiber enters a list when it is suspended, before its waiter is added to the object that it waits for; and when
/// it was woken it leaves the list, under the list's lock, before it is resumed. Its worker does both. So while a
/// thread holds the locks of all lists, no job in a list continues, though another thread may have woken it, and its
/// stack stays as it is.
#ifndef TELAR_JOB_WAITING_H
#define TELAR_JOB_WAITING_H

#include "job/system.h"
#include "os/spin.h"

static inline void tl__waiting_enter(tl__job_fiber *job_fiber)
{
    tl__worker_record *worker = job_fiber->worker;
    tl__spin_acquire(&worker->waiting_spin);
    job_fiber->listed = worker;
    job_fiber->before = NULL;
    job_fiber->after = worker->waiting;
    if (job_fiber->after != NULL)
        job_fiber->after->before = job_fiber;
    worker->waiting = job_fiber;
    tl__spin_release(&worker->waiting_spin);
}

/// Does nothing for a job fiber that is in no list.
static inline void tl__waiting_leave(tl__job_fiber *job_fiber)
{
    tl__worker_record *worker = job_fiber->listed; // not job_fiber->worker, which may be another one now
    if (worker == NULL)
        return;
    tl__spin_acquire(&worker->waiting_spin);
    if (job_fiber->before != NULL)
        job_fiber->before->after = job_fiber->after;
    else
        worker->waiting = job_fiber->after;
    if (job_fiber->after != NULL)
        job_fiber->after->before = job_fiber->before;
    tl__spin_release(&worker->waiting_spin);
    job_fiber->listed = NULL;
}

static inline void tl__waiting_lock(tl_job_system *jobs)
{
    for (uint32_t i = 0; i < jobs->worker_count; ++i)
        tl__spin_acquire(&jobs->workers[i].waiting_spin);
}

static inline void tl__waiting_unlock(tl_job_system *jobs)
{
    for (uint32_t i = 0; i < jobs->worker_count; ++i)
        tl__spin_release(&jobs->workers[i].waiting_spin);
}

/// Returns the first waiting job fiber of the workers from index `worker` on; null if there is none. The locks of all
/// lists are held, here and below.
static inline tl__job_fiber *tl__waiting_first(tl_job_system *jobs, uint32_t worker)
{
    while (worker < jobs->worker_count && jobs->workers[worker].waiting == NULL)
        ++worker;
    return worker < jobs->worker_count ? jobs->workers[worker].waiting : NULL;
}

static inline tl__job_fiber *tl__waiting_next(tl_job_system *jobs, const tl__job_fiber *job_fiber)
{
    return job_fiber->after != NULL ? job_fiber->after : tl__waiting_first(jobs, job_fiber->listed->worker_index1);
}

#define TL__EACH_WAITING(job_fiber, jobs)                                                                              \
    for (tl__job_fiber *job_fiber = tl__waiting_first((jobs), 0); job_fiber != NULL;                                   \
         job_fiber = tl__waiting_next((jobs), job_fiber))

#endif
