// SPDX-License-Identifier: MIT
#include "job/debug_jobs.h"

#include <stdatomic.h>

#include "base/debug_table.h"
#include "job/deadlock.h"
#include "job/dump_jobs.h"
#include "job/fork.h"
#include "job/system.h"

static const tl__debug_entry job_entries[] = {
    TL__DEBUG_ADDRESS(tl__forks), // a system with another number was made before a fork, and is not this process's
    TL__DEBUG_ADDRESS(tl__blocked_threads),
    TL__DEBUG_FIELD(tl__blocked, next),
    TL__DEBUG_FIELD(tl__blocked, wait),
    TL__DEBUG_FIELD(tl__blocked, worker),
    TL__DEBUG_FIELD(tl__blocked, holder),

    TL__DEBUG_FIELD(tl_job_system, root),
    TL__DEBUG_FIELD(tl_job_system, forks),
    TL__DEBUG_FIELD(tl_job_system, worker_count),
    TL__DEBUG_FIELD(tl_job_system, workers),
    TL__DEBUG_FIELD(tl_job_system, shared),
    TL__DEBUG_FIELD(tl_job_system, pending),
    TL__DEBUG_FIELD(tl_job_system, pending_count),
    TL__DEBUG_CONSTANT(TL__STACKS),
    TL__DEBUG_CONSTANT(TL__RANKS),

    TL__DEBUG_SIZE(tl__worker_record),
    TL__DEBUG_FIELD(tl__worker_record, job_fiber),
    TL__DEBUG_FIELD(tl__worker_record, kind),
    TL__DEBUG_FIELD(tl__worker_record, name),
    TL__DEBUG_FIELD(tl__worker_record, deques),
    TL__DEBUG_FIELD(tl__worker_record, ready),
    TL__DEBUG_FIELD(tl__worker_record, pinned),
    TL__DEBUG_FIELD(tl__worker_record, waiting),
    TL__DEBUG_FIELD(tl__worker_record, taken),
    TL__DEBUG_FIELD(tl__worker_record, asleep),
    TL__DEBUG_FIELD(tl__worker_record, stolen),
    TL__DEBUG_FIELD(tl__worker_record, suspensions),
    TL__DEBUG_TEXT(worker, "main", TL__MAIN),
    TL__DEBUG_TEXT(worker, "general", TL__GENERAL),
    TL__DEBUG_TEXT(worker, "dedicated", TL__DEDICATED),
    TL__DEBUG_TEXT(worker, "external", TL__EXTERNAL),

    TL__DEBUG_SIZE(tl__deque),
    TL__DEBUG_FIELD(tl__deque, top),
    TL__DEBUG_FIELD(tl__deque, bottom),
    TL__DEBUG_SIZE(tl__inbox),
    TL__DEBUG_FIELD(tl__inbox, total),

    TL__DEBUG_FIELD(tl__job_fiber, fiber),
    TL__DEBUG_FIELD(tl__job_fiber, active_job),
    TL__DEBUG_FIELD(tl__job_fiber, wait),
    TL__DEBUG_FIELD(tl__job_fiber, after),
    TL__DEBUG_FIELD(tl__active_job, job),
    TL__DEBUG_FIELD(tl__job, entry),
    TL__DEBUG_SIZE(tl__pending),
    TL__DEBUG_FIELD(tl__pending, job),
    TL__DEBUG_FIELD(tl__pending, after),
    TL__DEBUG_FIELD(tl__wait_desc, object),
    TL__DEBUG_FIELD(tl__wait_desc, subject),
    TL__DEBUG_FIELD(tl__wait_desc, kind),
    TL__DEBUG_FIELD(tl__wait_desc, name),
    TL__DEBUG_FIELD(tl_counter, tl__word),
    TL__DEBUG_FIELD(tl_counter, name),
    TL__DEBUG_CONSTANT(TL__COUNTER_ONE),
};

static const tl__debug_layout job_table = TL__DEBUG_TABLE(job_entries);

void tl__jobs_show(void)
{
    static atomic_bool is_shown; // relaxed: only saves time; all of this may be done twice
    if (atomic_load_explicit(&is_shown, memory_order_relaxed))
        return;
    tl__blocked_watch_forks();
    tl__debug_publish(TL__DEBUG_JOBS, &job_table);
    tl__dump_with(TL__DUMP_JOBS, tl__dump_add_jobs);
    atomic_store_explicit(&is_shown, true, memory_order_relaxed);
}
