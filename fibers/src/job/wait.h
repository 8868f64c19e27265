// SPDX-License-Identifier: MIT
/// Waiting, from a job, a thread, or a fiber that has its own way of waiting.
#ifndef TELAR_JOB_WAIT_H
#define TELAR_JOB_WAIT_H

#include "job/system.h"
#include "telar/api.h"

/// Adds the caller to the waiters of an object, and waits until it is woken. The caller may be a job, a thread or
/// another fiber. A job is suspended first, and its waiter added only when its context is saved, so that whichever
/// worker gets it may run it at once. A worker's thread runs jobs meanwhile. A fiber whose pool has a function set by
/// tl__pool_on_wait waits by calling that function.
/// @param wait  describes the wait; receives its timeout. Its limit must satisfy tl__is_real_limit, unless the fiber
///   has its own way of waiting
/// @return the waiter's answer; TL_OK when it need not wait; TL_TIMED_OUT; TL_ERROR_SYSTEM when there is a limit, but
///   the timeouts' thread cannot be started; TL_ERROR_UNWINDING; TL_ERROR_ALL_WAITING
TL_API tl_result tl__wait_for(tl__wait_desc *wait);

/// Lets all other jobs run before the calling job continues, whatever their priority, since any of them may complete
/// what it waits for. For a job that polls after TL_ERROR_ALL_WAITING.
void tl__let_all_go_first(void);

/// Whether the caller is a fiber that has its own way of waiting (tl__pool_on_wait).
TL_API bool tl__waits_in_its_own_way(void);

/// Waits as tl__wait_for does, but blocks the thread, and not the fiber that the thread runs.
TL_API tl_result tl__wait_in_thread(tl__wait_desc *wait);

/// Guarantees that a job can wait later, by counting it as not runnable from now on (capacity.h). Returns false, and
/// reports it to the log, when all other jobs wait already.
/// @param name  name of the job that it would wait for, for the report
bool tl__promise_wait(tl__job_fiber *job_fiber, const char *name);
void tl__end_promise(tl__job_fiber *job_fiber);
/// Lets other jobs run before the calling job continues, including those of later ranks, down to `rank`.
void tl__give_way_to(tl__job_fiber *self, unsigned rank);

#endif
