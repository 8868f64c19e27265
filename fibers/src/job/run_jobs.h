/// What the fiber of a runner does: it runs jobs, one after another.
#ifndef TELAR_JOB_RUN_JOBS_H
#define TELAR_JOB_RUN_JOBS_H

#include "job/system.h"

/// What the fibers of runners run; `runner` points to a tl__runner *.
void tl__run_jobs(void *runner);
/// Runs jobs that `counter` counts and that have not begun, on the calling runner, as far as they are at hand.
void tl__run_own(tl__runner *self, const tl_counter *counter);

#endif
