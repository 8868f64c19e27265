// SPDX-License-Identifier: MIT
/// Counts a system's runnable job fibers, and keeps at least one of them runnable, since the waiting jobs may wait for
/// a job that has not begun yet.
#ifndef TELAR_JOB_CAPACITY_H
#define TELAR_JOB_CAPACITY_H

#include "job/system.h"

/// Counts a job fiber that is about to wait as no longer runnable. If it was the last runnable one, makes another job
/// fiber, so that a job that would wake the waiting jobs can begin. Returns false, with nothing changed, when no other
/// can be made.
bool tl__give_up_runnable(tl__job_fiber *job_fiber);

#endif
