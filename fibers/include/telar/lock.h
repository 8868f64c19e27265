// SPDX-License-Identifier: MIT
/// telar/lock.h: locks for fibers.
///
/// A job or script that waits for a lock is suspended, and its thread runs other work meanwhile; other callers block
/// their thread. A lock is held by a fiber, whichever thread that fiber runs on (outside fibers, by the thread).
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
///   - tl_mutex for critical sections that take a while or contain waits. Waiters get it in the order in which they
///     asked (except scripts: a script gets it only if it is free when the script next runs);
///   - tl_condition to wait, with a mutex held, for a change that another fiber or thread makes;
///   - tl_recursive_mutex for a mutex that its holder may lock again;
///   - tl_spinlock for a few instructions, without any wait inside. In a debug build of the library it is misuse to
///     wait, yield, transfer or end a fiber while holding one (TL_ERROR_SPINLOCK_HELD): it is reported to the misuse
///     hook, and the call continues. A spinlock whose holder ended stays locked.
///
/// Initialise each of them to zeros, apart from its name. They allocate no memory, and must not be moved.
///
/// They have no priority inheritance, and are not unlocked when their holder ends. A fiber that is neither a job nor a
/// script blocks its whole thread while it waits. A job that runs on the stack of another job that waits for it
/// (telar/job.h) counts as the same holder: it cannot lock a mutex that the waiting job holds (TL_ERROR_CYCLE), but can
/// lock a recursive mutex that the waiting job holds.
///
/// Everything that was written before an unlock is visible to the next holder of the lock.
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

/// Locks a mutex, and waits while another fiber or thread holds it.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_CYCLE: the caller holds it
///   - TL_ERROR_UNWINDING: inside a clean-up of a job, when it would have to wait
///   - TL_ERROR_FORKED: in a job in a child made by fork, when it would have to wait
///
/// After an error the caller has not locked the mutex. When the jobs on all other fibers wait already, a job polls
/// instead of waiting, as in tl_counter_wait.
/// @thread any; @suspends while another holds it
TL_API tl_result tl_mutex_lock(tl_mutex *mutex);

/// Locks a mutex if it is free.
/// @return TL_OK; TL_WOULD_WAIT; TL_ERROR_NULL
/// @thread any; @suspends never
TL_API tl_result tl_mutex_try_lock(tl_mutex *mutex);

/// Unlocks a mutex. If jobs or threads wait for it, the one that has waited longest holds it from now on.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_NOT_HELD (the calling fiber, or thread outside any, does not hold it)
/// @thread any; @suspends never
TL_API tl_result tl_mutex_unlock(tl_mutex *mutex);

typedef struct tl_condition {
    const char *name; ///< as tl_mutex.name
    uint64_t tl__word;
    void *tl__waiters;
} tl_condition;

/// Unlocks a mutex, waits until the condition is signalled, and locks the mutex again. Another fiber or thread may lock
/// the mutex in between and change the state again, so check that state in a loop:
///
///     while (queue.count == 0)
///         tl_condition_wait(&not_empty, &queue.mutex);
///
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_NOT_HELD
///   - TL_ERROR_UNWINDING: inside a clean-up of a job; the mutex is still held
///   - TL_ERROR_FORKED: in a job in a child made by fork; the mutex is still held
/// @thread any; @suspends always
TL_API tl_result tl_condition_wait(tl_condition *condition, tl_mutex *mutex);

/// Wake the first waiter of a condition (tl_condition_signal) or all of them (tl_condition_broadcast). Without waiters
/// nothing happens.
/// @return TL_OK; TL_ERROR_NULL
/// @thread any; @suspends never
TL_API tl_result tl_condition_signal(tl_condition *condition);
TL_API tl_result tl_condition_broadcast(tl_condition *condition);

/// A mutex that its holder, a fiber (or a thread outside any), may lock again.
typedef struct tl_recursive_mutex {
    const char *name; ///< as tl_mutex.name
    tl_mutex tl__mutex;
    uint64_t tl__depth;
} tl_recursive_mutex;

/// Locks a recursive mutex, as tl_mutex_lock but without TL_ERROR_CYCLE; TL_ERROR_ARGUMENT when the caller has locked
/// it 2^32 - 1 times already.
TL_API tl_result tl_recursive_mutex_lock(tl_recursive_mutex *lock);
/// Locks a recursive mutex if it is free or held by the caller, as tl_mutex_try_lock; TL_ERROR_ARGUMENT as above.
TL_API tl_result tl_recursive_mutex_try_lock(tl_recursive_mutex *lock);
/// Unlocks a recursive mutex, as tl_mutex_unlock. It is free when it was unlocked as often as it was locked.
TL_API tl_result tl_recursive_mutex_unlock(tl_recursive_mutex *lock);

typedef struct tl_spinlock {
    uint64_t tl__word;
} tl_spinlock;

/// Locks a spinlock. While it is not free, the call polls it at growing intervals, and finally yields the CPU to other
/// threads between polls.
/// @return TL_OK; TL_ERROR_NULL
/// @thread any; @suspends never, but may keep its thread busy
TL_API tl_result tl_spinlock_lock(tl_spinlock *lock);
/// Locks a spinlock if it is free.
/// @return TL_OK; TL_WOULD_WAIT; TL_ERROR_NULL
TL_API tl_result tl_spinlock_try_lock(tl_spinlock *lock);
/// Unlocks a spinlock. Only the fiber that locked it may call this.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_NOT_HELD (it is not locked)
TL_API tl_result tl_spinlock_unlock(tl_spinlock *lock);

/// tl_scoped_lock(&lock); locks a mutex, recursive mutex or spinlock, and unlocks it when the enclosing block is left,
/// however that happens (it uses tl_defer). If locking fails, which is reported as misuse, the block runs without the
/// lock, and nothing is unlocked. A job that is cancelled in tl_condition_wait does not hold the mutex at that moment,
/// so it is not unlocked either.
/// @thread any; @suspends as the call that locks it
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

/// Locks `lock`, and returns the clean-up that unlocks it; after an error, one that does nothing.
TL_API tl_deferred tl__scoped_lock_take(tl__lock_kind kind, void *lock);

#define TL__SCOPED_LOCK(made, kind, lock) TL__SCOPED_LOCK_AT(made, TL__PASTED(made, _at), kind, lock)
#define TL__SCOPED_LOCK_AT(made, at, kind, lock)                                                                       \
    TL__SCOPED(tl__defer_frame, made, tl__defer_leave, {0, 0, 0, 0, 0, 0});                                            \
    void *const at = (lock);                                                                                           \
    tl__defer_enter(&made, tl__scoped_lock_take((kind), at), at)

#ifdef __cplusplus
}

extern "C++" {
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
}
#endif

#endif
