// SPDX-License-Identifier: MIT
/// Finding work to run.
#ifndef TELAR_JOB_FIND_H
#define TELAR_JOB_FIND_H

#include "job/system.h"

/// Returns the next job fiber that the worker should run, from any source; null if there is none. It checks whether a
/// source is empty by seq_cst loads, which idle.c relies on.
tl__job_fiber *tl__find(tl__worker_record *worker);
/// Returns whether any job or job fiber is queued that any worker may run.
bool tl__has_general_work(tl_job_system *jobs);
/// Returns whether any job or job fiber is queued, including those that are pinned to one worker.
bool tl__has_work(tl_job_system *jobs);
/// Takes a queued job that cannot begin, since no job fiber is left for it. Returns false if there is none. Only for
/// the main worker, while no other worker runs anything.
bool tl__take_starved(tl_job_system *jobs, tl__job *job);

#endif
