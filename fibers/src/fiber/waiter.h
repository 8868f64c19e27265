// SPDX-License-Identifier: MIT
/// An entry in a list of waiters for a counter or lock: a job, a thread, a job that has not begun (a continuation), or
/// a waiter of the engine's.
#ifndef TELAR_FIBER_WAITER_H
#define TELAR_FIBER_WAITER_H

#include <stdbool.h>
#include <stdint.h>

#include "telar/limit.h"
#include "telar/result.h"

typedef struct tl__waiter tl__waiter;
struct tl__waiter {
    tl__waiter *next;
    /// Called once, by the thread that completed the wait, after the waiter was removed from all lists and `answer` was
    /// set. From then on the waiter belongs to the job or thread that it wakes: no other code accesses it.
    void (*wake)(tl__waiter *self);
    tl_result answer;
    /// Set for a waiter, such as a script, that resumes only some time after it was woken. It is not handed a lock,
    /// which would stay locked until then, but notified (TL_WOULD_WAIT) that it may try to lock it.
    bool only_notified;
};

/// Adds a waiter to the list of the object that it waits for. Returns false if it need not wait; it is then on no list.
typedef bool tl__join(void *object, tl__waiter *waiter);
/// Removes a waiter from that list. Returns false if another thread has removed it before, in order to wake it.
typedef bool tl__unjoin(void *object, tl__waiter *waiter);

/// Describes one wait.
typedef struct tl__wait_desc {
    void *object;
    tl__join *join;
    tl__unjoin *unjoin;
    const void *subject; ///< object to report, if `object` is a helper on the stack; null: `object`
    const char *kind;    ///< for messages: "the counter"
    const char *name;    ///< for messages: the object's own name; may be null
    /// Returns the holder of the object, in the form of tl__holder_here; null for objects that have no holder, such as
    /// counters.
    uintptr_t (*holder_of)(const void *object);
    /// Undoes the completion of a wait whose waiter will not resume (passes a condition's signal to the next waiter);
    /// null if there is nothing to undo.
    void (*give_back)(void *object);
    unsigned ranks;              ///< number of ranks (priorities), from 0 on, that a waiting thread runs; 0: all
    bool may_be_outside;         ///< whether a thread that is no worker may complete the wait; found out when the
                                 ///< wait begins, as the counter may be gone later
    tl_limit limit;              ///< longest duration of the wait
    struct tl__timeout *timeout; ///< ends the wait after its limit; null: nothing does (timeout.h)
    bool is_own;                 ///< the counter is a local of the waiting call, whose jobs use the caller's stack
} tl__wait_desc;

#endif
