// SPDX-License-Identifier: MIT
/// Waiting for counters, from jobs and threads.
#ifndef TELAR_JOB_COUNTER_WAIT_H
#define TELAR_JOB_COUNTER_WAIT_H

#include "job/counter.h"
#include "job/wait.h"
#include "telar/api.h"

/// Lets tl_counter_wait ask, of a counter that counts more than jobs, whether the caller itself would have to do what
/// is counted: then it answers TL_ERROR_CYCLE.
TL_API void tl__on_counter_wait(bool (*is_in_vain)(const tl_counter *counter));
/// Asks that. False, too, where nothing is to be asked.
TL_API bool tl__counter_wait_is_in_vain(const tl_counter *counter);

/// How tl_counter_wait waits.
typedef struct tl__counter_wait_desc {
    bool is_own;   ///< the counter is the calling function's own, which must not be left before; without a limit
    unsigned rank; ///< the last that a thread runs meanwhile
    tl_limit limit;
} tl__counter_wait_desc;

/// tl_counter_wait when there is more to do than to see that the counter is at zero.
tl_result tl__counter_wait_slow(tl_counter *counter, const tl__counter_wait_desc *desc);

/// tl_counter_wait.
static inline tl_result tl__counter_wait_with(tl_counter *counter, const tl__counter_wait_desc *desc)
{
    uint64_t word = tl__counter_seen(counter);
    bool is_done = tl__counted(word) == 0 && desc->limit.clock == TL_NO_CLOCK && !tl__waits_in_its_own_way();
    return is_done ? tl__counter_answer(word) : tl__counter_wait_slow(counter, desc);
}

/// What keeps the running job from waiting for certain, if it is one that runs here.
/// @param name  of what it would wait for
tl_result tl__check_wait(tl__job_fiber *self, const char *name);

/// Waits for a counter of the caller's own, which must not be left before.
/// @param rank  of what is waited for: a thread helps with nothing after that
tl_result tl__wait_surely(tl__job_fiber *self, tl_counter *counter, unsigned rank);

#endif
