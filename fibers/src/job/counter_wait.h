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

/// tl_counter_wait when there is more to do than to see that the counter is at zero.
tl_result tl__counter_wait_longer(tl_counter *counter, bool is_own, unsigned rank);

/// tl_counter_wait.
/// @param is_own  it is the calling function's own, which must not be left before
/// @param rank    the last that a thread runs meanwhile
static inline tl_result tl__counter_wait_for(tl_counter *counter, bool is_own, unsigned rank)
{
    uint64_t word = tl__counter_seen(counter);
    return tl__counted(word) == 0 && !tl__waits_in_its_own_way() ? tl__counter_answer(word)
                                                                 : tl__counter_wait_longer(counter, is_own, rank);
}

/// What keeps the running job from waiting for certain, if it is one that runs here.
/// @param name  of what it would wait for
tl_result tl__check_wait(tl__runner *self, const char *name);

/// Waits for a counter of the caller's own, which must not be left before.
/// @param rank  of what is waited for: a thread helps with nothing after that
tl_result tl__wait_surely(tl__runner *self, tl_counter *counter, unsigned rank);

#endif
