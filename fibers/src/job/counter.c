// SPDX-License-Identifier: MIT
#include "job/counter.h"

#include "base/misuse.h"
#include "os/spin.h"

enum { MOST_COUNTED = INT32_MAX };

tl__word tl__cancels;

tl_result tl__counter_count_more(tl_counter *counter, uint64_t count, uint64_t flags)
{
    // relaxed: the compare-and-swap below fails if the value is stale.
    uint64_t word = tl__load(&counter->tl__word, memory_order_relaxed), next;
    do {
        if (count > MOST_COUNTED - tl__counted(word))
            return TL_ERROR_ARGUMENT;
        next = ((tl__counted(word) == 0 ? 0 : word) | flags) + count * TL__COUNTER_ONE;
        // relaxed: it publishes nothing. The counted jobs are handed to other threads afterwards, by a release of their
        // own.
    } while (!tl__cas(&counter->tl__word, &word, next, memory_order_relaxed));
    return TL_OK;
}

/// Locks the list of waiters. Gives up if `possible(word, count)` becomes false: then the lock is not held. Returns the
/// last word that was loaded, which tells the caller which of the two happened.
static uint64_t lock(tl_counter *counter, bool (*possible)(uint64_t word, uint64_t count), uint64_t count)
{
    uint32_t spins = 0;
    for (;;) {
        // acquire, here and below: pairs with the releases of the previous holder of the lock, and of all threads that
        // have subtracted from the count, which matters also when `possible` is no longer true.
        uint64_t word = tl__load(&counter->tl__word, memory_order_acquire);
        if (!possible(word, count))
            return word;
        uint64_t open = word & ~TL__COUNTER_LOCKED;
        if (word == open && tl__cas(&counter->tl__word, &open, open | TL__COUNTER_LOCKED, memory_order_acquire))
            return word;
        tl__pause(&spins);
    }
}

static bool is_counting(uint64_t word, uint64_t count)
{
    (void)count;
    return tl__counted(word) != 0;
}

bool tl__counter_join(void *object, tl__waiter *waiter)
{
    tl_counter *counter = object;
    uint64_t word = lock(counter, is_counting, 0);
    if (tl__counted(word) == 0) {
        waiter->answer = tl__counter_answer(word);
        return false;
    }
    tl__writes(&counter->tl__waiters);
    waiter->next = counter->tl__waiters;
    counter->tl__waiters = waiter;
    // release: pairs with the next lock(), which sees the whole list.
    if (word & TL__COUNTER_WAITERS)
        tl__sub(&counter->tl__word, TL__COUNTER_LOCKED, memory_order_release);
    else
        tl__add(&counter->tl__word, TL__COUNTER_WAITERS - TL__COUNTER_LOCKED, memory_order_release);
    return true;
}

bool tl__counter_unjoin(void *object, tl__waiter *waiter)
{
    tl_counter *counter = object;
    uint64_t word = lock(counter, is_counting, 0);
    if (tl__counted(word) == 0)
        return false;
    tl__writes(&counter->tl__waiters);
    bool found = false;
    for (tl__waiter **at = (tl__waiter **)&counter->tl__waiters; *at != NULL && !found;) {
        found = *at == waiter;
        if (found)
            *at = waiter->next;
        else
            at = &(*at)->next;
    }
    uint64_t off = TL__COUNTER_LOCKED;
    if (word & TL__COUNTER_WAITERS && counter->tl__waiters == NULL)
        off += TL__COUNTER_WAITERS;
    tl__sub(&counter->tl__word, off, memory_order_release); // pairs with the next lock
    return found;
}

tl__wait_desc tl__counter_wait_source(tl_counter *counter)
{
    // relaxed: only a flag is read. It is seen if its work was added before this call; work that is added at the same
    // time need not be part of the description.
    uint64_t word = tl__load(&counter->tl__word, memory_order_relaxed);
    return (tl__wait_desc){
        .object = counter,
        .join = tl__counter_join,
        .unjoin = tl__counter_unjoin,
        .kind = "the counter",
        .name = counter->name,
        .may_be_outside = (word & TL__COUNTER_OUTSIDE) != 0,
    };
}

/// Wakes all waiters of a list, the earliest first. In the list the latest one is first, so it is reversed.
static void wake_all(tl__waiter *latest, tl_result answer)
{
    tl__waiter *first = NULL;
    while (latest != NULL) {
        tl__waiter *next = latest->next;
        latest->next = first;
        first = latest;
        latest = next;
    }
    while (first != NULL) {
        tl__waiter *next = first->next;
        first->answer = answer;
        first->wake(first);
        first = next;
    }
}

static bool is_last(uint64_t word, uint64_t count)
{
    return tl__counted(word) == count;
}

bool tl__counter_finish_last(tl_counter *counter, uint64_t count)
{
    uint64_t word = lock(counter, is_last, count);
    if (!is_last(word, count)) // meanwhile the counter was increased, so this is no longer the last subtraction
        return tl__counter_done(counter, count);
    tl__writes(&counter->tl__waiters);
    tl__waiter *waiters = counter->tl__waiters;
    counter->tl__waiters = NULL;
    uint64_t off = count * TL__COUNTER_ONE + TL__COUNTER_LOCKED + (word & TL__COUNTER_WAITERS);
    // release: pairs with tl__counter_seen, and with the next lock(). The counter may be freed afterwards.
    word = tl__sub(&counter->tl__word, off, memory_order_release);
    wake_all(waiters, tl__counter_answer(word));
    return true;
}

bool tl_counter_is_done(const tl_counter *counter)
{
    return counter == NULL || tl__counted(tl__counter_seen(counter)) == 0;
}

tl_result tl_counter_add(tl_counter *counter, uint32_t count)
{
    tl_result added = counter == NULL ? TL_ERROR_NULL : tl__counter_count_more(counter, count, TL__COUNTER_OUTSIDE);
    return added != TL_OK ? tl__misuse(added, __func__) : TL_OK;
}

tl_result tl_counter_finish(tl_counter *counter)
{
    if (counter == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    return tl__counter_done(counter, 1) ? TL_OK : tl__misuse(TL_ERROR_ARGUMENT, __func__);
}

tl_result tl_counter_cancel(tl_counter *counter)
{
    if (counter == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    // relaxed: the count of work that was added before this call is seen, and the compare-and-swap checks the value.
    uint64_t word = tl__load(&counter->tl__word, memory_order_relaxed);
    while (tl__counted(word) != 0 &&
           !tl__cas(&counter->tl__word, &word, word | TL__COUNTER_CANCELLED, memory_order_relaxed))
        ;                                           // relaxed: the next line publishes it
    tl__add(&tl__cancels, 1, memory_order_release); // pairs with was_cancelled in run_jobs.c
    return TL_OK;
}

void tl__abandon(tl_counter *counter, uint64_t count)
{
    if (counter == NULL)
        return;
    tl_counter_cancel(counter);
    tl__counter_done(counter, count);
}
