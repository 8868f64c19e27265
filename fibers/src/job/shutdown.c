// The end of a job system. First all that can be run is run; then jobs that nothing can wake any more are cancelled,
// and jobs that nothing can start any more are given up, one at a time, since the end of each may let others run.
//
// Threads outside the system may finish counters, signal conditions and unlock mutexes meanwhile, and so wake a job or
// start a postponed one at any moment. Why that is safe:
//   - Decisions are made while no worker runs anything: all sleep, and waking one takes the idle lock, which is held.
//   - A job is cancelled only after its waiter was taken off what it waits for, here. Where that fails, another thread
//     has taken it off to wake it; so the job stays in the list of those that wait until it runs, and the system works
//     until it has. A postponed job keeps `after` in the same way, until its thread is counted as an in-flight
//     submitter (send_postponed in submit.c).
//   - A job's stack may hold the counter of others. It is not cancelled while one of these waits, is postponed or is
//     queued: those come first.
//   - Nothing is freed before no job waits, none is postponed, no submitter is in flight, and nothing is queued. They
//     are looked at in this order, since each moves from left to right.
#include <stddef.h>

#include "base/misuse.h"
#include "job/counter.h"
#include "job/find.h"
#include "job/fork.h"
#include "job/job_system.h"
#include "job/pending.h"
#include "job/runners.h"
#include "job/timeout.h"
#include "job/waiting.h"
#include "job/worker.h"
#include "os/spin.h"

static bool is_quiet(void *jobs)
{
    return tl__load(&((tl_job_system *)jobs)->quiet, memory_order_acquire) != 0; // pairs with on_all_asleep in search.c
}

/// Runs all that can be run.
static void run_out(tl_job_system *jobs)
{
    tl__spin_acquire(&jobs->idle.spin);
    jobs->closing = true;
    tl__store(&jobs->quiet, 0, memory_order_relaxed);
    tl__spin_release(&jobs->idle.spin);
    tl__work(&jobs->workers[0], &(tl__until){.is_so = is_quiet, .context = jobs});
}

static bool lies_on_stack(const void *address, const tl__runner *runner)
{
    const tl_fiber *fiber = runner->fiber;
    return (const char *)address >= fiber->stack_low && (const char *)address < fiber->stack_top;
}

/// Whether the runner needs something on the stack of `other`: what it waits for, or a counter of one of its jobs.
static bool needs_stack(const tl__runner *runner, const tl__runner *other)
{
    for (const tl__begun *begun = runner->begun; begun != NULL; begun = begun->outer)
        if (lies_on_stack(begun->job->counter, other))
            return true;
    return lies_on_stack(runner->wait.object, other) || lies_on_stack(runner->wait.subject, other);
}

/// Whether `other` waits for a counter that counts one of the runner's jobs.
static bool is_waited_for(const tl__runner *runner, const tl__runner *other)
{
    return tl__counted_job(runner, other->wait.object) != NULL;
}

/// A waiting job for which that holds with `other`; null for none.
static tl__runner *find_waiting(tl_job_system *jobs, bool (*holds)(const tl__runner *, const tl__runner *),
                                const tl__runner *other)
{
    TL__EACH_WAITING (runner, jobs)
        if (runner != other && holds(runner, other))
            return runner;
    return NULL;
}

/// Follows those that need the stack of a waiting job, and, if asked, those that it waits for, as far as that leads.
static tl__runner *follow(tl_job_system *jobs, tl__runner *from, bool waited_for_too)
{
    tl__runner *chosen = from, *inner = from;
    for (uint32_t left = jobs->free[0].made + jobs->free[1].made; inner != NULL && left > 0; --left) {
        chosen = inner;
        inner = find_waiting(jobs, needs_stack, chosen);
        if (inner == NULL && waited_for_too)
            inner = find_waiting(jobs, is_waited_for, chosen);
    }
    return chosen;
}

/// A waiting job whose stack no other waiting job needs; if there is one, also a job that no other waits for. Null when
/// no job waits. (Jobs that run on the stack of one that waits for them can need each other's stacks: then any of
/// these, see forget_stack.)
static tl__runner *least_wanted(tl_job_system *jobs)
{
    tl__runner *first = tl__waiting_first(jobs, 0);
    return first != NULL ? follow(jobs, follow(jobs, first, true), false) : NULL;
}

/// The jobs of others that a counter on the stack of `gone` counts are counted by none from here on: all that could
/// wait for it ends with that stack.
static void forget_stack(tl_job_system *jobs, const tl__runner *gone)
{
    TL__EACH_WAITING (runner, jobs)
        for (tl__begun *begun = runner->begun; begun != NULL && runner != gone; begun = begun->outer)
            if (lies_on_stack(begun->job->counter, gone))
                begun->job->counter = NULL;
}

/// A postponed job that needs the runner's stack, for its counter or for what it begins after; without a runner, any.
/// Null for none.
static tl__pending *find_postponed(tl_job_system *jobs, const tl__runner *runner)
{
    for (uint32_t i = 0; i < jobs->pending_count; ++i) {
        tl__pending *pending = &jobs->pending[i];
        // acquire: pairs with send_postponed; once it is zero, the submitter was counted.
        const void *after = (const void *)(uintptr_t)tl__load(&pending->after, memory_order_acquire);
        bool needed = runner == NULL || lies_on_stack(pending->job.counter, runner) || lies_on_stack(after, runner);
        if (after != NULL && needed)
            return pending;
    }
    return NULL;
}

/// What nothing can wake or start any more, and no other thread knows.
typedef struct given_up {
    tl__runner *runner;
    tl__pending *pending;
    tl__job job; ///< without these two: one that no fiber is left for
} given_up;

typedef enum outlook { WORKS, GIVES_UP, IS_OVER } outlook;

/// No worker runs anything.
static outlook decide_outlook(tl_job_system *jobs, given_up *found)
{
    tl__runner *runner = least_wanted(jobs);
    tl__pending *pending = find_postponed(jobs, runner);
    if (tl__load(&jobs->visitors, memory_order_acquire) != 0) // pairs with tl__end_visit
        return WORKS;
    *found = (given_up){.runner = NULL};
    if (tl__take_starved(jobs, &found->job))
        return GIVES_UP;
    if (tl__has_work(jobs))
        return WORKS;
    if (pending != NULL) {
        found->pending = pending;
        tl_counter *after = (tl_counter *)(uintptr_t)tl__load(&pending->after, memory_order_relaxed);
        return after != NULL && tl__counter_unjoin(after, &pending->waiter) ? GIVES_UP : WORKS;
    }
    if (runner == NULL)
        return IS_OVER;
    if (!runner->wait.unjoin(runner->wait.object, runner->waiter))
        return WORKS;
    found->runner = runner;
    forget_stack(jobs, runner);
    return GIVES_UP;
}

static outlook look_at_jobs(tl_job_system *jobs, given_up *found)
{
    outlook seen = WORKS;
    tl__spin_acquire(&jobs->idle.spin);
    if (jobs->idle.settled == jobs->idle.present) {
        tl__waiting_lock(jobs);
        seen = decide_outlook(jobs, found);
        tl__waiting_unlock(jobs);
    }
    tl__spin_release(&jobs->idle.spin);
    return seen;
}

static void abandon_jobs(tl_job_system *jobs, given_up *found)
{
    if (found->runner != NULL) {
        tl__worker *here = &jobs->workers[0];
        here->runner = found->runner; // whose clean-ups run now
        tl__runner_reset(found->runner);
        here->runner = NULL;
        tl__runner_free(here, found->runner);
        return;
    }
    tl_counter *counter = found->job.counter;
    if (found->pending != NULL) {
        counter = found->pending->job.counter;
        tl__store(&found->pending->after, 0, memory_order_relaxed); // no other thread has it any more
        tl__pending_put(jobs, &found->pending->job);
    }
    tl__abandon(counter, 1);
}

static bool has_guests(const tl_job_system *jobs)
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
    if (result == TL_OK && has_guests(jobs))
        result = TL_ERROR_BUSY;
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    given_up found;
    uint32_t turns = 0;
    for (outlook seen = WORKS; seen != IS_OVER;) {
        run_out(jobs);
        seen = look_at_jobs(jobs, &found);
        if (seen == GIVES_UP)
            abandon_jobs(jobs, &found);
        else if (seen == WORKS)
            tl__pause(&turns);
    }
    tl__timeouts_stop(jobs); // no job waits any more
    tl__stop_threads(jobs, jobs->general_count - 1 + jobs->dedicated_count);
    tl__thread_set_worker(NULL);
    atomic_fetch_sub_explicit(&tl__systems, 1, memory_order_relaxed);
    tl__job_system_free(jobs);
    return TL_OK;
}
