// SPDX-License-Identifier: MIT
/// What the tests of threads that end inside a fiber have in common.
#ifndef TELAR_THREAD_ENDS_H
#define TELAR_THREAD_ENDS_H

#include <stdatomic.h>

#include "telar/fiber.h"
#include "telar/pool.h"

#if defined(TELAR_FORCED_UNWIND) && !defined(_WIN32)
#define CLEANED 1 ///< how many clean-ups of the fiber the end of its thread runs
#else
#define CLEANED 0
#endif

/// A pool, and the two fibers that a case has in it: `outer` resumes `inner`, in which the thread ends.
extern tl_pool *stacks;
extern tl_fiber *inner, *outer;
void make_stacks(tl_stacks kind);
TL_FIBER_DECLARE(resume_inner, tl_nothing);

/// What a thread runs: resumes `outer`.
void *resume_outer(void *unused);

/// A clean-up that counts in `cleaned`.
extern atomic_int cleaned;
void count_cleanup(void *unused);

/// Checks, after the thread that ran both fibers has ended, that they are done like others and that their stacks can be
/// used again.
void check_done_and_usable(void);

/// Runs a function on a new thread, joins the thread, and returns the function's result.
void *on_thread(void *(*run)(void *), void *argument);

/// Ends this thread wherever it is, with a result for on_thread: by pthread_exit, or on Windows by ExitThread.
_Noreturn void end_thread(void *result);

#endif
