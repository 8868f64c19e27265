// SPDX-License-Identifier: MIT
/// Waits that end after a time: of jobs, and of workers' threads. (Other threads sleep for that time.)
///
/// A job system has one thread for all of them, from the first on. It sleeps until the earliest is due, takes the
/// waiter off what it waits for, and wakes it with TL_TIMED_OUT, as a thread outside the system would.
///
/// The lock of the list is held while a waiter joins, is taken off after its time, and is woken. So:
///   - a waiter whose timeout is set has joined, or is woken already;
///   - what is waited for is still there when a waiter is taken off, since the waiter ends its timeout, which takes the
///     lock, before its wait returns.
/// Locks of counters and of the system are taken inside, and none of these is held by a thread that takes the list's.
#ifndef TELAR_JOB_TIMEOUT_H
#define TELAR_JOB_TIMEOUT_H

#include "fiber/waiter.h"
#include "job/system.h"

/// Lies on the stack of what waits.
typedef struct tl__timeout {
    struct tl__timeout *previous, *next; ///< in the list of its system, the earliest first
    tl__timeouts *all;
    const tl__wait_desc *wait;
    tl__waiter *waiter;
    int64_t end; ///< of tl__monotonic_time
    bool is_set;
} tl__timeout;

/// The time at which a limit ends that begins now.
int64_t tl__limit_end(tl_limit limit);

/// Whether a wait outside scripts may have that limit: none, or some real time.
static inline bool tl__is_real_limit(tl_limit limit)
{
    return limit.clock == TL_NO_CLOCK || (limit.clock == TL_REAL_CLOCK && limit.seconds >= 0);
}

/// Gives a wait that has a limit its timeout. TL_OK, also where it has no limit; TL_ERROR_SYSTEM: there is no thread.
tl_result tl__timeout_begin(tl__timeout *made, tl_job_system *jobs, tl__wait_desc *wait);

/// Puts a waiter on the list of what it waits for, and sets the wait's timeout, where it has one. False: it need not
/// wait.
bool tl__timeout_join(const tl__wait_desc *wait, tl__waiter *waiter);

static inline bool tl__wait_join(const tl__wait_desc *wait, tl__waiter *waiter)
{
    return wait->timeout != NULL ? tl__timeout_join(wait, waiter) : wait->join(wait->object, waiter);
}

/// Ends the timeout of a wait that has one. From here on no other thread touches it, or the waiter.
void tl__timeout_end(const tl__wait_desc *wait);

/// Stops the thread. No timeout is set any more.
void tl__timeouts_stop(tl_job_system *jobs);

#endif
