// SPDX-License-Identifier: MIT
/// The table of job systems for debuggers.
#ifndef TELAR_JOB_DEBUG_JOBS_H
#define TELAR_JOB_DEBUG_JOBS_H

#include "base/debug_table.h"

extern const tl__debug_layout tl__debug_jobs;

#endif
