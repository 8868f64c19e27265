// SPDX-License-Identifier: MIT
/// A worker's work: it runs job fibers, and carries out what they request.
#ifndef TELAR_JOB_WORKER_H
#define TELAR_JOB_WORKER_H

#include "job/search.h"
#include "telar/api.h"

/// Runs jobs, and sleeps when there are none, until `until` is true. `worker` is the calling thread's.
void tl__work(tl__worker_record *worker, const tl__until *until);

/// Runs jobs on the calling thread, which is a worker, until `is_so` returns true or there is nothing to run.
TL_API void tl__work_while_there_is_any(bool (*is_so)(void *context), void *context);

/// Runs a job fiber until it returns control.
void tl__run(tl__worker_record *worker, tl__job_fiber *job_fiber);

/// Queues a job fiber whose wait has ended, where a worker that may run it finds it.
void tl__make_ready(tl__job_fiber *job_fiber);

#endif
