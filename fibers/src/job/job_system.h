// SPDX-License-Identifier: MIT
/// Job systems from their making to their end.
#ifndef TELAR_JOB_JOB_SYSTEM_H
#define TELAR_JOB_JOB_SYSTEM_H

#include "job/system.h"
#include "telar/api.h"

/// TL_OK when the calling thread, outside any fiber, is a worker of this system.
tl_result tl__check_worker(const tl_job_system *jobs);
/// Ends the first `count` of the threads, which have nothing to do.
void tl__stop_threads(tl_job_system *jobs, uint32_t count);
/// Frees all that a system has; no thread is in it any more.
void tl__job_system_free(tl_job_system *jobs);

/// Whether the calling thread is all that a job system has to run jobs.
TL_API bool tl__thread_works_alone(void);

#endif
