// SPDX-License-Identifier: MIT
/// Jobs, for a dump.
#ifndef TELAR_JOB_DUMP_JOBS_H
#define TELAR_JOB_DUMP_JOBS_H

#include "fiber/dump.h"

/// Adds all jobs that wait, of all job systems, and those that run. For tl__dump_with.
void tl__dump_add_jobs(tl__dump *dump);

#endif
