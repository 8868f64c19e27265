// SPDX-License-Identifier: MIT
/// Finding something to run.
#ifndef TELAR_JOB_FIND_H
#define TELAR_JOB_FIND_H

#include "job/system.h"

/// The next job fiber to go on with, from wherever; null when there is none. What it says is true at one moment, in the
/// one order of all seq_cst operations.
tl__job_fiber *tl__find(tl__worker_record *worker);
/// Whether anything is queued that any worker may run.
bool tl__has_general_work(tl_job_system *jobs);
/// The same, or anything that is pinned to one.
bool tl__has_work(tl_job_system *jobs);
/// Takes a queued job that cannot begin, since no fiber is left for it. False: there is none. For the main worker,
/// while no other runs.
bool tl__take_starved(tl_job_system *jobs, tl__job *job);

#endif
