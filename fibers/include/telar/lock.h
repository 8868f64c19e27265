// SPDX-License-Identifier: MIT
/// telar/lock.h: locks that are right for fibers.
///
/// A job or script that waits for a lock is set aside, and its worker does other things; nothing blocks but plain
/// threads. And who holds a lock is a fiber, whichever thread it runs on.
///
///     static tl_mutex ledger = {.name = "ledger"};
///
///     TL_JOB(pay, struct payment, p)
///     {
///         tl_scoped_lock(&ledger);        // until the block is left, however that happens
///         p->from->balance -= p->amount;
///         p->to->balance += p->amount;
///     }
///
/// Which one:
///   - tl_mutex for all that may take a while or wait inside; in the order in which they asked for it (but a script
///     gets it in its turn, if it is free then);
///   - tl_condition to wait, with a mutex held, for something that another brings about;
///   - tl_recursive_mutex for a mutex that its holder may take again;
///   - tl_spinlock for a few instructions, without any wait inside. In a debug build of the library it is misuse to
///     wait, yield, transfer or end a fiber while holding one (TL_ERROR_SPINLOCK_HELD): it is reported to the misuse
///     hook, and the call continues. The lock of a fiber that ended stays taken.
///
/// All start out as zeros, but for their names, need no memory, and must be left where they are.
///
/// What they do not do: keep priorities, or notice that their holder ended. A fiber that is neither a job nor a script
/// holds up its whole thread while it waits. A job that runs on the stack of another that waits for it (telar/job.h)
/// is one with it: it cannot wait for a mutex of that other (TL_ERROR_CYCLE), and it shares a recursive mutex.
///
/// Order: what happened before an unlock is visible to the next holder of the lock.
#ifndef TELAR_LOCK_H
#define TELAR_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "telar/api.h"
#include "telar/fiber.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_mutex {
    const char *name; ///< for messages; not copied; may be null
    uint64_t tl__word, tl__holder;
    void *tl__waiters;
} tl_mutex;

/// Takes a mutex, and waits while another holds it.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_CYCLE: the caller holds it
///   - TL_ERROR_UNWINDING: inside a clean-up of a job, when it would have to wait
///   - TL_ERROR_FORKED: the same in a job, in a child made by fork
///
/// The caller does not hold it after an error. When all other fibers wait already, it goes as with tl_counter_wait
/// @thread any; @suspends while another holds it
TL_API tl_result tl_mutex_lock(tl_mutex *mutex);

/// Takes a mutex if it is free.
/// @return TL_OK; TL_WOULD_WAIT; TL_ERROR_NULL
/// @thread any; @suspends never
TL_API tl_result tl_mutex_try_lock(tl_mutex *mutex);

/// Gives it up. When others wait, the first of them holds it from now on.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_NOT_HELD (by the calling fiber, or thread outside any)
/// @thread any; @suspends never
TL_API tl_result tl_mutex_unlock(tl_mutex *mutex);

typedef struct tl_condition {
    const char *name; ///< as tl_mutex.name
    uint64_t tl__word;
    void *tl__waiters;
} tl_condition;

/// Gives up a mutex, waits until the condition is signalled, and takes the mutex again. Others may have come between
/// the signal and that, so what is waited for is looked at in a loop:
///
///     while (queue.count == 0)
///         tl_condition_wait(&not_empty, &queue.mutex);
///
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_NOT_HELD
///   - TL_ERROR_UNWINDING: inside a clean-up of a job; the mutex is still held
///   - TL_ERROR_FORKED: in a job, in a child made by fork; still held
/// @thread any; @suspends always
TL_API tl_result tl_condition_wait(tl_condition *condition, tl_mutex *mutex);

/// Wakes the first waiter, or all. Does nothing without waiters.
/// @return TL_OK; TL_ERROR_NULL
/// @thread any; @suspends never
TL_API tl_result tl_condition_signal(tl_condition *condition);
TL_API tl_result tl_condition_broadcast(tl_condition *condition);

/// A mutex that its holder, a fiber (or a thread outside any), may take again.
typedef struct tl_recursive_mutex {
    const char *name; ///< as tl_mutex.name
    tl_mutex tl__mutex;
    uint64_t tl__depth;
} tl_recursive_mutex;

/// As tl_mutex_lock, but for TL_ERROR_CYCLE; and TL_ERROR_ARGUMENT when it was taken 2^32 - 1 times.
TL_API tl_result tl_recursive_mutex_lock(tl_recursive_mutex *lock);
/// As tl_mutex_try_lock; and TL_ERROR_ARGUMENT as above.
TL_API tl_result tl_recursive_mutex_try_lock(tl_recursive_mutex *lock);
/// As tl_mutex_unlock. Others may have it when it was given up as often as it was taken.
TL_API tl_result tl_recursive_mutex_unlock(tl_recursive_mutex *lock);

typedef struct tl_spinlock {
    uint64_t tl__word;
} tl_spinlock;

/// Takes a spinlock; while another holds it, looks again ever less often, and then lets other threads run in between.
/// @return TL_OK; TL_ERROR_NULL
/// @thread any; @suspends never, but may keep its thread busy
TL_API tl_result tl_spinlock_lock(tl_spinlock *lock);
/// @return TL_OK; TL_WOULD_WAIT; TL_ERROR_NULL
TL_API tl_result tl_spinlock_try_lock(tl_spinlock *lock);
/// By the fiber that took it.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_NOT_HELD (by anybody)
TL_API tl_result tl_spinlock_unlock(tl_spinlock *lock);

/// tl_scoped_lock(&lock); takes a mutex, recursive mutex or spinlock until the block that it stands in is left, in
/// whichever way (see tl_defer, which it is made of). Where the lock answers an error, which is reported as misuse, it
/// is not held. A job that is cancelled while it waits on a condition does not hold its mutex, and does not give it up.
/// @thread any; @suspends as the lock
#ifdef __cplusplus
#define tl_scoped_lock(lock) TL__SCOPED_LOCK(TL__UNIQUE(tl__defer_), tl__kind_of(lock), lock)
#else
#define tl_scoped_lock(lock)                                                                                           \
    TL__SCOPED_LOCK(TL__UNIQUE(tl__defer_),                                                                            \
                    _Generic((lock), tl_mutex *                                                                        \
                             : TL__KIND_MUTEX, tl_recursive_mutex *                                                    \
                             : TL__KIND_RECURSIVE, tl_spinlock *                                                       \
                             : TL__KIND_SPIN),                                                                         \
                    lock)
#endif

typedef enum tl__lock_kind {
    TL__KIND_MUTEX,
    TL__KIND_RECURSIVE,
    TL__KIND_SPIN,
} tl__lock_kind;

/// Takes the lock; what shall give it up.
TL_API tl_deferred tl__scoped_lock_take(tl__lock_kind kind, void *lock);

#define TL__SCOPED_LOCK(made, kind, lock) TL__SCOPED_LOCK_AT(made, TL__PASTED(made, _at), kind, lock)
#define TL__SCOPED_LOCK_AT(made, at, kind, lock)                                                                       \
    tl__defer_frame made __attribute__((cleanup(tl__defer_leave), unused)) = {0, 0, 0, 0, 0, 0};                       \
    void *const at = (lock);                                                                                           \
    tl__defer_enter(&made, tl__scoped_lock_take((kind), at), at)

#ifdef __cplusplus
}

inline tl__lock_kind tl__kind_of(const tl_mutex *)
{
    return TL__KIND_MUTEX;
}

inline tl__lock_kind tl__kind_of(const tl_recursive_mutex *)
{
    return TL__KIND_RECURSIVE;
}

inline tl__lock_kind tl__kind_of(const tl_spinlock *)
{
    return TL__KIND_SPIN;
}
#endif

#endif
