// SPDX-License-Identifier: MIT
/// Internals of counters.
///
/// The word of a counter holds its count and four flag bits. A thread that brings the count to zero while there are
/// waiters first locks the list of waiters, with the count still unchanged; detaches the list; and then clears the
/// lock, the waiters flag and the rest of the count in one operation. So no thread touches a counter after its count
/// has become zero, and its memory may be freed as soon as any thread has seen the zero.
#ifndef TELAR_JOB_COUNTER_H
#define TELAR_JOB_COUNTER_H

#include "base/atomics.h"
#include "fiber/waiter.h"
#include "telar/api.h"
#include "telar/job.h"

#define TL__COUNTER_LOCKED ((uint64_t)1)    ///< the list of waiters is in use; only while the count is not zero
#define TL__COUNTER_WAITERS ((uint64_t)2)   ///< the list of waiters is not empty; only while the count is not zero
#define TL__COUNTER_CANCELLED ((uint64_t)4) ///< was cancelled; stays set until the counter counts from zero again
#define TL__COUNTER_OUTSIDE ((uint64_t)8)   ///< counts work that is no job; stays set until it counts from zero again
#define TL__COUNTER_ONE ((uint64_t)16)

static inline uint64_t tl__counted(uint64_t word)
{
    return word / TL__COUNTER_ONE;
}

/// Number of calls of tl_counter_cancel in this process.
extern tl__word tl__cancels;

/// Adds `count` to the counter. Returns TL_ERROR_ARGUMENT, with nothing changed, when the count would be too large.
/// @param flags  TL__COUNTER_OUTSIDE or 0
TL_API tl_result tl__counter_count_more(tl_counter *counter, uint64_t count, uint64_t flags);

static inline tl_result tl__counter_count(tl_counter *counter, uint64_t count)
{
    return tl__counter_count_more(counter, count, 0);
}

bool tl__counter_finish_last(tl_counter *counter, uint64_t count);

/// Subtracts `count` from a counter, for jobs or other work that are done. The counter may be freed afterwards. Returns
/// false, with nothing changed, if it counts less.
static inline bool tl__counter_done(tl_counter *counter, uint64_t count)
{
    // relaxed: the compare-and-swap fails if the value is stale, and tl__counter_finish_last acquires. The value cannot
    // be so stale that it lacks `count`, which was added before the caller got the work.
    uint64_t word = tl__load(&counter->tl__word, memory_order_relaxed);
    do {
        if (tl__counted(word) < count)
            return false;
        if (tl__counted(word) == count && (word & (TL__COUNTER_LOCKED | TL__COUNTER_WAITERS)) != 0)
            return tl__counter_finish_last(counter, count);
        // release: pairs with the acquire of a thread that sees the count at zero (tl__counter_seen). All operations on
        // the word in between are read-modify-writes like this one, which continue the release sequence.
    } while (!tl__cas(&counter->tl__word, &word, word - count * TL__COUNTER_ONE, memory_order_release));
    return true;
}

/// Returns the word. If its count is zero, all counted work is done, and what it wrote is visible to the caller.
static inline uint64_t tl__counter_seen(const tl_counter *counter)
{
    return tl__load(&counter->tl__word, memory_order_acquire); // pairs with tl__counter_done and _finish_last
}

static inline tl_result tl__counter_answer(uint64_t word)
{
    return word & TL__COUNTER_CANCELLED ? TL_CANCELLED : TL_OK;
}

TL_API tl__join tl__counter_join;
tl__unjoin tl__counter_unjoin;

/// Cancels a counter, and subtracts `count` for jobs that will not run, or not to their end. `counter` may be null.
void tl__abandon(tl_counter *counter, uint64_t count);

/// Returns a description of a wait for the counter, without limit and options.
TL_API tl__wait_desc tl__counter_wait_source(tl_counter *counter);

#endif
