// SPDX-License-Identifier: MIT
/// Waiting, from a job, a thread, or a fiber that has its own way of waiting.
#ifndef TELAR_JOB_WAIT_H
#define TELAR_JOB_WAIT_H

#include "job/system.h"
#include "telar/api.h"

/// Joins the object that the caller waits for, and waits until the caller is woken; the caller may be a job, a thread
/// or another fiber. A job is suspended, and joins only when its context is saved, so that the thread that wakes it may
/// run it at once. A worker's thread runs jobs meanwhile. A fiber whose pool has a function set by tl__pool_on_wait
/// waits by that function.
/// @param wait  its limit must satisfy tl__is_real_limit, unless the fiber has its own way of waiting; gets its timeout
/// @return the waiter's answer; TL_OK when it need not wait; TL_TIMED_OUT; TL_ERROR_SYSTEM when there is a limit, but
///   the timeouts' thread cannot be started; TL_ERROR_UNWINDING; TL_ERROR_ALL_WAITING
TL_API tl_result tl__wait_for(tl__wait_desc *wait);

/// Lets all other jobs run first, whatever their priority, since any of them may complete what the calling job waits
/// for. For a job that still has to wait after TL_ERROR_ALL_WAITING.
void tl__let_all_go_first(void);

/// Whether the caller is a fiber that has its own way of waiting (tl__pool_on_wait).
TL_API bool tl__waits_in_its_own_way(void);

/// Waits as tl__wait_for does, but blocks the thread, and not the fiber that the thread runs.
TL_API tl_result tl__wait_in_thread(tl__wait_desc *wait);

/// Guarantees that a job can wait later, by counting it as not runnable from now on. Returns false when all other jobs
/// wait already.
/// @param name  of the job that it would wait for, for the report
bool tl__promise_wait(tl__job_fiber *job_fiber, const char *name);
void tl__end_promise(tl__job_fiber *job_fiber);
/// Lets other jobs run first, including those of later ranks, down to `rank`.
void tl__give_way_to(tl__job_fiber *self, unsigned rank);

#endif
