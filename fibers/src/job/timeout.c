// SPDX-License-Identifier: MIT
#include "job/timeout.h"

#include <stddef.h>

#include "base/thread_hooks.h"
#include "os/spin.h"

int64_t tl__limit_end(tl_limit limit)
{
    static const double LONGEST = 1e9; // 31 years
    double seconds = limit.seconds < LONGEST ? limit.seconds : LONGEST;
    return tl__monotonic_time() + (int64_t)(seconds * 1e9);
}

static void unlist_timeout(tl__timeout *timeout)
{
    tl__timeouts *all = timeout->all;
    *(timeout->previous != NULL ? &timeout->previous->next : &all->first) = timeout->next;
    *(timeout->next != NULL ? &timeout->next->previous : &all->last) = timeout->previous;
    timeout->is_set = false;
}

/// Inserts a timeout into the list, which is sorted by `end`. Most timeouts have the same limit, so that a new one ends
/// last: the search begins at the end of the list.
static void list_timeout(tl__timeout *timeout)
{
    tl__timeouts *all = timeout->all;
    tl__timeout *before = all->last;
    while (before != NULL && before->end > timeout->end)
        before = before->previous;
    timeout->previous = before;
    timeout->next = before != NULL ? before->next : all->first;
    *(timeout->previous != NULL ? &timeout->previous->next : &all->first) = timeout;
    *(timeout->next != NULL ? &timeout->next->previous : &all->last) = timeout;
    timeout->is_set = true;
}

/// Wakes the timeout's waiter with TL_TIMED_OUT, unless another thread has already removed the waiter in order to wake
/// it.
static void expire(tl__timeout *timeout)
{
    const tl__wait_desc *wait = timeout->wait;
    tl__waiter *waiter = timeout->waiter;
    unlist_timeout(timeout);
    if (!wait->unjoin(wait->object, waiter))
        return;
    waiter->answer = TL_TIMED_OUT;
    waiter->wake(waiter);
}

/// Expires all timeouts that are due. Returns the time at which the next one is due; INT64_MAX if none is left.
static int64_t expire_all(tl__timeouts *all)
{
    tl__spin_acquire(&all->spin);
    while (all->first != NULL && all->first->end <= tl__monotonic_time())
        expire(all->first);
    int64_t next = all->first != NULL ? all->first->end : INT64_MAX;
    tl__spin_release(&all->spin);
    return next;
}

static void *watch_timeouts(void *timeouts)
{
    static const char name[] = "telar timeouts";
    tl__timeouts *all = timeouts;
    const tl_thread_hooks *hooks = tl__thread_begins(name);
    while (tl__load(&all->stops, memory_order_relaxed) == 0) { // relaxed: it ends the thread and publishes no data
        int64_t next = expire_all(all);
        if (next == INT64_MAX)
            tl__semaphore_wait(&all->semaphore);
        else
            tl__semaphore_wait_until(&all->semaphore, next);
    }
    tl__thread_ends(hooks, name);
    return NULL;
}

static tl_result ensure_thread(tl__timeouts *all)
{
    tl__spin_acquire(&all->starting);
    if (!all->has_thread) {
        tl__semaphore_init(&all->semaphore);
        all->has_thread = tl__thread_start(&all->thread, watch_timeouts, all, "telar timeouts", -1);
        if (!all->has_thread)
            tl__semaphore_destroy(&all->semaphore);
    }
    bool has_thread = all->has_thread;
    tl__spin_release(&all->starting);
    return has_thread ? TL_OK : TL_ERROR_SYSTEM;
}

tl_result tl__timeout_begin(tl__timeout *made, tl_job_system *jobs, tl__wait_desc *wait)
{
    if (wait->limit.clock == TL_NO_CLOCK)
        return TL_OK;
    tl_result result = ensure_thread(&jobs->timeouts);
    if (result != TL_OK)
        return result;
    *made = (tl__timeout){.all = &jobs->timeouts, .end = tl__limit_end(wait->limit)};
    wait->timeout = made;
    return TL_OK;
}

bool tl__timeout_join(const tl__wait_desc *wait, tl__waiter *waiter)
{
    tl__timeout *timeout = wait->timeout;
    tl__timeouts *all = timeout->all; // the timeout may be gone once the lock is released
    tl__spin_acquire(&all->spin);
    timeout->wait = wait;
    timeout->waiter = waiter;
    bool joined = wait->join(wait->object, waiter);
    if (joined)
        list_timeout(timeout);
    bool is_first = all->first == timeout;
    tl__spin_release(&all->spin);
    if (is_first)
        tl__semaphore_post(&all->semaphore);
    return joined;
}

void tl__timeout_end(const tl__wait_desc *wait)
{
    tl__timeout *timeout = wait->timeout;
    if (timeout == NULL)
        return;
    tl__timeouts *all = timeout->all;
    tl__spin_acquire(&all->spin);
    if (timeout->is_set)
        unlist_timeout(timeout);
    tl__spin_release(&all->spin);
}

void tl__timeouts_stop(tl_job_system *jobs)
{
    tl__timeouts *all = &jobs->timeouts;
    if (!all->has_thread)
        return;
    tl__store(&all->stops, 1, memory_order_relaxed); // relaxed: the semaphore makes it visible to the thread
    tl__semaphore_post(&all->semaphore);
    tl__thread_join(all->thread);
    tl__semaphore_destroy(&all->semaphore);
}
