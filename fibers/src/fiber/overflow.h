// SPDX-License-Identifier: MIT
/// The overflow report on the threads of job systems.
#ifndef TELAR_FIBER_OVERFLOW_H
#define TELAR_FIBER_OVERFLOW_H

/// Prepares the calling thread to run fibers of a job system: gives it a signal stack if the report is enabled for the
/// process, and in a debug build in any case, since the report may be enabled later. If there is no memory for the
/// signal stack, overflows on this thread are not reported.
void tl__overflow_report_worker(void);

#endif
