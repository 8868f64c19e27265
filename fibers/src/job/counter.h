// SPDX-License-Identifier: MIT
/// The inside of counters.
///
/// The word of a counter is its count and four bits. The thread that brings the count to zero while there are waiters
/// first takes the lock, with the count still at what is left; takes the list; and gives up lock, list and count in one
/// operation. So no thread touches a counter after it was at zero: its memory may go as soon as anyone saw that.
#ifndef TELAR_JOB_COUNTER_H
#define TELAR_JOB_COUNTER_H

#include "base/atomics.h"
#include "fiber/waiter.h"
#include "telar/api.h"
#include "telar/job.h"

#define TL__COUNTER_LOCKED ((uint64_t)1)    ///< the list is being used; only while the count is not zero
#define TL__COUNTER_WAITERS ((uint64_t)2)   ///< the list is not empty; only while the count is not zero
#define TL__COUNTER_CANCELLED ((uint64_t)4) ///< stays until it counts from zero again
#define TL__COUNTER_OUTSIDE ((uint64_t)8)   ///< it counts more than jobs; as long
#define TL__COUNTER_ONE ((uint64_t)16)

static inline uint64_t tl__counted(uint64_t word)
{
    return word / TL__COUNTER_ONE;
}

/// How many calls of tl_counter_cancel there were in this process.
extern tl__word tl__cancels;

/// TL_ERROR_ARGUMENT when it would count too much.
/// @param flags  TL__COUNTER_OUTSIDE or 0
TL_API tl_result tl__counter_count_more(tl_counter *counter, uint64_t count, uint64_t flags);

static inline tl_result tl__counter_count(tl_counter *counter, uint64_t count)
{
    return tl__counter_count_more(counter, count, 0);
}

bool tl__counter_finish_last(tl_counter *counter, uint64_t count);

/// `count` of what was counted are done. The counter may be gone after. False: it does not count so many.
static inline bool tl__counter_done(tl_counter *counter, uint64_t count)
{
    uint64_t word = tl__load(&counter->tl__word, memory_order_relaxed);
    do {
        if (tl__counted(word) < count)
            return false;
        if (tl__counted(word) == count && (word & (TL__COUNTER_LOCKED | TL__COUNTER_WAITERS)) != 0)
            return tl__counter_finish_last(counter, count);
        // release: pairs with the acquire of a thread that sees the count at zero (tl__counter_seen); what lies between
        // in the order of the word are operations like this one, which pass it on.
    } while (!tl__cas(&counter->tl__word, &word, word - count * TL__COUNTER_ONE, memory_order_release));
    return true;
}

/// The word; when its count is zero, all that was counted has happened before.
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

/// Counts `count` jobs that were cancelled. It may be null.
void tl__abandon(tl_counter *counter, uint64_t count);

/// What a wait for a counter is about.
TL_API tl__wait_desc tl__counter_wait_source(tl_counter *counter);

#endif
