// SPDX-License-Identifier: MIT
// Destroying a job system. First all jobs run that can run. Then waiting jobs that nothing can wake any more are
// cancelled, and jobs that nothing can start any more are abandoned, one at a time, since the end of each may let
// others run.
//
// Meanwhile threads outside the system may finish counters, signal conditions and unlock mutexes, and so wake a job or
// start a postponed one at any moment. Why that is safe:
//   - Decisions are made while no worker runs anything: all sleep, and waking one takes the idle lock, which is held.
//   - A job is cancelled only after this code has removed its waiter from the object that it waits for. If the removal
//     fails, another thread has removed the waiter in order to wake the job. Then the job stays in the list of waiting
//     jobs until it runs, and the system keeps running jobs until then. In the same way a postponed job keeps `after`
//     until the thread that starts it is counted as an in-flight submitter (send_postponed in submit.c).
//   - A job's stack may hold a counter of other jobs. While one of those jobs waits, is postponed or is queued, the job
//     is not cancelled: those jobs are ended first.
//   - Nothing is freed until no job waits, no job is postponed, no submitter is in flight, and nothing is queued. These
//     conditions are checked in this order, which is the order in which a job passes through these states, so that no
//     job is missed in between.
#include <stddef.h>

#include "base/misuse.h"
#include "job/counter.h"
#include "job/find.h"
#include "job/fork.h"
#include "job/job_fibers.h"
#include "job/job_system.h"
#include "job/pending.h"
#include "job/timeout.h"
#include "job/waiting.h"
#include "job/worker.h"
#include "os/spin.h"

static bool is_quiescent(void *jobs)
{
    return tl__load(&((tl_job_system *)jobs)->quiescent, memory_order_acquire) !=
           0; // pairs with on_all_asleep in search.c
}

/// Runs all jobs that can run, until every worker sleeps.
static void run_out(tl_job_system *jobs)
{
    tl__spin_acquire(&jobs->idle.spin);
    jobs->closing = true;
    tl__store(&jobs->quiescent, 0, memory_order_relaxed); // relaxed: the thread that sets it holds idle.spin, too
    tl__spin_release(&jobs->idle.spin);
    tl__work(&jobs->workers[0], &(tl__until){.is_so = is_quiescent, .context = jobs});
}

static bool lies_on_stack(const void *address, const tl__job_fiber *job_fiber)
{
    const tl_fiber *fiber = job_fiber->fiber;
    return (const char *)address >= fiber->stack_low && (const char *)address < fiber->stack_top;
}

/// Whether the job fiber needs something on the stack of `other`: the object that it waits for, or a counter that
/// counts one of its jobs.
static bool needs_stack(const tl__job_fiber *job_fiber, const tl__job_fiber *other)
{
    for (const tl__active_job *active_job = job_fiber->active_job; active_job != NULL; active_job = active_job->outer)
        if (lies_on_stack(active_job->job->counter, other))
            return true;
    return lies_on_stack(job_fiber->wait.object, other) || lies_on_stack(job_fiber->wait.subject, other);
}

/// Whether `other` waits for a counter that counts one of the job fiber's jobs.
static bool is_waited_for(const tl__job_fiber *job_fiber, const tl__job_fiber *other)
{
    return tl__counted_job(job_fiber, other->wait.object) != NULL;
}

/// Returns a waiting job, other than `other`, for which `holds(job, other)` is true; null if there is none.
static tl__job_fiber *find_waiting(tl_job_system *jobs, bool (*holds)(const tl__job_fiber *, const tl__job_fiber *),
                                   const tl__job_fiber *other)
{
    TL__EACH_WAITING (job_fiber, jobs)
        if (job_fiber != other && holds(job_fiber, other))
            return job_fiber;
    return NULL;
}

/// Goes from a waiting job to another one that needs its stack or, if `waited_for_too`, that it waits for; from that
/// one in the same way to the next, and so on as far as possible. Returns the last job.
static tl__job_fiber *follow(tl_job_system *jobs, tl__job_fiber *from, bool waited_for_too)
{
    tl__job_fiber *chosen = from, *inner = from;
    for (uint32_t left = jobs->free[0].made + jobs->free[1].made; inner != NULL && left > 0; --left) {
        chosen = inner;
        inner = find_waiting(jobs, needs_stack, chosen);
        if (inner == NULL && waited_for_too)
            inner = find_waiting(jobs, is_waited_for, chosen);
    }
    return chosen;
}

/// Returns the waiting job to cancel first: if possible one whose stack no other waiting job needs, and which waits for
/// no other waiting job. Returns null when no job waits. (Jobs that run on the stack of a job that waits for them can
/// need each other's stacks. Then it returns any of these, see forget_stack.)
static tl__job_fiber *least_wanted(tl_job_system *jobs)
{
    tl__job_fiber *first = tl__waiting_first(jobs, 0);
    return first != NULL ? follow(jobs, follow(jobs, first, true), false) : NULL;
}

/// Detaches other jobs from those counters that count them and lie on the stack of `gone`, which ends: all waits for
/// such counters end with that stack.
static void forget_stack(tl_job_system *jobs, const tl__job_fiber *gone)
{
    TL__EACH_WAITING (job_fiber, jobs)
        for (tl__active_job *active_job = job_fiber->active_job; active_job != NULL && job_fiber != gone;
             active_job = active_job->outer)
            if (lies_on_stack(active_job->job->counter, gone))
                active_job->job->counter = NULL;
}

/// Returns a postponed job whose counter, or the counter that it begins after, lies on the job fiber's stack; if
/// `job_fiber` is null, any postponed job. Returns null if there is none.
static tl__pending *find_postponed(tl_job_system *jobs, const tl__job_fiber *job_fiber)
{
    for (uint32_t i = 0; i < jobs->pending_count; ++i) {
        tl__pending *pending = &jobs->pending[i];
        // acquire: pairs with send_postponed. If `after` is zero, the thread that starts the job is counted as an
        // in-flight submitter by now.
        const void *after = (const void *)(uintptr_t)tl__load(&pending->after, memory_order_acquire);
        bool needed =
            job_fiber == NULL || lies_on_stack(pending->job.counter, job_fiber) || lies_on_stack(after, job_fiber);
        if (after != NULL && needed)
            return pending;
    }
    return NULL;
}

/// A job that nothing can wake or start any more, and that no other thread refers to: a waiting one (`job_fiber`), a
/// postponed one (`pending`) or a queued one (`job`).
typedef struct given_up {
    tl__job_fiber *job_fiber;
    tl__pending *pending;
    tl__job job; ///< valid if both are null: a queued job for which no job fiber is left
} given_up;

typedef enum outlook { WORKS, GIVES_UP, IS_OVER } outlook;

/// Decides whether the system still has jobs that can run (WORKS), has a job to abandon, which it stores in `found`
/// (GIVES_UP), or has none left (IS_OVER). Called while no worker runs anything.
static outlook decide_outlook(tl_job_system *jobs, given_up *found)
{
    tl__job_fiber *job_fiber = least_wanted(jobs);
    tl__pending *pending = find_postponed(jobs, job_fiber);
    if (tl__load(&jobs->in_flight_submitters, memory_order_acquire) != 0) // pairs with tl__submit_end
        return WORKS;
    *found = (given_up){.job_fiber = NULL};
    if (tl__take_starved(jobs, &found->job))
        return GIVES_UP;
    if (tl__has_work(jobs))
        return WORKS;
    if (pending != NULL) {
        found->pending = pending;
        // relaxed: find_postponed has acquired the counter's address. Since then the word may only have become 0.
        tl_counter *after = (tl_counter *)(uintptr_t)tl__load(&pending->after, memory_order_relaxed);
        return after != NULL && tl__counter_unjoin(after, &pending->waiter) ? GIVES_UP : WORKS;
    }
    if (job_fiber == NULL)
        return IS_OVER;
    if (!job_fiber->wait.unjoin(job_fiber->wait.object, job_fiber->waiter))
        return WORKS;
    found->job_fiber = job_fiber;
    forget_stack(jobs, job_fiber);
    return GIVES_UP;
}

static outlook look_at_jobs(tl_job_system *jobs, given_up *found)
{
    outlook seen = WORKS;
    tl__spin_acquire(&jobs->idle.spin);
    if (jobs->idle.parked == jobs->idle.attached) {
        tl__waiting_lock(jobs);
        seen = decide_outlook(jobs, found);
        tl__waiting_unlock(jobs);
    }
    tl__spin_release(&jobs->idle.spin);
    return seen;
}

static void abandon_jobs(tl_job_system *jobs, given_up *found)
{
    if (found->job_fiber != NULL) {
        tl__worker_record *here = &jobs->workers[0];
        here->job_fiber = found->job_fiber; // its clean-ups run now
        tl__job_fiber_reset(found->job_fiber);
        here->job_fiber = NULL;
        tl__job_fiber_free(here, found->job_fiber);
        return;
    }
    tl_counter *counter = found->job.counter;
    if (found->pending != NULL) {
        counter = found->pending->job.counter;
        tl__store(&found->pending->after, 0, memory_order_relaxed); // no other thread refers to the job now
        tl__pending_put(jobs, &found->pending->job);
    }
    tl__abandon(counter, 1);
}

static bool has_external_threads(const tl_job_system *jobs)
{
    for (uint32_t i = 0; i < jobs->external_count; ++i)
        if (tl__load(&jobs->workers[jobs->worker_count - 1 - i].taken, memory_order_acquire) != 0) // pairs with leave
            return true;
    return false;
}

tl_result tl_job_system_destroy(tl_job_system *jobs)
{
    tl_result result = tl__check_worker(jobs);
    if (result == TL_ERROR_FORKED) {
        tl__job_system_free(jobs);
        return TL_OK;
    }
    if (result == TL_OK && tl__worker_here()->kind != TL__MAIN)
        result = TL_ERROR_NO_JOB_SYSTEM;
    if (result == TL_OK && has_external_threads(jobs))
        result = TL_ERROR_BUSY;
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    given_up found;
    uint32_t spins = 0;
    for (outlook seen = WORKS; seen != IS_OVER;) {
        run_out(jobs);
        seen = look_at_jobs(jobs, &found);
        if (seen == GIVES_UP)
            abandon_jobs(jobs, &found);
        else if (seen == WORKS)
            tl__pause(&spins);
    }
    tl__timeouts_stop(jobs); // no job waits any more
    tl__stop_threads(jobs, jobs->general_count - 1 + jobs->dedicated_count);
    tl__thread_set_worker(NULL);
    atomic_fetch_sub_explicit(&tl__systems, 1, memory_order_relaxed);
    tl__job_system_free(jobs);
    return TL_OK;
}
