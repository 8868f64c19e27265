// SPDX-License-Identifier: MIT
/// What a worker does: it runs job fibers, and settles what they ask for.
#ifndef TELAR_JOB_WORKER_H
#define TELAR_JOB_WORKER_H

#include "job/search.h"
#include "telar/api.h"

/// Runs what there is to run, and sleeps when there is nothing, until it is so. The calling thread is `worker`.
void tl__work(tl__worker_record *worker, const tl__until *until);

/// Runs jobs on the calling thread, which is a worker, until it is so or there are none to go on with.
TL_API void tl__work_while_there_is_any(bool (*is_so)(void *context), void *context);

/// Runs a job fiber until it gives control back.
void tl__run(tl__worker_record *worker, tl__job_fiber *job_fiber);

/// A job fiber may go on: lets some worker do it.
void tl__make_ready(tl__job_fiber *job_fiber);

#endif
