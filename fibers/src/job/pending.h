// SPDX-License-Identifier: MIT
/// Memory for jobs that wait to begin.
#ifndef TELAR_JOB_PENDING_H
#define TELAR_JOB_PENDING_H

#include "job/system.h"

/// Removes a tl__pending from the free list and returns its job; null if there is none.
tl__job *tl__pending_take(tl_job_system *jobs);
/// Returns the tl__pending of a job to the free list.
void tl__pending_put(tl_job_system *jobs, tl__job *job);

#endif
