// SPDX-License-Identifier: MIT
/// What a job fiber does: it runs jobs, one after another.
#ifndef TELAR_JOB_RUN_JOBS_H
#define TELAR_JOB_RUN_JOBS_H

#include "job/system.h"

/// What job fibers run; `job_fiber` points to a tl__job_fiber *.
void tl__run_jobs(void *job_fiber);
/// Runs jobs that `counter` counts and that have not begun, on the calling job fiber, as far as they are at hand.
void tl__run_own(tl__job_fiber *self, const tl_counter *counter);

#endif
