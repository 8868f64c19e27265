// SPDX-License-Identifier: MIT
#include "job/search.h"

#include "base/log.h"
#include "fiber/callback.h"
#include "fiber/trace.h"
#include "job/deadlock.h"
#include "job/find.h"
#include "job/idle.h"
#include "job/job_fibers.h"
#include "os/spin.h"

/// Number of searches that a worker makes before it sleeps.
#ifndef TL__LOOKS
#define TL__LOOKS 100
#endif

/// Adds to the time that a worker has slept. relaxed: a figure that nothing else depends on.
static void count_sleep(tl__worker_record *worker, int64_t nanoseconds)
{
    uint64_t slept = tl__load(&worker->slept, memory_order_relaxed);
    tl__store(&worker->slept, slept + (uint64_t)nanoseconds, memory_order_relaxed);
}

static void sleep_until_posted(tl__worker_record *worker)
{
    bool traced = tl__is_traced(TL_TRACE_JOBS);
    if (traced)
        tl__trace_add(TL__TRACE_SLEEP, NULL);
    count_sleep(worker, -tl__monotonic_time());
    tl__idle_sleep(worker);
    count_sleep(worker, tl__monotonic_time());
    if (traced)
        tl__trace_add(TL__TRACE_AWAKE, NULL);
}

/// Called by the last attached worker to fall asleep: all of them sleep, and each has searched everywhere once more.
/// Returns the kind of report; `report` stays empty if there is nothing to report.
static tl_log_id on_all_asleep(tl_job_system *jobs, tl__report *report)
{
    tl__idle *idle = &jobs->idle;
    tl__spin_acquire(&idle->spin);
    tl__writes(&idle->asleep);
    // Check again: a worker may have woken meanwhile, and the main thread may have pushed more work.
    bool closing = jobs->closing;
    tl__waiter *cancelled = NULL;
    if (closing && idle->parked == idle->attached && jobs->workers[0].attached) {
        cancelled = tl__blocked_cancel(jobs); // of a fiber that a job resumed: its wait blocks a worker's thread
        if (cancelled == NULL) {
            tl__store(&jobs->quiescent, 1, memory_order_release); // pairs with is_quiescent in shutdown.c
            tl__wake_worker_locked(&jobs->workers[0]);
        }
    }
    tl__spin_release(&idle->spin);
    if (cancelled != NULL)
        cancelled->wake(cancelled);
    return closing ? TL_LOG_DEADLOCK : tl__find_deadlock(jobs, report);
}

/// A message for the log hook. An empty report: no message.
typedef struct message {
    tl_log_id id;
    tl__report report;
} message;

/// Sleeps until the worker is woken, unless a last search finds work, or there is something to report. Before and
/// after, the worker counts as searching.
static tl__job_fiber *sleep_until_woken(tl__worker_record *worker, const tl__until *until, message *news)
{
    tl__give_back_spare(worker);
    tl__idle_prepare(worker);
    bool over = until->is_so(until->context);
#ifdef TL__PLANT_LOST_WAKE
    tl__job_fiber *found = NULL;
#else
    tl__job_fiber *found = over ? NULL : tl__find(worker);
#endif
    if (found == NULL)
        tl__give_back_spare(worker); // the last search may have taken a spare job fiber without finding a job
    if (over || found != NULL) {
        tl__wake_worker(worker); // unless another thread has woken it already: either way there is one post
    } else if (tl__idle_park(worker)) {
        news->id = on_all_asleep(worker->jobs, &news->report);
        // The log hook may start jobs and wait, so it is called when this worker no longer counts as asleep.
        if (news->report.used != 0)
            tl__wake_worker(worker);
    }
    sleep_until_posted(worker);
    return found;
}

tl__job_fiber *tl__search(tl__worker_record *worker, const tl__until *until)
{
    message news = {.report.used = 0};
    tl__idle_begin_search(worker);
    tl__job_fiber *found = NULL;
    while (found == NULL && news.report.used == 0 && !until->is_so(until->context)) {
        uint32_t spins = 0;
        while (spins < TL__LOOKS && found == NULL && !until->is_so(until->context)) {
            tl__pause(&spins);
            found = tl__find(worker);
        }
        if (spins >= TL__LOOKS && found == NULL)
            found = sleep_until_woken(worker, until, &news);
    }
    if (tl__idle_end_search(worker) && tl__has_general_work(worker->jobs))
        tl__wake_one(worker->jobs);
    if (news.report.used != 0) {
        TL__CALLBACK(callback); // matters if this is the wait of a fiber that a job resumed
        tl__log_news(&(tl_log){.id = news.id, .text = news.report.text});
    }
    return found;
}
