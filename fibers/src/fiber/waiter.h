// SPDX-License-Identifier: MIT
/// A waiter: a job, a thread, a job that has not begun, or what the engine makes of it.
#ifndef TELAR_FIBER_WAITER_H
#define TELAR_FIBER_WAITER_H

#include <stdbool.h>
#include <stdint.h>

#include "telar/limit.h"
#include "telar/result.h"

typedef struct tl__waiter tl__waiter;
struct tl__waiter {
    tl__waiter *next;
    /// Called once, by the thread that brought what was waited for, after it was taken off all lists and `answer` set.
    /// From then on the waiter belongs to what it wakes: no other code touches it.
    void (*wake)(tl__waiter *self);
    tl_result answer;
    /// It continues at a time of its own, so it is not given a lock, which would be held until then, but notified
    /// (TL_WOULD_WAIT) that it may try.
    bool only_notified;
};

/// Puts a waiter on the list of what it waits for. False: it need not wait, and is on no list.
typedef bool tl__join(void *object, tl__waiter *waiter);
/// Takes it off, if it is still there. False: it has been woken, or is just being.
typedef bool tl__unjoin(void *object, tl__waiter *waiter);

/// What a wait is about.
typedef struct tl__wait_desc {
    void *object;
    tl__join *join;
    tl__unjoin *unjoin;
    const void *subject; ///< what is waited for, where `object` lies on the stack; null: `object`
    const char *kind;    ///< for messages: "the counter"
    const char *name;    ///< the same; may be null
    /// Who holds it, as tl__holder_here; null where jobs that are counted are waited for.
    uintptr_t (*holder_of)(const void *object);
    /// Takes back what a waiter was given that will not go on; null where that needs nothing.
    void (*give_back)(void *object);
    unsigned ranks;      ///< number of ranks, from the first on, that a thread runs meanwhile; 0: all
    bool may_be_outside; ///< when the wait began (the counter may be gone later): it may come from a thread that is no
                         ///< worker
    tl_limit limit;      ///< the longest that it lasts
    struct tl__timeout *timeout; ///< what ends it after its limit; null: nothing does (timeout.h)
    bool is_own;                 ///< it counts one call's own jobs, which use the caller's stack
} tl__wait_desc;

#endif
