// SPDX-License-Identifier: MIT
/// How many jobs of a system can go on: at least one always can, since it may be what the others wait for.
#ifndef TELAR_JOB_CAPACITY_H
#define TELAR_JOB_CAPACITY_H

#include "job/system.h"

/// One job fiber fewer that can go on. If it was the last, another is made, so that a job that would wake them can
/// begin. False, and nothing has changed, when there is none to be had.
bool tl__give_up_runnable(tl__job_fiber *job_fiber);

#endif
