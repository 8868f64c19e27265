// SPDX-License-Identifier: MIT
/// The overflow report on the threads of job systems.
#ifndef TELAR_FIBER_OVERFLOW_H
#define TELAR_FIBER_OVERFLOW_H

/// The calling thread is about to run fibers of a job system: it gets a signal stack where the report is on for the
/// process, and in a debug build in any case, since the report may be turned on later. Where there is no memory for
/// that, overflows on this thread are not reported.
void tl__overflow_report_worker(void);

#endif
