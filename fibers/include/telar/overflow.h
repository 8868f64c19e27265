// SPDX-License-Identifier: MIT
/// telar/overflow.h: a report of stack overflows, and of other crashes, in fibers.
///
/// Without it a stack overflow is a bare segmentation fault. With it, the process first writes to stderr, for example
///
///     telar: stack overflow in fiber "miner 3" (entry function walk_and_dig, samples/mine.c:41):
///     telar: its stack of 65536 bytes is used up; fault at 0x7f21c40e2ff8, below 0x7f21c40e3000
///     telar: in script "miner 3" of entity 12, spawned at samples/mine.c:80
///     telar:     program+0x61e9
///     telar:     program+0x61ff (123 times)
///     telar:     program+0x6245
///
/// and then passes the fault on to the signal handler that was installed before, such as a crash reporter's. Without
/// one, the process ends by the signal as usual.
///
/// In a debug build of the library (without NDEBUG), tl_world_create turns the report on for its thread, and
/// tl_world_step for any other thread: programs with worlds (telar/world.h) need no call of their own.
///
/// For an overflow in a job (telar/job.h) the report names the job and where it is defined. The line on the script is
/// there if one runs: the fiber is its own, or one that it has resumed. The calls, innermost first, are files and
/// offsets, which `addr2line -f -e FILE OFFSET` understands (glibc 2.35 or later; elsewhere they are addresses; on
/// Windows there are none).
///
/// Another fault in a fiber, such as a bad pointer or a division by zero, is reported in the same way if no other
/// handler was installed for it, so that it ends the process; on Windows it is not.
///
/// In a debug build of the library the report also covers uses of a dense fiber's local while no fiber of its pool runs
/// (telar/pool.h); it then names the fiber that ran last on the shared stack.
///
/// Signal handlers for SIGSEGV, SIGBUS, SIGFPE and SIGILL write the report, without a lock or memory. They run on an
/// alternate signal stack, since the fiber's own stack is full.
#ifndef TELAR_OVERFLOW_H
#define TELAR_OVERFLOW_H

#include "telar/api.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Turns reports of stack overflows on for the calling thread until the thread ends; the first call also turns them on
/// for the process. Call it on each thread that runs fibers; a second call on the same thread changes nothing. Threads
/// of a job system need no call of their own if any thread calls this function before tl_job_system_create (for the
/// workers) or tl_job_system_enter (for external threads); in a debug build of the library, also if it does so later.
/// The thread gets an alternate signal stack of 64 KiB, which the watchdog (telar/watchdog.h) uses, too, and which is
/// freed when the thread ends. If the program has given the thread an alternate signal stack, that one is used.
/// @return TL_OK; TL_ERROR_OUT_OF_MEMORY; TL_ERROR_SYSTEM
/// @thread any; @suspends never
TL_API tl_result tl_overflow_report_enable(void);

#ifdef __cplusplus
}
#endif

#endif
