// SPDX-License-Identifier: MIT
/// Jobs, for a dump.
#ifndef TELAR_JOB_DUMP_JOBS_H
#define TELAR_JOB_DUMP_JOBS_H

#include "fiber/dump.h"
#include "telar/job.h"

/// Adds the jobs of all job systems, and the threads, that wait. For tl__dump_with.
void tl__dump_add_jobs(tl__dump *dump);
/// Adds the jobs of one system that wait.
/// @thread any
TL_API void tl__dump_add_jobs_of(tl__dump *dump, tl_job_system *jobs);

/// Calls `look` for each job of a system that has begun and now waits. `with_calls`: whether the items have their
/// calls, too. Does nothing if there is no memory for notes.
/// @thread any
TL_API void tl__each_waiting_job(tl_job_system *jobs, bool with_calls,
                                 void (*look)(const tl__dump_item *item, void *user_data), void *user_data);

#endif
