// SPDX-License-Identifier: MIT
/// Creating and destroying job systems.
#ifndef TELAR_JOB_JOB_SYSTEM_H
#define TELAR_JOB_JOB_SYSTEM_H

#include "job/system.h"
#include "telar/api.h"

/// Returns TL_OK if the calling thread is a worker of this system and runs outside any fiber, else the error.
tl_result tl__check_worker(const tl_job_system *jobs);
/// Stops and joins the first `count` of the system's threads, which are idle.
void tl__stop_threads(tl_job_system *jobs, uint32_t count);
/// Frees all memory of a system; no thread uses the system any more.
void tl__job_system_free(tl_job_system *jobs);

/// Whether the calling thread is the main worker of a job system that has no other general worker.
TL_API bool tl__thread_works_alone(void);

#endif
