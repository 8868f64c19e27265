// SPDX-License-Identifier: MIT
/// Running jobs on a job fiber, one after another.
#ifndef TELAR_JOB_RUN_JOBS_H
#define TELAR_JOB_RUN_JOBS_H

#include "job/system.h"

/// Entry function of job fibers; `job_fiber` points to a tl__job_fiber *.
void tl__run_jobs(void *job_fiber);
/// Runs, on the calling job fiber, jobs that `counter` counts and that have not begun, as long as such a job is the
/// next in one of the worker's own deques, and at least half of the stack is left.
void tl__run_own(tl__job_fiber *self, const tl_counter *counter);

#endif
