// SPDX-License-Identifier: MIT
/// Waiting for counters, from jobs and threads.
#ifndef TELAR_JOB_COUNTER_WAIT_H
#define TELAR_JOB_COUNTER_WAIT_H

#include "job/counter.h"
#include "job/wait.h"
#include "telar/api.h"

/// Sets a callback that tl_counter_wait calls for a counter that counts other work than jobs. The callback returns
/// whether only the calling thread itself could complete that work; if so, tl_counter_wait returns TL_ERROR_CYCLE.
TL_API void tl__on_counter_wait(bool (*is_in_vain)(const tl_counter *counter));
/// Returns the result of that callback; false if none is set, or the counter is at zero or counts only jobs.
TL_API bool tl__counter_wait_is_in_vain(const tl_counter *counter);

/// Options of tl_counter_wait.
typedef struct tl__counter_wait_desc {
    bool is_own;   ///< the counter is a local of the caller, which must not return before it is zero. No limit then
    unsigned rank; ///< the last rank (lowest priority) that a thread runs while it waits
    tl_limit limit;
} tl__counter_wait_desc;

/// Slow path of tl_counter_wait: all but the check that the counter is at zero.
tl_result tl__counter_wait_slow(tl_counter *counter, const tl__counter_wait_desc *desc);

/// Waits for a counter as tl_counter_wait does, with these options.
static inline tl_result tl__counter_wait_with(tl_counter *counter, const tl__counter_wait_desc *desc)
{
    uint64_t word = tl__counter_seen(counter);
    bool is_done = tl__counted(word) == 0 && desc->limit.clock == TL_NO_CLOCK && !tl__waits_in_its_own_way();
    return is_done ? tl__counter_answer(word) : tl__counter_wait_slow(counter, desc);
}

/// Guarantees that the running job can wait later (tl__promise_wait), or returns the error that prevents it. Returns
/// TL_OK if `self` is null: no job runs, and a thread can always wait.
/// @param name  name of the job that it would wait for, for the report
tl_result tl__check_wait(tl__job_fiber *self, const char *name);

/// Waits for a counter that is a local of the caller, which must not return before the counter is at zero. Ends the
/// guarantee of tl__check_wait.
/// @param rank  rank of the awaited jobs: meanwhile a thread runs no jobs of later ranks
tl_result tl__wait_surely(tl__job_fiber *self, tl_counter *counter, unsigned rank);

#endif
