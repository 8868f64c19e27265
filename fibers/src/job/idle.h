// SPDX-License-Identifier: MIT
/// Idle workers sleep by an eventcount: a worker prepares to sleep, searches once more, and sleeps if it found nothing.
/// A thread that pushes work then notifies, which wakes a worker.
#ifndef TELAR_JOB_IDLE_H
#define TELAR_JOB_IDLE_H

#include "job/system.h"

/// Sets whether a worker takes part in running jobs (asleep or not), as the main worker does only while its thread
/// waits. When all workers that take part sleep, no job can run any more. Returns the previous value.
bool tl__set_attached(tl__worker_record *worker, bool attached);

/// Counts the calling worker as searching: while a worker searches, a thread that pushes work need not wake another.
void tl__idle_begin_search(tl__worker_record *worker);
/// Ends that count. Returns true when other workers sleep and none searches now: then the caller must check for work
/// that was pushed meanwhile.
bool tl__idle_end_search(tl__worker_record *worker);

/// Puts the calling worker, which is searching, on the list of sleepers: from now on it can be woken. It must search
/// once more, and if it finds something, wake itself (tl__wake_worker). In either case it must then call
/// tl__idle_sleep, which returns when it was woken. Once woken, it counts as searching.
void tl__idle_prepare(tl__worker_record *worker);
/// Records that the worker found nothing in that last search either. Returns whether this is now so for all workers.
bool tl__idle_park(tl__worker_record *worker);
void tl__idle_sleep(tl__worker_record *worker);

void tl__wake_one(tl_job_system *jobs);
/// Wakes a sleeping worker that runs some ranks only, `rank` among them.
void tl__wake_limited(tl_job_system *jobs, unsigned rank);
void tl__wake_all(tl_job_system *jobs);
void tl__wake_worker(tl__worker_record *worker);
/// Wakes a worker; the caller holds idle.spin.
void tl__wake_worker_locked(tl__worker_record *worker);
/// Sets *woken and wakes the worker's thread, which runs jobs until *woken is not zero. Touches neither `worker` nor
/// `woken` once the thread continues from that wait.
void tl__wake_thread(tl__worker_record *worker, tl__word *woken);

#define TL__SEARCHING ((uint64_t)1)
#define TL__LIMITED_ASLEEP ((uint64_t)1 << 16)
#define TL__ASLEEP ((uint64_t)1 << 32)

static inline bool tl__none_searches(uint64_t word)
{
    return word % TL__LIMITED_ASLEEP == 0;
}

/// Wakes a worker, if none is searching, after work of that rank was pushed where any worker can find it.
static inline void tl__notify(tl_job_system *jobs, unsigned rank)
{
    // seq_cst: in the single total order this load comes after the store that pushed the work; pairs with
    // tl__idle_prepare.
    uint64_t word = tl__load(&jobs->idle.word, memory_order_seq_cst);
    if (word >= TL__LIMITED_ASLEEP && tl__none_searches(word)) {
        if (word >= TL__ASLEEP)
            tl__wake_one(jobs);
        else
            tl__wake_limited(jobs, rank);
    }
}

#endif
