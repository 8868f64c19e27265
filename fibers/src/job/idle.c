// SPDX-License-Identifier: MIT
// How workers that find no work fall asleep, and how they are woken.
//
// idle.word counts the searching workers and the workers on the list of sleepers. Why no worker sleeps while there is
// work that it could do:
//   - A thread that pushes work does so by a seq_cst store, and then loads the word (tl__notify). A worker that falls
//     asleep first changes the word, and then searches everywhere once more (sleep_until_woken in search.c), all
//     seq_cst. In the single total order of these four operations either the store comes before the search, and the
//     worker finds the work; or the change comes before the load, and the pushing thread sees a sleeper and wakes one.
//   - The pushing thread wakes no worker while one searches. A worker that stops searching, because it found something
//     or for another reason, first changes the word, and then checks for more work; if there is any, it wakes another
//     worker (tl__search). By the same order it sees the work of all threads that saw it still searching.
//   - Work that only one worker may run is pushed first; then the pushing thread takes the lock to see whether that
//     worker is on the list (tl__wake_worker). The worker puts itself on the list under the lock, and searches
//     afterwards.
//   - A worker inside tl_counter_wait_helping may be restricted to some ranks (priorities), so it may find nothing
//     although there is work. So the argument above counts only unrestricted workers, of which there is always at least
//     one (begin_work in worker.c). If no unrestricted worker sleeps or searches, the pushing thread wakes a restricted
//     one whose ranks include the new work. That only gets the work done sooner; the argument does not rely on it.
// The thread that wakes a worker removes it from the list, under the lock; from then on the worker counts as searching.
// So each post of a worker's semaphore belongs to one removal, and is waited for once.

#include "job/idle.h"

#include "job/placement.h"
#include "os/spin.h"
#include <stddef.h>

bool tl__set_attached(tl__worker_record *worker, bool attached)
{
    tl__idle *idle = &worker->jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    bool was = worker->attached;
    idle->attached += (uint32_t)attached - (uint32_t)was;
    worker->attached = attached;
    tl__spin_release(&idle->spin);
    return was;
}

static bool is_limited(const tl__worker_record *worker)
{
    return worker->ranks < TL__RANKS;
}

/// Returns what a worker adds to the word while it searches (`asleep` is false) or is on the list. Dedicated workers
/// add nothing, since they run no work of other workers. A worker that runs some ranks only may not run the work that
/// was pushed: it is counted separately while it sleeps, and not at all while it searches.
static uint64_t share_of(const tl__worker_record *worker, bool asleep)
{
    if (worker->kind == TL__DEDICATED)
        return 0;
    if (is_limited(worker))
        return asleep ? TL__LIMITED_ASLEEP : 0;
    return asleep ? TL__ASLEEP : TL__SEARCHING;
}

static void change_word(tl__worker_record *worker, uint64_t change)
{
    if (change != 0)
        tl__add(&worker->jobs->idle.word, change, memory_order_seq_cst);
}

/// Removes a worker from the list; from now on it counts as searching. The lock is held.
static void take_off(tl__idle *idle, tl__worker_record *worker)
{
    for (tl__worker_record **at = &idle->asleep; *at != NULL; at = &(*at)->next_asleep) {
        if (*at == worker) {
            *at = worker->next_asleep;
            break;
        }
    }
    worker->asleep = false;
    if (worker->parked)
        --idle->parked;
    worker->parked = false;
    change_word(worker, share_of(worker, false) - share_of(worker, true));
}

/// Removes a sleeping worker from the list and wakes it. The lock is held.
static void wake_sleeper(tl__idle *idle, tl__worker_record *worker)
{
    if (!worker->asleep)
        return;
    take_off(idle, worker);
    tl__placement_prepare(worker);
    tl__semaphore_post(&worker->semaphore);
}

void tl__wake_one(tl_job_system *jobs)
{
    tl__idle *idle = &jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    tl__worker_record *worker = idle->asleep;
    while (worker != NULL && (worker->kind == TL__DEDICATED || is_limited(worker)))
        worker = worker->next_asleep;
    if (worker != NULL)
        wake_sleeper(idle, worker);
    tl__spin_release(&idle->spin);
}

void tl__wake_limited(tl_job_system *jobs, unsigned rank)
{
    tl__idle *idle = &jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    tl__worker_record *worker = idle->asleep;
    while (worker != NULL && (worker->kind == TL__DEDICATED || worker->ranks <= rank))
        worker = worker->next_asleep;
    if (worker != NULL)
        wake_sleeper(idle, worker);
    tl__spin_release(&idle->spin);
}

void tl__wake_all(tl_job_system *jobs)
{
    tl__idle *idle = &jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    while (idle->asleep != NULL)
        wake_sleeper(idle, idle->asleep);
    tl__spin_release(&idle->spin);
}

void tl__wake_worker(tl__worker_record *worker)
{
    tl__idle *idle = &worker->jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    wake_sleeper(idle, worker);
    tl__spin_release(&idle->spin);
}

void tl__wake_thread(tl__worker_record *worker, tl__word *woken)
{
    // All under the lock: the woken thread takes it, too, before it continues (tl__set_attached), so its worker still
    // exists when we release the lock.
    tl__idle *idle = &worker->jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    // Both seq_cst: pairs with tl__work, where the thread checks whether it was woken.
    tl__store(woken, 1, memory_order_seq_cst);
    tl__store(&worker->wake_requested, 1, memory_order_seq_cst);
    wake_sleeper(idle, worker);
    tl__spin_release(&idle->spin);
}

void tl__wake_worker_locked(tl__worker_record *worker)
{
    wake_sleeper(&worker->jobs->idle, worker);
}

void tl__idle_begin_search(tl__worker_record *worker)
{
    change_word(worker, share_of(worker, false));
}

bool tl__idle_end_search(tl__worker_record *worker)
{
    if (share_of(worker, false) == 0)
        return false;
    uint64_t word = tl__sub(&worker->jobs->idle.word, TL__SEARCHING, memory_order_seq_cst) - TL__SEARCHING;
    return word >= TL__ASLEEP && tl__none_searches(word);
}

void tl__idle_prepare(tl__worker_record *worker)
{
    tl__idle *idle = &worker->jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    worker->next_asleep = idle->asleep;
    idle->asleep = worker;
    worker->asleep = true;
    change_word(worker, share_of(worker, true) - share_of(worker, false));
    tl__spin_release(&idle->spin);
}

bool tl__idle_park(tl__worker_record *worker)
{
    tl__idle *idle = &worker->jobs->idle;
    bool all = false;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    if (worker->asleep) {
        worker->parked = true;
        all = ++idle->parked == idle->attached;
    }
    tl__spin_release(&idle->spin);
    return all;
}

void tl__idle_sleep(tl__worker_record *worker)
{
    tl__semaphore_wait(&worker->semaphore);
    tl__placement_after_wake(worker);
}
