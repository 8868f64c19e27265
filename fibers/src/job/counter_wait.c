
#include "job/counter_wait.h"

#include "base/misuse.h"
#include "job/run_jobs.h"
#include "job/system.h"

/// Runs what jobs of its own are at hand. False: misuse, which was reported.
static bool prepare_wait(tl__runner *self, const tl_counter *counter)
{
    if (self == NULL)
        return true;
    bool is_counted = self->begun->job->counter == counter;
    if (!is_counted && !tl_fiber_is_unwinding())
        tl__run_own(self, counter);
    // Whether it counts a job further out is asked last: in a deep recursion that takes longer than the rest of a wait,
    // and after its own jobs the counter is mostly done, which it cannot be while it counts a caller.
    if (!is_counted && (tl_counter_is_done(counter) || tl__counted_job(self, counter) == NULL))
        return true;
    tl__misuse(TL_ERROR_CYCLE, "tl_counter_wait");
    return false;
}

static _Atomic(bool (*)(const tl_counter *)) asked;

void tl__on_counter_wait(bool (*is_in_vain)(const tl_counter *counter))
{
    atomic_store(&asked, is_in_vain);
}

bool tl__counter_wait_is_in_vain(const tl_counter *counter)
{
    bool (*is_in_vain)(const tl_counter *) = atomic_load(&asked);
    uint64_t word = tl__load(&counter->tl__word, memory_order_relaxed);
    return is_in_vain != NULL && tl__counted(word) != 0 && (word & TL__COUNTER_OUTSIDE) != 0 && is_in_vain(counter);
}

tl_result tl__counter_wait_longer(tl_counter *counter, bool is_own, unsigned rank)
{
    for (;;) {
        if (!prepare_wait(tl__runner_of(tl__thread_here()), counter))
            return TL_ERROR_CYCLE;
        uint64_t word = tl__counter_seen(counter);
        if (tl__counted(word) == 0 && !tl__waits_in_its_own_way())
            return tl__counter_answer(word);
        if (!tl__waits_in_its_own_way() && tl__counter_wait_is_in_vain(counter))
            return tl__misuse(TL_ERROR_CYCLE, "tl_counter_wait");
        tl__wait wait = tl__counter_wait(counter);
        wait.is_own = is_own;
        wait.ranks = rank + 1;
        tl_result waited = tl__wait_for(&wait);
        if (waited != TL_ERROR_ALL_WAITING)
            return waited;
        // Already reported. The counter may lie on this stack, so we must not return before it is zero: yield and poll.
        tl__let_all_go_first();
    }
}

tl_result tl_counter_wait(tl_counter *counter)
{
    if (counter == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    return tl__counter_wait_for(counter, false, TL__RANKS - 1);
}

tl_result tl_counter_wait_helping(tl_counter *counter, tl_priority lowest)
{
    if (counter == NULL || (unsigned)lowest > TL_PRIORITY_LOW)
        return tl__misuse(counter == NULL ? TL_ERROR_NULL : TL_ERROR_ARGUMENT, __func__);
    return tl__counter_wait_for(counter, false, tl__rank_of(lowest));
}

tl_result tl__wait_surely(tl__runner *self, tl_counter *counter, unsigned rank)
{
    tl_result waited = tl__counter_wait_for(counter, true, rank);
    if (self != NULL)
        tl__end_promise(self);
    return waited;
}

tl_result tl__check_wait(tl__runner *self, const char *name)
{
    if (self == NULL)
        return TL_OK;
    if (tl_fiber_is_unwinding())
        return TL_ERROR_UNWINDING;
    return tl__promise_wait(self, name) ? TL_OK : TL_ERROR_ALL_WAITING;
}
