// SPDX-License-Identifier: MIT
/// What a child process made by fork keeps of its parent's job systems.
#ifndef TELAR_JOB_FORK_H
#define TELAR_JOB_FORK_H

#include "job/system.h"

/// Number of fork calls between the first process that made a job system and this process. Written only in a new child,
/// which has one thread.
extern uint64_t tl__forks;
/// Number of job systems that this process made and has not destroyed. relaxed: only a check for misuse after fork
/// reads it, when a thread waits for jobs, and so after their system was made. A child has one thread when it sets it
/// to 0.
extern atomic_uint tl__systems;

/// Whether a system was made before this process was forked off: then its threads do not exist here, and its locks may
/// be held for ever.
static inline bool tl__is_forked(const tl_job_system *jobs)
{
    return jobs->forks != tl__forks;
}

/// Registers a fork handler, which makes a child process forget the threads that it does not have. Returns false when
/// the operating system refuses.
bool tl__fork_watch(void);
/// Reports that a job which called fork returned in the child, and aborts the process.
_Noreturn void tl__fork_job_returned(const tl__job *job);

#endif
