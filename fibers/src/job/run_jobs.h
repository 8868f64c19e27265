// SPDX-License-Identifier: MIT
/// Running jobs on a job fiber, one after another.
#ifndef TELAR_JOB_RUN_JOBS_H
#define TELAR_JOB_RUN_JOBS_H

#include "job/system.h"

/// Entry function of job fibers; `job_fiber` points to a tl__job_fiber *.
void tl__run_jobs(void *job_fiber);
/// Runs jobs that `counter` counts and that have not begun, on the calling job fiber, as long as they are next in the
/// worker's own deques.
void tl__run_own(tl__job_fiber *self, const tl_counter *counter);

#endif
