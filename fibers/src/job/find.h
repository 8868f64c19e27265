/// Finding something to run.
#ifndef TELAR_JOB_FIND_H
#define TELAR_JOB_FIND_H

#include "job/system.h"

/// The next runner to go on with, from wherever; null when there is none. What it says is true at one moment, in the
/// one order of all seq_cst operations.
tl__runner *tl__find(tl__worker *worker);
/// Whether anything is queued that any worker may run.
bool tl__has_general_work(tl_jobs *jobs);
/// The same, or anything that is pinned to one.
bool tl__has_work(tl_jobs *jobs);
/// Takes a queued job that cannot begin, since no fiber is left for it. False: there is none. For the main worker,
/// while no other runs.
bool tl__take_starved(tl_jobs *jobs, tl__job *job);

// The free runner that each worker may keep in hand for the next job.

/// A runner of the worker has no job any more.
void tl__runner_free(tl__worker *worker, tl__runner *runner);
void tl__give_back_spare(tl__worker *worker);
/// Whether a job with a small stack could begin now.
bool tl__has_free_runner(const tl__worker *worker);

#endif
