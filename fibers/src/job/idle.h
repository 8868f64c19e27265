// SPDX-License-Identifier: MIT
/// Workers that have nothing to do: an eventcount. A worker prepares to sleep, looks once more, and then sleeps or not;
/// what wakes it is notified after something was put.
#ifndef TELAR_JOB_IDLE_H
#define TELAR_JOB_IDLE_H

#include "job/system.h"

/// A worker takes part from now on, or no longer. Returns what it was.
bool tl__set_attached(tl__worker_record *worker, bool attached);

/// The calling worker searches from now on: who puts something need wake no other.
void tl__idle_begin_search(tl__worker_record *worker);
/// And no longer. True: others sleep and none searches now, so what may have come meanwhile is to be looked for.
bool tl__idle_end_search(tl__worker_record *worker);

/// The calling worker, which searches, can be woken from now on, and is to look once more. Then either it sleeps until
/// it is woken (tl__idle_sleep), or wakes itself before (tl__wake_worker). From then on it counts as one that searches.
void tl__idle_prepare(tl__worker_record *worker);
/// That look found nothing. Whether it was the last worker of all to find that.
bool tl__idle_park(tl__worker_record *worker);
void tl__idle_sleep(tl__worker_record *worker);

void tl__wake_one(tl_job_system *jobs);
/// Wakes a worker that runs some ranks only, this one among them.
void tl__wake_limited(tl_job_system *jobs, unsigned rank);
void tl__wake_all(tl_job_system *jobs);
void tl__wake_worker(tl__worker_record *worker);
/// The same where idle.spin is held.
void tl__wake_worker_locked(tl__worker_record *worker);
/// The same of a thread that works until *woken is not zero; sets it. Neither is touched after the thread saw that.
void tl__wake_thread(tl__worker_record *worker, tl__word *woken);

#define TL__SEARCHING ((uint64_t)1)
#define TL__LIMITED_ASLEEP ((uint64_t)1 << 16)
#define TL__ASLEEP ((uint64_t)1 << 32)

static inline bool tl__none_searches(uint64_t word)
{
    return word % TL__LIMITED_ASLEEP == 0;
}

/// Something of that rank was put where any worker can find it.
static inline void tl__notify(tl_job_system *jobs, unsigned rank)
{
    // seq_cst: the load comes after the store that put it there, in the one order; pairs with tl__idle_prepare.
    uint64_t word = tl__load(&jobs->idle.word, memory_order_seq_cst);
    if (word >= TL__LIMITED_ASLEEP && tl__none_searches(word)) {
        if (word >= TL__ASLEEP)
            tl__wake_one(jobs);
        else
            tl__wake_limited(jobs, rank);
    }
}

#endif
