// SPDX-License-Identifier: MIT
/// telar/overflow.h: the last words of a process whose fiber ran over its stack.
///
/// Without this a stack overflow is a bare segmentation fault. With it, the process first writes to stderr, for example
///
///     telar: stack overflow in fiber "miner 3" (entry function walk_and_dig, samples/mine.c:41):
///     telar: its stack of 65536 bytes is used up; fault at 0x7f21c40e2ff8, below 0x7f21c40e3000
///
/// and then lets the fault go on to whatever handled it before: a debugger, a crash reporter, or the end by SIGSEGV.
///
/// In a debug build of the library (without NDEBUG), tl_world_create turns it on for its thread, and so does
/// tl_world_step for each further thread; programs with worlds (telar/world.h) need no call of their own then.
///
/// On a job system's fiber (telar/job.h) it names the job that runs, and where that is defined.
///
/// In a debug build of the library it also reports the use of a local of a dense fiber that does not run
/// (telar/pool.h): which fiber was the last on the stack that is closed.
///
/// It installs a handler for SIGSEGV and SIGBUS, which runs on an alternate signal stack, since the fiber's own is
/// full.
#ifndef TELAR_OVERFLOW_H
#define TELAR_OVERFLOW_H

#include "telar/api.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Turns the report on for the calling thread until that ends, and for the process on the first call. Call it on each
/// thread that runs fibers; a second call on a thread changes nothing. Threads that take part in a job system need no
/// call, if one was made on any thread before they began to: before tl_job_system_create for its workers, before
/// tl_job_system_enter for others. (In a debug build of the library, it may be made later.) The thread gets an
/// alternate signal stack of 64 KiB, which it shares with the watchdog (telar/watchdog.h) and which is freed when it
/// ends; one that already has an alternate signal stack of the program's own keeps it.
/// @return TL_OK; TL_ERROR_OUT_OF_MEMORY; TL_ERROR_SYSTEM
/// @thread any; @suspends never
TL_API tl_result tl_overflow_report_enable(void);

#ifdef __cplusplus
}
#endif

#endif
