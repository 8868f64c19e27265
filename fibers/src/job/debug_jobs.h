// SPDX-License-Identifier: MIT
/// What debuggers and dumps see of job systems and of waiting threads.
#ifndef TELAR_JOB_DEBUG_JOBS_H
#define TELAR_JOB_DEBUG_JOBS_H

/// Shows job systems and waiting threads to debuggers and in dumps, from the first call on.
/// @thread any
void tl__jobs_show(void);

#endif
