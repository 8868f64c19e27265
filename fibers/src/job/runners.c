// The fibers that run jobs: each is made when it is first needed, and kept for the next job when it is free.
//
// Jobs that wait keep their fibers. Up to a number (tl_job_system_desc.fiber_count) fibers are made as workers want to
// begin jobs. Beyond that one more is made whenever the last job that does not wait is about to, so that a job that
// would wake the others can always begin, as long as the limit and the system's memory allow (tl__give_up_able).
//
// Besides, each worker has one to begin the next job on, which it may keep in hand while it runs another. These are
// not among those numbers, so no job lacks a fiber because a worker keeps one in hand.

#include "job/runners.h"

#include <stddef.h>

#include "fiber/owner.h"
#include "job/idle.h"
#include "job/run_jobs.h"
#include "os/spin.h"

static const tl_fiber_entry runner_entry = {
    "a job system's fiber", __FILE__, __LINE__, tl__run_jobs, sizeof(tl__runner *), _Alignof(tl__runner *)};

/// Makes one more. The lock is held, since it guards the pool, too.
/// @return TL_ERROR_POOL_EXHAUSTED at the limit; as tl_fiber_create when the system refuses, which ends the supply
static tl_result make_runner(tl_job_system *jobs, tl_job_stack stack, tl__runner **made)
{
    tl__free_runners *list = &jobs->free[stack];
    *made = NULL;
    if (list->made == list->limit)
        return TL_ERROR_POOL_EXHAUSTED;
    tl__runner *runner = &list->runners[list->made];
    *runner = (tl__runner){.jobs = jobs, .stack = stack};
    tl_result result = tl_fiber_create_raw(jobs->stacks[stack], NULL, &runner_entry, &runner, &runner->fiber);
    if (result != TL_OK) {
        list->limit = list->made;
        tl__store(&list->left, 0, memory_order_relaxed);
        return result;
    }
    tl__fiber_own(runner->fiber);
    runner->room = runner->fiber->stack_low + runner->fiber->stack_size / 2;
    ++list->made;
    uint64_t left = tl__load(&list->left, memory_order_relaxed);
    tl__store(&list->left, left > 0 ? left - 1 : 0, memory_order_relaxed); // written under the lock only
    tl__add(&jobs->able[stack], 1, memory_order_relaxed);
    *made = runner;
    return TL_OK;
}

static tl__runner *pop(tl__free_runners *list)
{
    tl__queued *first = list->first;
    if (first == NULL)
        return NULL;
    list->first = first->next;
    tl__store(&list->count, tl__load(&list->count, memory_order_relaxed) - 1, memory_order_seq_cst);
    return tl__runner_in(first);
}

static tl__runner *take_free_runner(tl_job_system *jobs, tl_job_stack stack)
{
    tl__free_runners *list = &jobs->free[stack];
    // seq_cst: pairs with the store in tl__runner_put, as tl__runner_take_or_starve needs it. What may still be made
    // only ever gets less.
    if (tl__load(&list->count, memory_order_seq_cst) == 0 && tl__load(&list->left, memory_order_relaxed) == 0)
        return NULL;
    tl__spin_acquire(&list->spin);
    tl__writes(&list->first);
    tl__runner *runner = pop(list);
    if (runner == NULL && tl__load(&list->left, memory_order_relaxed) != 0)
        make_runner(jobs, stack, &runner);
    tl__spin_release(&list->spin);
    return runner;
}

static void push_runner(tl__free_runners *list, tl__runner *runner)
{
    runner->queued.next = list->first;
    list->first = &runner->queued;
    tl__store(&list->count, tl__load(&list->count, memory_order_relaxed) + 1, memory_order_seq_cst);
}

/// Wakes workers that found no fiber for a job.
static void end_starvation(tl_job_system *jobs)
{
    // seq_cst: either the starved worker sees the fiber, or we see that it is starved; pairs with
    // tl__runner_take_or_starve.
    if (tl__load(&jobs->starved, memory_order_seq_cst) != 0) {
        tl__store(&jobs->starved, 0, memory_order_relaxed);
        tl__wake_all(jobs); // it is not known which of them is starved
    }
}

void tl__runner_put(tl_job_system *jobs, tl__runner *runner)
{
    tl__free_runners *list = &jobs->free[runner->stack];
    tl__spin_acquire(&list->spin);
    tl__writes(&list->first);
    push_runner(list, runner);
    tl__spin_release(&list->spin);
    end_starvation(jobs);
}

tl_result tl__runner_add(tl_job_system *jobs, tl_job_stack stack)
{
    tl__free_runners *list = &jobs->free[stack];
    tl__spin_acquire(&list->spin);
    tl__writes(&list->first);
    tl__runner *made;
    tl_result result = make_runner(jobs, stack, &made);
    if (made != NULL)
        push_runner(list, made);
    tl__spin_release(&list->spin);
    if (made != NULL)
        end_starvation(jobs);
    return result;
}

tl__runner *tl__runner_take_or_starve(tl_job_system *jobs, tl_job_stack stack)
{
    tl__runner *found = take_free_runner(jobs, stack);
    if (found != NULL)
        return found;
    tl__store(&jobs->starved, 1, memory_order_seq_cst); // pairs with end_starvation
    return take_free_runner(jobs, stack);
}

void tl__runner_reset(tl__runner *runner)
{
    tl__fiber_disown(runner->fiber);
    tl_fiber_reset_raw(runner->fiber, &runner_entry, &runner);
    tl__fiber_own(runner->fiber);
}

void tl__runner_free(tl__worker *worker, tl__runner *runner)
{
    if (runner->stack == TL_STACK_SMALL && worker->spare == NULL)
        worker->spare = runner;
    else
        tl__runner_put(worker->jobs, runner);
}

bool tl__has_free_runner(const tl__worker *worker)
{
    return worker->spare != NULL || tl__runner_is_left(worker->jobs, TL_STACK_SMALL);
}

void tl__give_back_spare(tl__worker *worker)
{
    if (worker->spare != NULL)
        tl__runner_put(worker->jobs, worker->spare);
    worker->spare = NULL;
}
