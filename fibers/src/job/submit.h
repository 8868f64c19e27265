// SPDX-License-Identifier: MIT
/// Starting jobs.
#ifndef TELAR_JOB_SUBMIT_H
#define TELAR_JOB_SUBMIT_H

#include "job/fork.h"
#include "job/system.h"

/// The system that a call is about: the one it names, or the calling worker's. Null: none.
static inline tl_job_system *tl__job_system_or_here(tl_job_system *jobs, const tl__worker_record *worker)
{
    return jobs != NULL || worker == NULL ? jobs : worker->jobs;
}

/// TL_OK when a call may start jobs in that system, which may be null.
static inline tl_result tl__check_system(const tl_job_system *jobs, const tl__worker_record *worker)
{
    if (worker != NULL && worker->jobs == jobs) // then it is no other process's
        return TL_OK;
    if (jobs == NULL)
        return TL_ERROR_NO_JOB_SYSTEM;
    return tl__is_forked(jobs) ? TL_ERROR_FORKED : TL_OK;
}

/// TL_OK when a description is one for this system; TL_ERROR_ARGUMENT.
tl_result tl__check_job_desc(const tl_job_system *jobs, const tl_job_desc *desc, const tl_counter *counter);

/// Sets all of a job but its argument, and the near words of that to zero.
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

/// Starts a job, which is counted already, after a counter if that is not null. TL_OK; TL_ERROR_JOBS_FULL.
tl_result tl__job_start(tl_job_system *jobs, tl__worker_record *worker, const tl__job *job, tl_counter *after);

/// Lets a job begin later, or elsewhere. TL_OK; TL_ERROR_JOBS_FULL.
tl_result tl__job_postpone(tl_job_system *jobs, const tl__job *job, tl_counter *after);

#endif
