// SPDX-License-Identifier: MIT
// Waiting, by jobs, scripts and threads.
#include "job/wait.h"

#include "base/compiler.h"
#include "fiber/waiter.h"

#include <stddef.h>

#include "base/log.h"
#include "base/misuse.h"
#include "fiber/callback.h"
#include "fiber/fiber.h"
#include "fiber/info.h"
#include "fiber/pool_layout.h"
#include "fiber/thread_life.h"
#include "fiber/trace.h"
#include "job/capacity.h"
#include "job/deadlock.h"
#include "job/debug_jobs.h"
#include "job/fork.h"
#include "job/idle.h"
#include "job/timeout.h"
#include "job/worker.h"
#include "os/spin.h"

typedef struct job_waiter {
    tl__waiter base;
    tl__job_fiber *job_fiber;
} job_waiter;

static void wake_job(tl__waiter *base)
{
    tl__job_fiber *job_fiber = ((job_waiter *)base)->job_fiber;
    if (tl__is_traced(TL_TRACE_WAKES))
        tl__trace_wake(job_fiber->fiber);
    tl__take_back_runnable(job_fiber);
    tl__make_ready(job_fiber);
}

/// Ends a wait. As a clean-up it also runs when the fiber is cancelled in the wait: then shutdown.c has already removed
/// the waiter from the object that it waits for.
static void end_wait(void *job_fiber)
{
    tl__job_fiber *self = job_fiber;
    tl__timeout_end(&self->wait);
    self->waiter = NULL;
}

/// Yields, even inside a callback: a job may step a world whose physics callback waits for jobs.
static void yield(const tl__job_fiber *self)
{
    if (UNLIKELY(tl__state(self->fiber) & TL__IN_CALLBACK))
        tl__fiber_yield_anywhere();
    else
        tl_yield(NULL);
}

static void set_aside(tl__job_fiber *self, const tl__wait_desc *wait, job_waiter *waiter)
{
    self->waiter = &waiter->base;
    self->wait = *wait;
    tl_defer(end_wait, self);
    self->request = TL__WAIT;
    yield(self);
}

void tl__give_way_to(tl__job_fiber *self, unsigned rank)
{
    self->gives_way_to = rank;
    yield(self);
    self->gives_way_to = 0;
}

void tl__let_all_go_first(void)
{
    tl__give_way_to(tl__job_fiber_of(tl__thread_here()), TL__RANKS - 1);
}

static bool is_ending(void)
{
    return (tl__state(tl__fiber_self()) & TL__ENDING) != 0;
}

static void report_all_waiting(const tl__job_fiber *self, const tl__wait_desc *wait)
{
    static const char *const stacks[TL__STACKS] = {"small", "large"};
    tl__report report = {.used = 0};
    tl__report_add(
        &report,
        "%s cannot wait for %s %s as others do: all fibers with %s stacks are in use, and the other jobs on "
        "them wait, so that no job could begin. It polls instead. A higher limit of fibers (tl_job_system_desc) or "
        "fewer jobs that wait at a time would help.",
        tl__entry_name(self->active_job->job->entry), wait->kind, wait->name != NULL ? wait->name : "without a name",
        stacks[self->stack]);
    tl__report_waiting(self->jobs, &report);
    TL__CALLBACK(callback);
    tl__log_in(&(tl_log){.id = TL_LOG_ALL_WAITING, .text = report.text}, is_ending);
}

void tl__end_promise(tl__job_fiber *job_fiber)
{
    --job_fiber->may_wait;
    tl__take_back_runnable(job_fiber);
}

bool tl__promise_wait(tl__job_fiber *job_fiber, const char *name)
{
    if (job_fiber->may_wait == 0 && !tl__give_up_runnable(job_fiber)) {
        report_all_waiting(job_fiber, &(tl__wait_desc){.kind = "the job", .name = name});
        return false;
    }
    ++job_fiber->may_wait;
    return true;
}

static tl_result wait_in_job(tl__job_fiber *self, tl__wait_desc *wait)
{
    if (tl_fiber_is_unwinding())
        return tl__misuse(TL_ERROR_UNWINDING, "a wait in a job");
    tl__timeout timeout;
    tl_result result = tl__timeout_begin(&timeout, self->jobs, wait);
    if (result != TL_OK)
        return result;
    if (self->may_wait == 0 && !tl__give_up_runnable(self)) {
        bool reported = self->reported_all; // report only once, until a wait succeeds again
        self->reported_all = true;          // before the report, since the log hook may wait and get here, too
        if (!reported)
            report_all_waiting(self, wait);
        return TL_ERROR_ALL_WAITING;
    }
    self->reported_all = false;
    job_waiter waiter = {.base = {.wake = wake_job, .answer = TL_OK}, .job_fiber = self};
    set_aside(self, wait, &waiter);
    return waiter.base.answer;
}

typedef struct thread_waiter {
    tl__waiter base;
    tl__worker_record *worker;
    tl__semaphore semaphore; ///< used if there is no worker
    tl__word woken;
} thread_waiter;

static void wake_worker(tl__waiter *base)
{
    thread_waiter *self = (thread_waiter *)base;
    tl__wake_thread(self->worker, &self->woken);
}

static void wake_other(tl__waiter *base)
{
    thread_waiter *self = (thread_waiter *)base;
    tl__store(&self->woken, 1, memory_order_relaxed); // for the deadlock report, which then ignores the thread
    tl__semaphore_post(&self->semaphore);
}

static bool is_woken(void *waiter)
{
    return tl__load(&((thread_waiter *)waiter)->woken, memory_order_seq_cst) != 0; // pairs with tl__wake_thread
}

/// Whether the wait cannot end in this process, a child made by fork: because the waiting job is the parent's, or
/// because only jobs could end the wait, and this process has no job system.
static bool is_left_behind(const tl__wait_desc *wait)
{
    if (tl__forks == 0)
        return false;
    bool only_jobs = wait->join == tl__counter_join && !wait->may_be_outside;
    return (tl__state(tl__fiber_self()) & TL__FORKED) != 0 ||
           (only_jobs && atomic_load_explicit(&tl__systems, memory_order_relaxed) == 0);
}

/// Blocks a thread that is not a worker until it is woken, or until its limit passes. Then it removes its waiter from
/// the object that it waits for; if another thread has removed the waiter first in order to wake it, it waits for that.
static void sleep_outside(thread_waiter *self, const tl__wait_desc *wait)
{
    if (wait->limit.clock == TL_NO_CLOCK) {
        tl__semaphore_wait(&self->semaphore);
        return;
    }
    if (tl__semaphore_wait_until(&self->semaphore, tl__limit_end(wait->limit)))
        return;
    if (wait->unjoin(wait->object, &self->base))
        self->base.answer = TL_TIMED_OUT;
    else
        tl__semaphore_wait(&self->semaphore);
}

tl_result tl__wait_in_thread(tl__wait_desc *wait)
{
    tl__worker_record *worker = tl__worker_here();
    if (UNLIKELY(worker == NULL && is_left_behind(wait)))
        return tl__misuse(TL_ERROR_FORKED, wait->join == tl__counter_join ? "tl_counter_wait" : "a wait for a lock");
    tl__check_spinlocks("a wait");
    tl__timeout timeout;
    tl_result result = worker != NULL ? tl__timeout_begin(&timeout, worker->jobs, wait) : TL_OK;
    if (result != TL_OK)
        return result;
    thread_waiter waiter = {.base = {.wake = worker != NULL ? wake_worker : wake_other, .answer = TL_OK},
                            .worker = worker};
    tl__blocked blocked = {
        .wait = wait, .waiter = &waiter.base, .worker = worker, .holder = tl__holder_here(), .woken = &waiter.woken};
    if (worker == NULL) {
        tl__semaphore_init(&waiter.semaphore);
        tl__jobs_show(); // there may be no job system
    }
    tl__blocked_enter(&blocked);
    bool joined = tl__wait_join(wait, &waiter.base);
    if (joined && worker != NULL)
        tl__work(worker, &(tl__until){is_woken, &waiter, wait->ranks});
    else if (joined)
        sleep_outside(&waiter, wait);
    tl__timeout_end(wait);
    tl__blocked_leave(&blocked);
    if (worker == NULL)
        tl__semaphore_destroy(&waiter.semaphore);
    return waiter.base.answer;
}

static bool waits_in_its_own_way(tl__here here)
{
    return here.current->pool != NULL && here.current->pool->on_wait != NULL;
}

tl_result tl__wait_for(tl__wait_desc *wait)
{
    tl__here here = tl__thread_here();
    tl__job_fiber *self = tl__job_fiber_of(here);
    if (self != NULL)
        return wait_in_job(self, wait);
    return waits_in_its_own_way(here) ? here.current->pool->on_wait(wait) : tl__wait_in_thread(wait);
}

bool tl__waits_in_its_own_way(void)
{
    return waits_in_its_own_way(tl__thread_here());
}
