// SPDX-License-Identifier: MIT
// How workers that find nothing fall asleep, and how they are woken.
//
// The word counts those that search and those that are on the list of the sleeping. The argument that no worker sleeps
// while there is work that it could do:
//   - A thread that publishes work does so with a seq_cst store, then loads the word (tl__notify). A worker that falls
//     asleep first changes the word, then looks everywhere once more (sleep_until_woken in search.c), all seq_cst. In
//     the one order of these four either the store comes before the look, and the worker finds the work, or the change
//     before the load, and the other sees a sleeper and wakes one.
//   - It wakes none while a worker searches. A worker that stops searching because it found something, or has another
//     reason, first changes the word, and then looks whether there is more; if so, it wakes another (tl__search). By
//     the same order it sees what was put by those that still saw it searching.
//   - What only one worker may run is put, and then the lock is taken to see whether that one is on the list
//     (tl__wake_worker). It puts itself there under the lock, and looks after.
//   - A worker that waits and runs some ranks only (tl_counter_wait_helping) may find nothing where there is work. So
//     the above counts the others alone; and where no other sleeps or searches, such a one is woken for work of its
//     ranks, which is no promise, but help. There is always another (begin_work in worker.c).
// A worker is taken off the list by the thread that wakes it, under the lock, and counts as one that searches from then
// on. So each post of a semaphore belongs to one taking off, and is waited for once.

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

/// What a worker adds to the word while it searches, and while it is on the list. Dedicated workers add nothing, since
/// no other worker's work is theirs. A worker that runs some ranks only is none to rely on: it counts apart while it
/// sleeps, and not at all while it searches.
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

/// Takes a worker off the list; it counts as one that searches from now on. The lock is held.
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

/// Takes a sleeping worker off the list and wakes it. The lock is held.
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
    // All under the lock, which the thread takes, too, before it continues (tl__set_attached): so the worker is still
    // there when we leave it.
    tl__idle *idle = &worker->jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    // seq_cst, both: pairs with tl__work, and with the acquire of the thread that looks whether it was woken.
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
