// Telling who waits for what, when nothing goes on any more.
#include "log_internal.h"
#include "report.h"
#include "waiting.h"

/// The job of `runner` that keeps `waiting` waiting; null when that waits for something else.
static const tl__job *kept_by(const tl__wait *wait, const tl__runner *runner)
{
    if (wait->holder_of != NULL)
        return wait->holder_of(wait->object) == (uintptr_t)runner->fiber ? runner->begun->job : NULL;
    for (const tl__begun *begun = runner->begun; begun != NULL; begun = begun->outer)
        if (begun->job->counter == wait->object)
            return begun->job;
    return NULL;
}

/// Somebody who waits, and keeps `wait` waiting; null for none.
static tl__runner *keeper_of(tl_jobs *jobs, const tl__wait *wait)
{
    TL__EACH_WAITING (runner, jobs)
        if (kept_by(wait, runner) != NULL)
            return runner;
    return NULL;
}

/// One of those that wait in a circle; null when there is none. Follows one that keeps each waiting, as far as that
/// goes; who was come by in the same walk closes a circle.
static tl__runner *find_circle(tl_jobs *jobs)
{
    TL__EACH_WAITING (unmarked, jobs)
        unmarked->walk = 0;
    uint32_t walk = 0;
    TL__EACH_WAITING (start, jobs) {
        ++walk;
        for (tl__runner *at = start; at != NULL && at->walk == 0; at = keeper_of(jobs, &at->wait)) {
            at->walk = walk;
            tl__runner *next = keeper_of(jobs, &at->wait);
            if (next != NULL && next->walk == walk)
                return next;
        }
    }
    return NULL;
}

static void add_wait(tl__report *report, const tl__wait *wait)
{
    tl__report_add(report, " waits for %s %s", wait->kind, wait->name != NULL ? wait->name : "without a name");
}

/// The job that waits, and those that wait for it on the same fiber.
static void add_job(tl__report *report, const tl__runner *runner)
{
    tl__report_add(report, "\n    %s", runner->begun->job->entry->name);
    for (const tl__begun *outer = runner->begun->outer; outer != NULL; outer = outer->outer)
        tl__report_add(report, " (for %s)", outer->job->entry->name);
    add_wait(report, &runner->wait);
}

static void add_circle(tl_jobs *jobs, tl__report *report, tl__runner *start)
{
    tl__report_add(report, "\n  in a circle:");
    tl__runner *at = start;
    do {
        tl__runner *next = keeper_of(jobs, &at->wait);
        add_job(report, at);
        tl__report_add(report, at->wait.holder_of != NULL ? ", which %s holds" : ", which counts %s",
                       kept_by(&at->wait, next)->entry->name);
        at->walk = UINT32_MAX; // it was told of
        at = next;
    } while (at != start);
}

void tl__report_waiting(tl_jobs *jobs, tl__report *report)
{
    tl__waiting_lock(jobs);
    TL__EACH_WAITING (runner, jobs)
        add_job(report, runner);
    tl__waiting_unlock(jobs);
}

/// Whether the thread of that worker sleeps because it waits.
static bool is_asleep(const tl__worker *worker)
{
    return worker->asleep && worker->wait != NULL;
}

/// Whether something that none of those who wait can bring may still come: a thread outside finishes a counter.
static bool may_be_outside(tl_jobs *jobs)
{
    TL__EACH_WAITING (runner, jobs)
        if (runner->wait.may_be_outside && keeper_of(jobs, &runner->wait) == NULL)
            return true;
    for (uint32_t i = 0; i < jobs->worker_count; ++i) {
        const tl__wait *wait = jobs->workers[i].wait;
        if (is_asleep(&jobs->workers[i]) && wait->may_be_outside && keeper_of(jobs, wait) == NULL)
            return true;
    }
    return false;
}

static void add_all(tl_jobs *jobs, tl__report *report, tl__runner *circle)
{
    if (circle != NULL)
        tl__report_add(report, "deadlock: every worker is idle, and jobs still wait");
    else
        tl__report_add(report, "every worker is idle, and only a thread outside could wake the jobs that wait");
    if (circle != NULL)
        add_circle(jobs, report, circle);
    const char *before = circle != NULL ? "\n  besides:" : ":";
    TL__EACH_WAITING (runner, jobs) {
        if (circle != NULL && runner->walk == UINT32_MAX)
            continue;
        tl__report_add(report, "%s", before);
        before = "";
        add_job(report, runner);
    }
    for (uint32_t i = 0; i < jobs->worker_count; ++i) {
        const tl__worker *worker = &jobs->workers[i];
        if (!is_asleep(worker))
            continue;
        tl__report_add(report, "%s", before);
        before = "";
        tl__report_add(report, worker->kind == TL__MAIN ? "\n    the main thread" : "\n    a guest");
        add_wait(report, worker->wait);
    }
}

/// Where the same jobs waited before, that was told already.
static bool is_news(tl_jobs *jobs)
{
    uint64_t waits = 0;
    for (uint32_t i = 0; i < jobs->worker_count; ++i)
        waits += tl__load(&jobs->workers[i].went_aside, memory_order_relaxed);
    bool news = waits != jobs->told_of_waits;
    jobs->told_of_waits = waits;
    return news;
}

static tl_log_id put_together(tl_jobs *jobs, tl__report *report)
{
    tl__waiting_lock(jobs);
    tl__runner *circle = find_circle(jobs);
    bool tells = circle != NULL || (tl__waiting_first(jobs, 0) != NULL && !may_be_outside(jobs));
    if (tells && is_news(jobs))
        add_all(jobs, report, circle);
    tl__waiting_unlock(jobs);
    return circle != NULL ? TL_LOG_DEADLOCK : TL_LOG_ALL_IDLE;
}

void tl__tell_deadlock(tl_jobs *jobs)
{
    tl__report report = {.used = 0};
    tl_log_id id = TL_LOG_DEADLOCK;
    tl__spin_lock(&jobs->idle.spin);
    // Nobody may have come meanwhile; and without the main thread, that may bring what the others wait for.
    if (jobs->idle.settled == jobs->idle.present && jobs->workers[0].present)
        id = put_together(jobs, &report);
    tl__spin_unlock(&jobs->idle.spin);
    if (report.used != 0)
        tl__log(&(tl_log){.id = id, .text = report.text});
}
