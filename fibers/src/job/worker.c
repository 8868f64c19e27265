// What workers do: find something to run, and run it.
#include "job/worker.h"

#include "base/compiler.h"

#include <stddef.h>

#include "fiber/fiber.h"
#include "fiber/owner.h"
#include "job/find.h"
#include "job/fork.h"
#include "job/hand_over.h"
#include "job/runners.h"
#include "job/timeout.h"

/// Lets a runner go on where it is pinned to, or else on a worker that looks into `inbox`.
static void put_ready(tl__runner *runner, tl__inbox *inbox)
{
    unsigned rank = runner->job.rank > runner->gives_way_to ? runner->job.rank : runner->gives_way_to;
    tl__hand_over(runner->jobs, tl__pinned_to(runner->jobs, &runner->job), inbox, runner->stack, TL__QUEUED_RUNNER,
                  rank, &runner->queued);
}

void tl__make_ready(tl__runner *runner)
{
    tl_job_system *jobs = runner->jobs;
    tl__worker *worker = tl__worker_here();
    if (worker != NULL && worker->jobs == jobs) {
        put_ready(runner, &worker->ready);
        return;
    }
    tl__visit(jobs);
    put_ready(runner, &jobs->shared[runner->stack]);
    tl__end_visit(jobs);
}

/// What a runner asked for when it gave control back. False: it shall go on at once.
static bool settle(tl__worker *worker, tl__runner *runner)
{
    if (UNLIKELY(tl__state(runner->fiber) & TL__LENT)) {
        if (tl__state(runner->fiber) & TL__FORKED)
            tl__fork_job_returned(runner->begun->job);
        tl__fiber_end_loan(runner->fiber);
    }
    switch (runner->request) {
    case TL__FREE: tl__runner_free(worker, runner); return true;
    case TL__GIVE_WAY: put_ready(runner, &runner->jobs->shared[runner->stack]); return true;
    case TL__WAIT: break;
    }
    // Once it has joined, another worker may be running it already.
    if (tl__wait_join(&runner->wait, runner->waiter)) {
        tl__count_up(&worker->suspensions, 1);
        return true;
    }
    tl__take_back_able(runner);
    return false;
}

void tl__run(tl__worker *worker, tl__runner *runner)
{
    tl__runner *outer = worker->runner; // not null when a job resumed a fiber of its own, and that waits
    do {
        worker->runner = runner;
        runner->request = TL__GIVE_WAY;
        runner->worker = worker;
        tl__fiber_resume_owned(runner->fiber, TL_OK);
        worker->runner = outer;
    } while (!settle(worker, runner));
}

/// What a worker was before it began to work.
typedef struct at_rest {
    bool present, only_pinned;
    unsigned ranks;
    void *script;
} at_rest;

/// @param ranks  number of ranks, from the first on, that are run
static at_rest begin_work(tl__worker *worker, unsigned ranks)
{
    at_rest before = {tl__set_present(worker, true), worker->only_pinned, worker->ranks, tl__thread_set_script(NULL)};
    // What is waited for may need anything, so there is always a general worker that runs all: not only the main one
    // and external threads, and these only where their own threads wait.
    bool others = worker->jobs->general_count > 1 && worker->kind != TL__GENERAL && worker->kind != TL__DEDICATED;
    worker->ranks = others ? ranks : TL__RANKS;
    worker->only_pinned = worker->kind == TL__DEDICATED; // what is waited for may be anything
    return before;
}

static void end_work(tl__worker *worker, at_rest before)
{
    tl__give_back_spare(worker);
    worker->only_pinned = before.only_pinned;
    worker->ranks = before.ranks;
    tl__set_present(worker, before.present);
    tl__thread_set_script(before.script);
}

void tl__work_while_there_is_any(bool (*is_so)(void *context), void *context)
{
    tl__worker *worker = tl__worker_here();
    at_rest before = begin_work(worker, TL__RANKS);
    for (tl__runner *found; !is_so(context) && (found = tl__find(worker)) != NULL;)
        tl__run(worker, found);
    end_work(worker, before);
}

void tl__work(tl__worker *worker, const tl__until *until)
{
    at_rest before = begin_work(worker, until->ranks != 0 ? until->ranks : TL__RANKS);
    while (!until->is_so(until->context)) {
        // seq_cst, and what is asked next, too: the thread that recalls the worker sets that first (tl__wake_thread),
        // so either we see that, or our store comes before theirs.
        tl__store(&worker->recalled, 0, memory_order_seq_cst);
        if (until->is_so(until->context))
            break;
        tl__runner *found = tl__find(worker);
        if (found == NULL)
            found = tl__search(worker, until);
        if (found != NULL)
            tl__run(worker, found);
    }
    end_work(worker, before);
}
