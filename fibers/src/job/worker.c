// SPDX-License-Identifier: MIT
// What workers do: find something to run, and run it.
#include "job/worker.h"

#include "base/compiler.h"

#include <stddef.h>

#include "fiber/fiber.h"
#include "fiber/info.h"
#include "fiber/owner.h"
#include "fiber/trace.h"
#include "job/find.h"
#include "job/fork.h"
#include "job/hand_over.h"
#include "job/job_fibers.h"
#include "job/timeout.h"
#include "job/waiting.h"

/// Queues a runnable job fiber: for the worker that its job is pinned to, or else in `inbox`.
static void put_ready(tl__job_fiber *job_fiber, tl__inbox *inbox)
{
    unsigned rank = job_fiber->job.rank > job_fiber->gives_way_to ? job_fiber->job.rank : job_fiber->gives_way_to;
    tl__hand_over(job_fiber->jobs, tl__pinned_to(job_fiber->jobs, &job_fiber->job), inbox, job_fiber->stack,
                  TL__QUEUED_JOB_FIBER, rank, &job_fiber->queued);
}

void tl__make_ready(tl__job_fiber *job_fiber)
{
    tl_job_system *jobs = job_fiber->jobs;
    tl__worker_record *worker = tl__worker_here();
    if (worker != NULL && worker->jobs == jobs) {
        put_ready(job_fiber, &worker->ready);
        return;
    }
    tl__submit_begin(jobs);
    put_ready(job_fiber, &jobs->shared[job_fiber->stack]);
    tl__submit_end(jobs);
}

/// Carries out what a job fiber requested when it returned control. Returns false if it must be resumed at once.
static bool handle_request(tl__worker_record *worker, tl__job_fiber *job_fiber)
{
    if (UNLIKELY(tl__state(job_fiber->fiber) & TL__LENT)) {
        if (tl__state(job_fiber->fiber) & TL__FORKED)
            tl__fork_job_returned(job_fiber->active_job->job);
        tl__fiber_end_loan(job_fiber->fiber);
    }
    switch (job_fiber->request) {
    case TL__FREE: tl__job_fiber_free(worker, job_fiber); return true;
    case TL__GIVE_WAY: put_ready(job_fiber, &job_fiber->jobs->shared[job_fiber->stack]); return true;
    case TL__WAIT: break;
    }
    job_fiber->waits_since = tl__ticks(worker->jobs->tick_scale.steady);
    tl__waiting_enter(job_fiber);
    // Do not touch the job fiber after a successful join: another worker may be running it already.
    if (tl__wait_join(&job_fiber->wait, job_fiber->waiter)) {
        tl__count_up(&worker->suspensions, 1);
        return true;
    }
    tl__take_back_runnable(job_fiber);
    return false;
}

static inline void begin_run(const tl__job_fiber *job_fiber)
{
    if (tl__traces_runs_of(TL_TRACE_JOBS))
        tl__trace_run(TL__TRACE_RUN_JOB, job_fiber->fiber, tl__entry_name(job_fiber->job.entry));
}

static inline void end_run(const tl__job_fiber *job_fiber)
{
    if (!tl__traces_runs_of(TL_TRACE_JOBS))
        return;
    bool waits = job_fiber->request == TL__WAIT;
    const char *reason = waits                                ? job_fiber->wait.kind
                         : job_fiber->request == TL__GIVE_WAY ? "its turn after other jobs"
                                                              : NULL;
    tl__trace_pause(TL__TRACE_RUN_JOB, job_fiber->fiber, reason, waits ? job_fiber->wait.name : NULL);
}

void tl__run(tl__worker_record *worker, tl__job_fiber *job_fiber)
{
    tl__job_fiber *outer = worker->job_fiber; // not null if a job resumed a fiber, and the wait of that runs jobs here
    do {
        tl__waiting_leave(job_fiber);
        worker->job_fiber = job_fiber;
        job_fiber->request = TL__GIVE_WAY;
        job_fiber->worker = worker;
        begin_run(job_fiber);
        tl__fiber_resume_owned(job_fiber->fiber, TL_OK);
        end_run(job_fiber);
        worker->job_fiber = outer;
    } while (!handle_request(worker, job_fiber));
}

/// The state of a worker before it began to run jobs, for end_work to restore.
typedef struct at_rest {
    bool attached, only_pinned;
    unsigned ranks;
    void *script;
} at_rest;

/// Makes a worker ready to run jobs. Returns its state before that.
/// @param ranks  number of ranks, starting with 0, that the worker is to run
static at_rest begin_work(tl__worker_record *worker, unsigned ranks)
{
    at_rest before = {tl__set_attached(worker, true), worker->only_pinned, worker->ranks, tl__thread_set_script(NULL)};
    // What a thread waits for may depend on any other job, so there must always be a general worker that runs all
    // ranks. So only the main worker and external threads, which run jobs only while they wait, may be restricted to
    // some ranks, and only if there is another general worker.
    bool others = worker->jobs->general_count > 1 && worker->kind != TL__GENERAL && worker->kind != TL__DEDICATED;
    worker->ranks = others ? ranks : TL__RANKS;
    worker->only_pinned = worker->kind == TL__DEDICATED; // not kept from run_pinned: the awaited job may be unpinned
    return before;
}

static void end_work(tl__worker_record *worker, at_rest before)
{
    tl__give_back_spare(worker);
    worker->only_pinned = before.only_pinned;
    worker->ranks = before.ranks;
    tl__set_attached(worker, before.attached);
    tl__thread_set_script(before.script);
}

void tl__work_while_there_is_any(bool (*is_so)(void *context), void *context)
{
    tl__worker_record *worker = tl__worker_here();
    at_rest before = begin_work(worker, TL__RANKS);
    for (tl__job_fiber *found; !is_so(context) && (found = tl__find(worker)) != NULL;)
        tl__run(worker, found);
    end_work(worker, before);
}

void tl__work(tl__worker_record *worker, const tl__until *until)
{
    at_rest before = begin_work(worker, until->ranks != 0 ? until->ranks : TL__RANKS);
    while (!until->is_so(until->context)) {
        // seq_cst, like the load in `is_so` below: a thread that wakes us sets what `is_so` checks, and then
        // `wake_requested` (tl__wake_thread). So either `is_so` is true below, or our store comes before that thread's
        // store, and does not overwrite it.
        tl__store(&worker->wake_requested, 0, memory_order_seq_cst);
        if (until->is_so(until->context))
            break;
        tl__job_fiber *found = tl__find(worker);
        if (found == NULL)
            found = tl__search(worker, until);
        if (found != NULL)
            tl__run(worker, found);
    }
    end_work(worker, before);
}
