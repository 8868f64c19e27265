// SPDX-License-Identifier: MIT
// Locks. The word of a mutex has three bits: the mutex is held; its list of waiters is locked; the list is not empty. A
// thread that unlocks a mutex with waiters hands it to the first of them: the first bit stays set. (Waiters that are
// only notified, such as scripts, are not handed the mutex: all others would have to wait until the script is resumed.)
#include "telar/lock.h"

#include "base/atomics.h"
#include "base/misuse.h"
#include "fiber/thread_life.h"
#include "fiber/waiter.h"
#include "job/wait.h"
#include "os/spin.h"

#define HELD ((uint64_t)1)
#define LISTED ((uint64_t)2)
#define WAITERS ((uint64_t)4)

// The list: a ring in first-in, first-out order; `tl__waiters` points to its last waiter.

/// Locks the list. Returns the word as it was before.
static uint64_t take_list(uint64_t *at)
{
    uint32_t spins = 0;
    for (;;) {
        uint64_t word = tl__load(at, memory_order_relaxed); // relaxed: the compare-and-swap acquires
        // acquire: pairs with the release of the previous holder of this list, or of the mutex.
        if (!(word & LISTED) && tl__cas(at, &word, word | LISTED, memory_order_acquire))
            return word;
        tl__pause(&spins);
    }
}

static void append_waiter(void **list, tl__waiter *waiter)
{
    tl__writes(list);
    tl__waiter *last = *list;
    waiter->next = last != NULL ? last->next : waiter;
    if (last != NULL)
        last->next = waiter;
    *list = waiter;
}

/// Removes and returns the first waiter; null if the list is empty.
static tl__waiter *take_first(void **list)
{
    tl__writes(list);
    tl__waiter *last = *list;
    if (last == NULL)
        return NULL;
    tl__waiter *first = last->next;
    last->next = first->next;
    if (first == last)
        *list = NULL;
    return first;
}

/// Removes a waiter. Returns whether it was in the list.
static bool take_out(void **list, const tl__waiter *waiter)
{
    tl__writes(list);
    tl__waiter *last = *list, *at = last;
    if (last == NULL)
        return false;
    do {
        tl__waiter *next = at->next;
        if (next == waiter) {
            at->next = next->next;
            if (next == last)
                *list = next == at ? NULL : at;
            return true;
        }
        at = next;
    } while (at != last);
    return false;
}

static void wake_waiter(tl__waiter *waiter)
{
    waiter->answer = TL_OK;
    waiter->wake(waiter);
}

// The mutex. `tl__holder` is relaxed: the holder sets it after locking and clears it before unlocking, and only the
// holder itself relies on it (is_holder). Deadlock reports read it under the locks of the lists of waits: a holder that
// waits has set it before it entered such a list.

static bool try_take(tl_mutex *mutex)
{
    uint64_t open = 0;
    // acquire: pairs with the release in release_mutex. relaxed: only a look, which saves a compare-and-swap in vain.
    return tl__load(&mutex->tl__word, memory_order_relaxed) == 0 &&
           tl__cas(&mutex->tl__word, &open, HELD, memory_order_acquire);
}

static bool mutex_join(void *object, tl__waiter *waiter)
{
    tl_mutex *mutex = object;
    uint64_t word = take_list(&mutex->tl__word);
    if (!(word & HELD)) { // it was unlocked meanwhile, so there are no waiters
        waiter->answer = TL_OK;
        tl__add(&mutex->tl__word, HELD - LISTED, memory_order_release); // pairs with take_list
        return false;
    }
    append_waiter(&mutex->tl__waiters, waiter);
    // release: pairs with take_list.
    tl__add(&mutex->tl__word, (word & WAITERS ? 0 : WAITERS) - LISTED, memory_order_release);
    return true;
}

static bool mutex_unjoin(void *object, tl__waiter *waiter)
{
    tl_mutex *mutex = object;
    uint64_t word = take_list(&mutex->tl__word);
    bool found = take_out(&mutex->tl__waiters, waiter);
    uint64_t off = LISTED + (mutex->tl__waiters == NULL ? word & WAITERS : 0);
    tl__sub(&mutex->tl__word, off, memory_order_release); // pairs with take_list
    return found;
}

/// Removes and returns the first waiter that the lock may be handed to; null if there is none. Moves the waiters before
/// that one, which may only be notified, to the list `notified`.
static tl__waiter *take_first_to_give(void **list, tl__waiter **notified)
{
    tl__waiter *first, *latest = NULL;
    *notified = NULL;
    while ((first = take_first(list)) != NULL && first->only_notified) {
        first->next = NULL;
        *(latest != NULL ? &latest->next : notified) = first;
        latest = first;
    }
    return first;
}

static void notify(tl__waiter *notified)
{
    while (notified != NULL) {
        tl__waiter *next = notified->next;
        notified->answer = TL_WOULD_WAIT;
        notified->wake(notified);
        notified = next;
    }
}

static void release_mutex(tl_mutex *mutex)
{
    tl__store(&mutex->tl__holder, 0, memory_order_relaxed); // before the mutex is free, since its next holder sets it
    uint64_t word = HELD;
    if (tl__cas(&mutex->tl__word, &word, 0, memory_order_release)) // pairs with try_take
        return;
    word = take_list(&mutex->tl__word);
    tl__waiter *notified, *first = take_first_to_give(&mutex->tl__waiters, &notified);
    uint64_t off = LISTED + (mutex->tl__waiters == NULL ? word & WAITERS : 0) + (first == NULL ? HELD : 0);
    tl__sub(&mutex->tl__word, off, memory_order_release); // pairs with take_list and try_take
    notify(notified);
    if (first != NULL)
        wake_waiter(first);
}

static uintptr_t holder_of_mutex(const void *mutex)
{
    return (uintptr_t)tl__load(&((const tl_mutex *)mutex)->tl__holder, memory_order_relaxed);
}

static bool is_holder(const tl_mutex *mutex)
{
    return tl__load(&mutex->tl__holder, memory_order_relaxed) ==
           tl__holder_here(); // relaxed: while the caller is the holder, no other thread changes it
}

static bool look_for(tl_mutex *mutex)
{
    enum { LOOKS = 4 }; // most mutexes are held for a few instructions
    bool taken = try_take(mutex);
    for (uint32_t spins = 0; spins < LOOKS && !taken; taken = try_take(mutex))
        tl__pause(&spins);
    return taken;
}

/// Locks a mutex that the caller does not hold.
/// @param name  for messages
static tl_result take_mutex(tl_mutex *mutex, const char *name)
{
    tl_result waited = TL_WOULD_WAIT;
    while (waited == TL_WOULD_WAIT && !look_for(mutex)) {
        waited = tl__wait_for(&(tl__wait_desc){mutex, mutex_join, mutex_unjoin, .kind = "the mutex", .name = name,
                                               .holder_of = holder_of_mutex});
        if (waited == TL_ERROR_ALL_WAITING) { // reported already: poll, and wait as soon as waiting is possible again
            tl__let_all_go_first();
            waited = TL_WOULD_WAIT;
        } else if (waited != TL_OK && waited != TL_WOULD_WAIT) {
            return waited;
        }
    }
    tl__store(&mutex->tl__holder, tl__holder_here(), memory_order_relaxed);
    return TL_OK;
}

tl_result tl_mutex_lock(tl_mutex *mutex)
{
    if (mutex == NULL || is_holder(mutex))
        return tl__misuse(mutex == NULL ? TL_ERROR_NULL : TL_ERROR_CYCLE, __func__);
    return take_mutex(mutex, mutex->name);
}

tl_result tl_mutex_try_lock(tl_mutex *mutex)
{
    if (mutex == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (!try_take(mutex))
        return TL_WOULD_WAIT;
    tl__store(&mutex->tl__holder, tl__holder_here(), memory_order_relaxed);
    return TL_OK;
}

tl_result tl_mutex_unlock(tl_mutex *mutex)
{
    if (mutex == NULL || !is_holder(mutex))
        return tl__misuse(mutex == NULL ? TL_ERROR_NULL : TL_ERROR_NOT_HELD, __func__);
    release_mutex(mutex);
    return TL_OK;
}

// The condition. Its word uses only the bit that locks the list.

struct signal_wait {
    tl_condition *condition;
    tl_mutex *mutex;
};

static bool condition_join(void *object, tl__waiter *waiter)
{
    const struct signal_wait *wait = object;
    tl_condition *condition = wait->condition;
    tl_mutex *mutex = wait->mutex; // read now: once the waiter is on the list, `wait` may be gone
    take_list(&condition->tl__word);
    append_waiter(&condition->tl__waiters, waiter);
    tl__store(&condition->tl__word, 0, memory_order_release); // pairs with take_list
    release_mutex(mutex);
    return true;
}

static bool condition_unjoin(void *object, tl__waiter *waiter)
{
    tl_condition *condition = ((const struct signal_wait *)object)->condition;
    take_list(&condition->tl__word);
    bool found = take_out(&condition->tl__waiters, waiter);
    tl__store(&condition->tl__word, 0, memory_order_release); // pairs with take_list
    return found;
}

/// Passes the signal of a waiter that will not continue to the next waiter.
static void condition_give_back(void *object)
{
    tl_condition_signal(((const struct signal_wait *)object)->condition);
}

tl_result tl_condition_wait(tl_condition *condition, tl_mutex *mutex)
{
    tl_result result = condition == NULL || mutex == NULL ? TL_ERROR_NULL
                       : !is_holder(mutex)                ? TL_ERROR_NOT_HELD
                                                          : TL_OK;
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    struct signal_wait wait = {condition, mutex};
    tl_result waited = tl__wait_for(&(tl__wait_desc){&wait, condition_join, condition_unjoin, .subject = condition,
                                                     .kind = "the condition", .name = condition->name,
                                                     .give_back = condition_give_back});
    if (waited == TL_ERROR_ALL_WAITING) { // reported already: continue as if signalled; the caller checks its condition
        release_mutex(mutex);
        tl__let_all_go_first();
    } else if (waited != TL_OK) {
        return waited;
    }
    return take_mutex(mutex, mutex->name);
}

static tl__waiter *take_waiter(tl_condition *condition)
{
    take_list(&condition->tl__word);
    tl__waiter *first = take_first(&condition->tl__waiters);
    tl__store(&condition->tl__word, 0, memory_order_release); // pairs with take_list
    return first;
}

tl_result tl_condition_signal(tl_condition *condition)
{
    if (condition == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl__waiter *first = take_waiter(condition);
    if (first != NULL)
        wake_waiter(first);
    return TL_OK;
}

tl_result tl_condition_broadcast(tl_condition *condition)
{
    if (condition == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    take_list(&condition->tl__word);
    tl__waiter *last = condition->tl__waiters, *first = last != NULL ? last->next : NULL;
    condition->tl__waiters = NULL;
    tl__store(&condition->tl__word, 0, memory_order_release); // pairs with take_list
    while (first != NULL) {                                   // a woken thread that waits again joins another list
        tl__waiter *next = first == last ? NULL : first->next;
        wake_waiter(first);
        first = next;
    }
    return TL_OK;
}

// The recursive mutex. Only its holder accesses its depth.

/// Counts one more lock by the holder.
static tl_result take_again(tl_recursive_mutex *lock, const char *call)
{
    if (lock->tl__depth == UINT32_MAX)
        return tl__misuse(TL_ERROR_ARGUMENT, call);
    ++lock->tl__depth;
    return TL_OK;
}

tl_result tl_recursive_mutex_lock(tl_recursive_mutex *lock)
{
    if (lock == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result taken = is_holder(&lock->tl__mutex) ? TL_OK : take_mutex(&lock->tl__mutex, lock->name);
    return taken == TL_OK ? take_again(lock, __func__) : taken;
}

tl_result tl_recursive_mutex_try_lock(tl_recursive_mutex *lock)
{
    if (lock == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result taken = is_holder(&lock->tl__mutex) ? TL_OK : tl_mutex_try_lock(&lock->tl__mutex);
    return taken == TL_OK ? take_again(lock, __func__) : taken;
}

tl_result tl_recursive_mutex_unlock(tl_recursive_mutex *lock)
{
    if (lock == NULL || !is_holder(&lock->tl__mutex))
        return tl__misuse(lock == NULL ? TL_ERROR_NULL : TL_ERROR_NOT_HELD, __func__);
    if (--lock->tl__depth == 0)
        release_mutex(&lock->tl__mutex);
    return TL_OK;
}

// The spinlock.

static void count_held(int32_t change)
{
#ifdef NDEBUG
    (void)change;
#else
    tl__fiber_self()->spinlocks += (uint32_t)change;
#endif
}

tl_result tl_spinlock_lock(tl_spinlock *lock)
{
    if (lock == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl__word_take(&lock->tl__word); // pairs with the release in tl_spinlock_unlock
    count_held(1);
    return TL_OK;
}

tl_result tl_spinlock_try_lock(tl_spinlock *lock)
{
    if (lock == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (tl__exchange(&lock->tl__word, 1, memory_order_acquire) != 0) // pairs with tl_spinlock_unlock
        return TL_WOULD_WAIT;
    count_held(1);
    return TL_OK;
}

tl_result tl_spinlock_unlock(tl_spinlock *lock)
{
    if (lock == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    // relaxed: only a check for misuse. The holder sees the 1 that it has stored.
    if (tl__load(&lock->tl__word, memory_order_relaxed) == 0)
        return tl__misuse(TL_ERROR_NOT_HELD, __func__);
    count_held(-1);
    tl__store(&lock->tl__word, 0, memory_order_release); // pairs with tl_spinlock_lock
    return TL_OK;
}

// Scoped locks.

static void leave_mutex(void *mutex)
{
    if (is_holder(mutex)) // false if the fiber was cancelled in tl_condition_wait, which unlocks the mutex
        release_mutex(mutex);
}

static void leave_recursive(void *lock)
{
    if (is_holder(&((tl_recursive_mutex *)lock)->tl__mutex))
        tl_recursive_mutex_unlock(lock);
}

static void leave_spin(void *lock)
{
    tl_spinlock_unlock(lock);
}

static void leave_nothing(void *lock)
{
    (void)lock;
}

tl_deferred tl__scoped_lock_take(tl__lock_kind kind, void *lock)
{
    tl_result taken;
    switch (kind) {
    case TL__KIND_MUTEX: taken = tl_mutex_lock(lock); break;
    case TL__KIND_RECURSIVE: taken = tl_recursive_mutex_lock(lock); break;
    default: taken = tl_spinlock_lock(lock); break;
    }
    if (taken != TL_OK)
        return leave_nothing;
    return kind == TL__KIND_MUTEX ? leave_mutex : kind == TL__KIND_RECURSIVE ? leave_recursive : leave_spin;
}
