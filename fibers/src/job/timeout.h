// SPDX-License-Identifier: MIT
/// Timeouts for waits of jobs and of workers' threads. (Other threads need none: they sleep until their limit.)
///
/// A job system has one thread for all its timeouts, which starts with the first. The thread sleeps until the earliest
/// timeout is due, removes the waiter from the object that it waits for, and wakes it with TL_TIMED_OUT, as a thread
/// outside the system would.
///
/// The lock of the list of timeouts is held while a waiter joins the object that it waits for, and while it is removed
/// from that object and woken after its time. So:
///   - a waiter whose timeout is in the list has joined, or was woken already;
///   - the object still exists when the waiter is removed from it, since the wait does not return before it has ended
///     its timeout (tl__timeout_end), which takes the lock.
/// Lock order: locks of counters and of the system are taken while the list's lock is held, never the other way round.
#ifndef TELAR_JOB_TIMEOUT_H
#define TELAR_JOB_TIMEOUT_H

#include "fiber/waiter.h"
#include "job/system.h"

/// The timeout of one wait. It lies on the stack of the waiting job or thread.
typedef struct tl__timeout {
    struct tl__timeout *previous, *next; ///< in the list of its system, the earliest first
    tl__timeouts *all;
    const tl__wait_desc *wait;
    tl__waiter *waiter;
    int64_t end; ///< when it is due, by tl__monotonic_time
    bool is_set;
} tl__timeout;

/// Returns the time at which a limit passes for a wait that begins now.
int64_t tl__limit_end(tl_limit limit);

/// Whether a wait outside scripts may have that limit: no limit, or a real time.
static inline bool tl__is_real_limit(tl_limit limit)
{
    return limit.clock == TL_NO_CLOCK || (limit.clock == TL_REAL_CLOCK && limit.seconds >= 0);
}

/// Gives a wait its timeout, if the wait has a limit. Returns TL_OK, also without a limit; TL_ERROR_SYSTEM if the
/// timeouts' thread cannot be started.
tl_result tl__timeout_begin(tl__timeout *made, tl_job_system *jobs, tl__wait_desc *wait);

/// Adds a waiter to the object that it waits for, and the wait's timeout to the list. Returns false if the waiter need
/// not wait.
bool tl__timeout_join(const tl__wait_desc *wait, tl__waiter *waiter);

static inline bool tl__wait_join(const tl__wait_desc *wait, tl__waiter *waiter)
{
    return wait->timeout != NULL ? tl__timeout_join(wait, waiter) : wait->join(wait->object, waiter);
}

/// Ends the timeout of a wait, if it has one. Afterwards no other thread touches the timeout or the waiter.
void tl__timeout_end(const tl__wait_desc *wait);

/// Stops the timeouts' thread. The list must be empty by then.
void tl__timeouts_stop(tl_job_system *jobs);

#endif
