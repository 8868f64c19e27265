// SPDX-License-Identifier: MIT
/// Places for jobs that wait to begin.
#ifndef TELAR_JOB_PENDING_H
#define TELAR_JOB_PENDING_H

#include "job/system.h"

/// A free place, which is in a tl__pending; null: there is none.
tl__job *tl__pending_take(tl_job_system *jobs);
/// Gives it back.
void tl__pending_put(tl_job_system *jobs, tl__job *job);

#endif
