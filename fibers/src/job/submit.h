// SPDX-License-Identifier: MIT
/// Starting jobs.
#ifndef TELAR_JOB_SUBMIT_H
#define TELAR_JOB_SUBMIT_H

#include "job/fork.h"
#include "job/system.h"

/// Returns the system that a call uses: `jobs`, or the calling worker's system if that is null. Returns null if there
/// is none.
static inline tl_job_system *tl__job_system_or_here(tl_job_system *jobs, const tl__worker_record *worker)
{
    return jobs != NULL || worker == NULL ? jobs : worker->jobs;
}

/// Returns TL_OK if a call may start jobs in that system, which may be null; else the error.
static inline tl_result tl__check_system(const tl_job_system *jobs, const tl__worker_record *worker)
{
    if (worker != NULL && worker->jobs == jobs) // then it is not a parent process's system
        return TL_OK;
    if (jobs == NULL)
        return TL_ERROR_NO_JOB_SYSTEM;
    return tl__is_forked(jobs) ? TL_ERROR_FORKED : TL_OK;
}

/// Returns TL_OK if a description is valid for this system; TL_ERROR_ARGUMENT; TL_ERROR_CYCLE if the job would begin
/// after its own counter.
tl_result tl__check_job_desc(const tl_job_system *jobs, const tl_job_desc *desc, const tl_counter *counter);

/// Sets all fields of a job except its argument, of which it sets the first TL__JOB_NEAR_WORDS words to zero.
static inline void tl__job_init(tl__job *job, const tl_job_desc *desc, tl_counter *counter, const tl_fiber_entry *entry)
{
    job->entry = entry;
    job->counter = counter;
    unsigned rank = desc != NULL ? tl__rank_of(desc->priority) : 1;
    unsigned stack = desc != NULL ? desc->stack : TL_STACK_SMALL;
    unsigned worker1 = desc != NULL ? desc->worker.index1 : 0;
    job->kind = tl__job_kind(rank, stack, worker1, (unsigned)(entry->args_size + 7) / 8);
    for (unsigned i = 0; i < TL__JOB_NEAR_WORDS; ++i)
        job->args[i] = 0;
}

/// Starts a job, which its counter counts already. If `after` is not null, the job begins when that counter is at zero.
/// Returns TL_OK or TL_ERROR_JOBS_FULL.
tl_result tl__job_start(tl_job_system *jobs, tl__worker_record *worker, const tl__job *job, tl_counter *after);

/// Starts a job that does not go into the caller's deque: copies it into memory of its own (a tl__pending), and queues
/// that, at once, or when `after` is at zero. Returns TL_OK or TL_ERROR_JOBS_FULL.
tl_result tl__job_postpone(tl_job_system *jobs, const tl__job *job, tl_counter *after);

#endif
