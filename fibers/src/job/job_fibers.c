// SPDX-License-Identifier: MIT
// The fibers that run jobs: each is made when it is first needed, and kept for other jobs when it is free.
//
// Jobs that wait keep their fibers. Up to tl_job_system_desc.fiber_count fibers are made when workers begin jobs.
// Beyond that, one more is made whenever the last runnable job is about to wait, so that a job that would wake the
// others can always begin, as long as the limit and the system's memory allow (tl__give_up_runnable).
//
// In addition there is one fiber for each worker, which may keep a fiber as its spare, for the next job, while it runs
// another. The numbers above do not include these, so no job lacks a fiber because a worker keeps a spare.

#include "job/job_fibers.h"

#include <stddef.h>

#include "fiber/owner.h"
#include "fiber/trace.h"
#include "job/idle.h"
#include "job/run_jobs.h"
#include "job/waiting.h"
#include "os/spin.h"

static const tl_fiber_entry job_fiber_entry = {
    "a job system's fiber", __FILE__, __LINE__, tl__run_jobs, sizeof(tl__job_fiber *), _Alignof(tl__job_fiber *)};

/// Makes a job fiber. The free list's lock, which guards the pool, too, is held.
/// @return TL_OK; TL_ERROR_POOL_EXHAUSTED at the limit; the error of tl_fiber_create when the operating system refuses,
///   after which no more job fibers are made
static tl_result make_job_fiber(tl_job_system *jobs, tl_job_stack stack, tl__job_fiber **made)
{
    tl__free_job_fibers *list = &jobs->free[stack];
    *made = NULL;
    if (list->made == list->limit)
        return TL_ERROR_POOL_EXHAUSTED;
    tl__job_fiber *job_fiber = &list->job_fibers[list->made];
    *job_fiber = (tl__job_fiber){.jobs = jobs, .stack = stack};
    tl_result result = tl_fiber_create_raw(jobs->stacks[stack], NULL, &job_fiber_entry, &job_fiber, &job_fiber->fiber);
    if (result != TL_OK) {
        list->limit = list->made;
        tl__store(&list->left, 0, memory_order_relaxed);
        return result;
    }
    tl__fiber_own(job_fiber->fiber);
    job_fiber->room = job_fiber->fiber->stack_low + job_fiber->fiber->stack_size / 2;
    ++list->made;
    uint64_t left = tl__load(&list->left, memory_order_relaxed);
    tl__store(&list->left, left > 0 ? left - 1 : 0, memory_order_relaxed); // written under the lock only
    tl__add(&jobs->runnable[stack], 1, memory_order_relaxed);
    *made = job_fiber;
    return TL_OK;
}

static tl__job_fiber *pop(tl__free_job_fibers *list)
{
    tl__queued *first = list->first;
    if (first == NULL)
        return NULL;
    list->first = first->next;
    tl__store(&list->count, tl__load(&list->count, memory_order_relaxed) - 1, memory_order_seq_cst);
    return tl__job_fiber_in(first);
}

static tl__job_fiber *take_free_job_fiber(tl_job_system *jobs, tl_job_stack stack)
{
    tl__free_job_fibers *list = &jobs->free[stack];
    // seq_cst: pairs with the store in tl__job_fiber_put, as tl__job_fiber_take_or_starve requires. relaxed: `left`
    // only ever decreases.
    if (tl__load(&list->count, memory_order_seq_cst) == 0 && tl__load(&list->left, memory_order_relaxed) == 0)
        return NULL;
    tl__spin_acquire(&list->spin);
    tl__writes(&list->first);
    tl__job_fiber *job_fiber = pop(list);
    if (job_fiber == NULL && tl__load(&list->left, memory_order_relaxed) != 0)
        make_job_fiber(jobs, stack, &job_fiber);
    tl__spin_release(&list->spin);
    return job_fiber;
}

static void push_job_fiber(tl__free_job_fibers *list, tl__job_fiber *job_fiber)
{
    job_fiber->queued.next = list->first;
    list->first = &job_fiber->queued;
    tl__store(&list->count, tl__load(&list->count, memory_order_relaxed) + 1, memory_order_seq_cst);
}

/// Wakes workers that found no job fiber for a job.
static void end_starvation(tl_job_system *jobs)
{
    // seq_cst: either the starved worker sees the free job fiber, or we see that it is starved; pairs with
    // tl__job_fiber_take_or_starve.
    if (tl__load(&jobs->starved, memory_order_seq_cst) != 0) {
        // relaxed: tl__wake_all takes idle.spin after this store. It wakes the workers that prepared to sleep before,
        // under the same lock. A worker that prepares later searches once more after that: its 1 comes after this 0.
        tl__store(&jobs->starved, 0, memory_order_relaxed);
        tl__wake_all(jobs); // since the flag does not say which of them found no job fiber
    }
}

void tl__job_fiber_put(tl_job_system *jobs, tl__job_fiber *job_fiber)
{
    tl__free_job_fibers *list = &jobs->free[job_fiber->stack];
    tl__spin_acquire(&list->spin);
    tl__writes(&list->first);
    push_job_fiber(list, job_fiber);
    tl__spin_release(&list->spin);
    end_starvation(jobs);
}

tl_result tl__job_fiber_add(tl_job_system *jobs, tl_job_stack stack)
{
    tl__free_job_fibers *list = &jobs->free[stack];
    tl__spin_acquire(&list->spin);
    tl__writes(&list->first);
    tl__job_fiber *made;
    tl_result result = make_job_fiber(jobs, stack, &made);
    if (made != NULL)
        push_job_fiber(list, made);
    tl__spin_release(&list->spin);
    if (made != NULL)
        end_starvation(jobs);
    return result;
}

tl__job_fiber *tl__job_fiber_take_or_starve(tl_job_system *jobs, tl_job_stack stack)
{
    tl__job_fiber *found = take_free_job_fiber(jobs, stack);
    if (found != NULL)
        return found;
    tl__store(&jobs->starved, 1, memory_order_seq_cst); // pairs with end_starvation
    return take_free_job_fiber(jobs, stack);
}

void tl__job_fiber_reset(tl__job_fiber *job_fiber)
{
    tl__waiting_leave(job_fiber);
    if (tl__is_traced(TL_TRACE_JOBS))
        tl__trace_end(job_fiber->fiber);
    tl__fiber_disown(job_fiber->fiber);
    tl_fiber_reset_raw(job_fiber->fiber, &job_fiber_entry, &job_fiber);
    tl__fiber_own(job_fiber->fiber);
}

void tl__job_fiber_free(tl__worker_record *worker, tl__job_fiber *job_fiber)
{
    if (job_fiber->stack == TL_STACK_SMALL && worker->spare == NULL)
        worker->spare = job_fiber;
    else
        tl__job_fiber_put(worker->jobs, job_fiber);
}

bool tl__has_free_job_fiber(const tl__worker_record *worker)
{
    return worker->spare != NULL || tl__job_fiber_is_left(worker->jobs, TL_STACK_SMALL);
}

void tl__give_back_spare(tl__worker_record *worker)
{
    if (worker->spare != NULL)
        tl__job_fiber_put(worker->jobs, worker->spare);
    worker->spare = NULL;
}
