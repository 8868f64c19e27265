// SPDX-License-Identifier: MIT
/// Waiting, from a job, a thread, or a fiber that waits in a way of its own.
#ifndef TELAR_JOB_WAIT_H
#define TELAR_JOB_WAIT_H

#include "job/system.h"
#include "telar/api.h"

/// Joins the caller, whatever it is, and waits until it is woken. A job is set aside; it joins when its context is
/// kept, so that the thread that wakes it may run it at once. A thread that is a worker helps.
/// A fiber of a pool with tl__pool_on_wait waits as that has it.
/// @param wait  with a limit that tl__is_real_limit allows, but for a fiber that waits in its own way; gets its timeout
/// @return what the waiter was answered; TL_OK when it need not wait; TL_TIMED_OUT; TL_ERROR_SYSTEM (a limit, and no
///   thread); TL_ERROR_UNWINDING, TL_ERROR_ALL_WAITING
TL_API tl_result tl__wait_for(tl__wait_desc *wait);

/// What a job does after TL_ERROR_ALL_WAITING, when it has to wait: lets all others go first, whatever their priority,
/// since any of them may bring it.
void tl__let_all_go_first(void);

/// Whether the caller is a fiber that does so.
TL_API bool tl__waits_in_its_own_way(void);

/// The same, but the thread waits, and not the fiber that it runs.
TL_API tl_result tl__wait_in_thread(tl__wait_desc *wait);

/// Lets a job wait later whatever happens, by setting aside its right to; false when all others wait already.
/// @param name  of the job that it would wait for, for the report
bool tl__promise_wait(tl__job_fiber *job_fiber, const char *name);
void tl__end_promise(tl__job_fiber *job_fiber);
/// Lets others go first, those of a lower rank, too, down to `rank`.
void tl__give_way_to(tl__job_fiber *self, unsigned rank);

#endif
