// SPDX-License-Identifier: MIT
// Figures about a job system, and the description of the running job.
#include "job/info.h"

#include <stdio.h>

#include "base/misuse.h"
#include "fiber/info.h"
#include "job/fork.h"
#include "os/spin.h"
#include "os/threads.h"

bool tl__job_find_running(tl_running *running)
{
    const tl__job_fiber *job_fiber = tl__job_fiber_of(tl__thread_here());
    if (job_fiber == NULL || job_fiber->active_job == NULL)
        return false;
    const tl_fiber_entry *entry = job_fiber->active_job->job->entry;
    running->name = running->function = tl__entry_name(entry);
    running->file = entry->file;
    running->line = entry->line;
    return true;
}

/// Returns the number of waiting jobs that the worker ran last.
static uint32_t count_waiting(tl__worker_record *worker)
{
    uint32_t count = 0;
    tl__spin_acquire(&worker->waiting_spin);
    for (const tl__job_fiber *job_fiber = worker->waiting; job_fiber != NULL; job_fiber = job_fiber->after)
        ++count;
    tl__spin_release(&worker->waiting_spin);
    return count;
}

static uint32_t count_made(tl__free_job_fibers *list)
{
    tl__spin_acquire(&list->spin);
    uint32_t made = list->made;
    tl__spin_release(&list->spin);
    return made;
}

tl_job_system_info tl_job_system_get_info(tl_job_system *jobs)
{
    tl_job_system_info info = {0};
    if (jobs == NULL || tl__is_forked(jobs)) {
        tl__misuse(jobs == NULL ? TL_ERROR_NULL : TL_ERROR_FORKED, __func__);
        return info;
    }
    info.workers = jobs->general_count;
    info.dedicated = jobs->dedicated_count;
    for (uint32_t i = 0; i < jobs->worker_count; ++i) {
        tl__worker_record *worker = &jobs->workers[i];
        // relaxed, also below: the figures may change while they are read, and no other data depends on them.
        info.external_threads += tl__load(&worker->taken, memory_order_relaxed) != 0;
        info.waiting += count_waiting(worker);
        info.stolen += tl__load(&worker->stolen, memory_order_relaxed);
        info.suspensions += tl__load(&worker->suspensions, memory_order_relaxed);
    }
    for (unsigned stack = 0; stack < TL__STACKS; ++stack)
        info.fibers += count_made(&jobs->free[stack]);
    tl__spin_acquire(&jobs->idle.spin);
    for (const tl__worker_record *worker = jobs->idle.asleep; worker != NULL; worker = worker->next_asleep)
        ++info.sleeping;
    tl__spin_release(&jobs->idle.spin);
    return info;
}

static tl__worker_look look_at_worker(const tl__worker_record *worker)
{
    int64_t slept = (int64_t)tl__load(&worker->slept, memory_order_relaxed);
    tl__worker_look look = {.worker_index = worker->worker_index1 - 1,
                            .is_main = worker->kind == TL__MAIN,
                            .is_asleep = slept < 0,
                            .slept = slept};
    if (slept < 0)
        look.slept += tl__monotonic_time();
    if (worker->name != NULL || look.is_main)
        snprintf(look.name, sizeof look.name, "%s", look.is_main ? "main" : worker->name);
    else
        snprintf(look.name, sizeof look.name, "%s %u", worker->kind == TL__EXTERNAL ? "external" : "worker",
                 worker->worker_index1);
    for (unsigned rank = 0; rank < TL__RANKS; ++rank)
        look.queued += tl__deque_count(&worker->deques[rank]);
    return look;
}

uint32_t tl__workers_look_at(const tl_job_system *jobs, tl__worker_look *looks, uint32_t most)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < jobs->worker_count && count < most; ++i) {
        const tl__worker_record *worker = &jobs->workers[i];
        if (worker->kind != TL__EXTERNAL || tl__load(&worker->taken, memory_order_relaxed) != 0)
            looks[count++] = look_at_worker(worker);
    }
    return count;
}
