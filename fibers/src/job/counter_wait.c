// SPDX-License-Identifier: MIT

#include "job/counter_wait.h"

#include "base/misuse.h"
#include "job/run_jobs.h"
#include "job/system.h"
#include "job/timeout.h"

/// Before a job waits: runs jobs of the counter that are next in its worker's deques. Returns false on misuse, which it
/// has reported: the counter counts the calling job, or one that waits for it.
static bool prepare_wait(tl__job_fiber *self, const tl_counter *counter)
{
    if (self == NULL)
        return true;
    bool is_counted = self->active_job->job->counter == counter;
    if (!is_counted && !tl_fiber_is_unwinding())
        tl__run_own(self, counter);
    // Whether the counter counts one of the outer jobs is checked last, since in a deep recursion that check takes
    // longer than the rest of a wait. Usually the counter is at zero by now, after tl__run_own, and then it cannot
    // count an outer job.
    if (!is_counted && (tl_counter_is_done(counter) || tl__counted_job(self, counter) == NULL))
        return true;
    tl__misuse(TL_ERROR_CYCLE, "tl_counter_wait");
    return false;
}

static _Atomic(bool (*)(const tl_counter *)) asks_in_vain;

void tl__on_counter_wait(bool (*is_in_vain)(const tl_counter *counter))
{
    atomic_store(&asks_in_vain, is_in_vain);
}

bool tl__counter_wait_is_in_vain(const tl_counter *counter)
{
    bool (*is_in_vain)(const tl_counter *) = atomic_load(&asks_in_vain);
    // relaxed: only for a check for misuse. If `is_in_vain` is true, only this thread can end the counted script, so
    // the value is not stale.
    uint64_t word = tl__load(&counter->tl__word, memory_order_relaxed);
    return is_in_vain != NULL && tl__counted(word) != 0 && (word & TL__COUNTER_OUTSIDE) != 0 && is_in_vain(counter);
}

/// Waits for the counter, unless no wait is needed or possible. May return TL_ERROR_ALL_WAITING without having waited.
static tl_result wait_once(tl_counter *counter, const tl__counter_wait_desc *desc, tl_limit limit)
{
    if (!prepare_wait(tl__job_fiber_of(tl__thread_here()), counter))
        return TL_ERROR_CYCLE;
    bool own_way = tl__waits_in_its_own_way();
    if (!own_way && !tl__is_real_limit(limit))
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_counter_wait");
    uint64_t word = tl__counter_seen(counter);
    if (tl__counted(word) == 0 && !own_way)
        return tl__counter_answer(word);
    if (!own_way && tl__counter_wait_is_in_vain(counter))
        return tl__misuse(TL_ERROR_CYCLE, "tl_counter_wait");
    if (!own_way && limit.clock != TL_NO_CLOCK && limit.seconds == 0)
        return TL_TIMED_OUT;
    tl__wait_desc wait = tl__counter_wait_source(counter);
    wait.is_own = desc->is_own;
    wait.ranks = desc->rank + 1;
    wait.limit = limit;
    return tl__wait_for(&wait);
}

static double seconds_until(int64_t end)
{
    int64_t left = end - tl__monotonic_time();
    return left > 0 ? (double)left / 1e9 : 0;
}

tl_result tl__counter_wait_slow(tl_counter *counter, const tl__counter_wait_desc *desc)
{
    int64_t end = desc->limit.clock == TL_REAL_CLOCK ? tl__limit_end(desc->limit) : INT64_MAX;
    for (tl_limit limit = desc->limit;;) {
        tl_result waited = wait_once(counter, desc, limit);
        if (waited != TL_ERROR_ALL_WAITING)
            return waited;
        // All other jobs wait, which is reported already. The counter may lie on this stack, so we must not return
        // before it is zero, or the limit has passed: yield and poll.
        tl__let_all_go_first();
        if (end != INT64_MAX)
            limit.seconds = seconds_until(end);
    }
}

tl_result tl__counter_wait_within(tl_counter *counter, tl_limit limit)
{
    if (counter == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_counter_wait");
    return tl__counter_wait_with(counter, &(tl__counter_wait_desc){.rank = TL__RANKS - 1, .limit = limit});
}

tl_result tl__counter_wait_helping(tl_counter *counter, tl_priority lowest, tl_limit limit)
{
    if (counter == NULL || (unsigned)lowest > TL_PRIORITY_LOW)
        return tl__misuse(counter == NULL ? TL_ERROR_NULL : TL_ERROR_ARGUMENT, "tl_counter_wait_helping");
    return tl__counter_wait_with(counter, &(tl__counter_wait_desc){.rank = tl__rank_of(lowest), .limit = limit});
}

tl_result tl__wait_surely(tl__job_fiber *self, tl_counter *counter, unsigned rank)
{
    tl_result waited = tl__counter_wait_with(counter, &(tl__counter_wait_desc){.is_own = true, .rank = rank});
    if (self != NULL)
        tl__end_promise(self);
    return waited;
}

tl_result tl__check_wait(tl__job_fiber *self, const char *name)
{
    if (self == NULL)
        return TL_OK;
    if (tl_fiber_is_unwinding())
        return TL_ERROR_UNWINDING;
    return tl__promise_wait(self, name) ? TL_OK : TL_ERROR_ALL_WAITING;
}
