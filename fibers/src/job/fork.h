// SPDX-License-Identifier: MIT
/// What a child made by fork keeps of its parent's job systems.
#ifndef TELAR_JOB_FORK_H
#define TELAR_JOB_FORK_H

#include "job/system.h"

/// How many calls of fork lie between the first process that made a job system and this one. Written only in a new
/// child, which has one thread.
extern uint64_t tl__forks;
/// Job systems that this process made and has not destroyed.
extern atomic_uint tl__systems;

/// Whether a system belongs to a parent of this process: then its threads are not here, and its locks may be held for
/// good.
static inline bool tl__is_forked(const tl_job_system *jobs)
{
    return jobs->forks != tl__forks;
}

/// Has children of this process forget the threads that they do not have. False: the system refuses.
bool tl__fork_watch(void);
/// Ends the process: a job that called fork returns in the child.
_Noreturn void tl__fork_job_returned(const tl__job *job);

#endif
