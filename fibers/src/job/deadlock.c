// SPDX-License-Identifier: MIT
// Reports which jobs and threads wait for what, when none of them can wake another.
//
// Waiting jobs are in the lists of waiting.h; waiting threads, of any system or of none, are in one list of the
// process. The locks of all these lists are held during a search, so that no waiting job or thread continues meanwhile.
// A thread that was woken, but has not left the list yet, is recognised by `woken`.
#include "job/deadlock.h"

#include "base/report.h"
#include "fiber/info.h"
#include "job/waiting.h"
#include "os/spin.h"
#include "os/threads.h"

static tl__spin blocked_spin;
tl__blocked *tl__blocked_threads;
static uint64_t times_blocked; ///< number of waits that threads have begun

void tl__blocked_forget(void)
{
    blocked_spin = (tl__spin){0}; // a thread that the child does not have may have held it
    tl__blocked_threads = NULL;
}

void tl__blocked_watch_forks(void)
{
    static tl__fork_hooks hooks = {.in_child = tl__blocked_forget};
    tl__at_fork(&hooks);
}

void tl__blocked_enter(tl__blocked *thread)
{
    tl__spin_acquire(&blocked_spin);
    tl__writes(&tl__blocked_threads);
    thread->previous = NULL;
    thread->next = tl__blocked_threads;
    if (tl__blocked_threads != NULL)
        tl__blocked_threads->previous = thread;
    tl__blocked_threads = thread;
    ++times_blocked;
    tl__spin_release(&blocked_spin);
}

void tl__blocked_leave(tl__blocked *thread)
{
    tl__spin_acquire(&blocked_spin);
    tl__writes(&tl__blocked_threads);
    if (thread->next != NULL)
        thread->next->previous = thread->previous;
    if (thread->previous != NULL)
        thread->previous->next = thread->next;
    else
        tl__blocked_threads = thread->next;
    tl__spin_release(&blocked_spin);
}

/// A waiting job or a waiting thread: one of the pointers is null. Both null: no party.
typedef struct party {
    tl__job_fiber *job_fiber;
    tl__blocked *thread;
} party;

static const party none;

static bool is_none(party p)
{
    return p.job_fiber == NULL && p.thread == NULL;
}

static bool is_same(party left, party right)
{
    return left.job_fiber == right.job_fiber && left.thread == right.thread;
}

/// Returns whether a blocked thread sleeps, so that only what it waits for can wake it. True for a thread that is no
/// worker and a sleeping worker of this system, unless it has been woken and only not left the list yet; false for a
/// worker of another system, of which this one knows nothing.
static bool is_stuck(tl_job_system *jobs, const tl__blocked *thread)
{
    // Written by the thread that wakes it. relaxed: no thread in a circle of waits can be woken. Otherwise, at worst, a
    // report, or the decision whether to report, counts a thread as waiting that was just woken.
    if (tl__load(thread->woken, memory_order_relaxed) != 0)
        return false;
    return thread->worker == NULL || (thread->worker->jobs == jobs && thread->worker->asleep);
}

static party next_thread(tl_job_system *jobs, tl__blocked *thread)
{
    while (thread != NULL && !is_stuck(jobs, thread))
        thread = thread->next;
    return (party){.thread = thread};
}

static party first_party(tl_job_system *jobs)
{
    tl__job_fiber *job_fiber = tl__waiting_first(jobs, 0);
    return job_fiber != NULL ? (party){.job_fiber = job_fiber} : next_thread(jobs, tl__blocked_threads);
}

static party next_party(tl_job_system *jobs, party p)
{
    if (p.job_fiber == NULL)
        return next_thread(jobs, p.thread->next);
    tl__job_fiber *next = tl__waiting_next(jobs, p.job_fiber);
    return next != NULL ? (party){.job_fiber = next} : next_thread(jobs, tl__blocked_threads);
}

#define EACH_PARTY(p, jobs) for (party p = first_party(jobs); !is_none(p); p = next_party(jobs, p))

static const tl__wait_desc *wait_of(party p)
{
    return p.job_fiber != NULL ? &p.job_fiber->wait : p.thread->wait;
}

/// (Only waits of jobs and workers have a timeout; any other thread ends its wait itself.)
static bool has_limit(const tl__wait_desc *wait)
{
    return wait->limit.clock != TL_NO_CLOCK;
}

static uint32_t *walk_of(party p)
{
    return p.job_fiber != NULL ? &p.job_fiber->walk : &p.thread->walk;
}

static uintptr_t holder_of_party(party p)
{
    return p.job_fiber != NULL ? (uintptr_t)p.job_fiber->fiber : p.thread->holder;
}

/// Whether `p` keeps the wait from ending: `p` holds the lock that is waited for, or the counter that is waited for
/// counts one of its jobs.
static bool keeps(party p, const tl__wait_desc *wait)
{
    if (wait->holder_of != NULL)
        return wait->holder_of(wait->object) == holder_of_party(p);
    return p.job_fiber != NULL && tl__counted_job(p.job_fiber, wait->object) != NULL;
}

/// A hash of `bits` bits.
static uint32_t hash(uintptr_t key, unsigned bits)
{
    return (uint32_t)((uint64_t)key * 0x9E3779B97F4A7C15u >> (64 - bits));
}

static tl__keeper **bucket_of_key(tl_job_system *jobs, uintptr_t key)
{
    return &jobs->keepers[hash(key, TL__KEEPER_BITS)];
}

static void add_keeper_of(tl_job_system *jobs, tl__keeper *keeper, uintptr_t key, tl__job_fiber *job_fiber)
{
    tl__keeper **bucket = bucket_of_key(jobs, key);
    *keeper = (tl__keeper){.next = *bucket, .key = key, .job_fiber = job_fiber};
    *bucket = keeper;
}

/// Fills the index that keeper_of uses: it finds each waiting job by the counters that count its active jobs, and by
/// its fiber, which may hold locks. The index is valid while the locks of all lists are held.
static void index_keepers(tl_job_system *jobs)
{
    for (uint32_t i = 0; i < TL__KEEPER_BUCKETS; ++i)
        jobs->keepers[i] = NULL;
    TL__EACH_WAITING (job_fiber, jobs) {
        add_keeper_of(jobs, &job_fiber->keeper, (uintptr_t)job_fiber->fiber, job_fiber);
        for (tl__active_job *active_job = job_fiber->active_job; active_job != NULL; active_job = active_job->outer)
            if (active_job->job->counter != NULL)
                add_keeper_of(jobs, &active_job->keeper, (uintptr_t)active_job->job->counter, job_fiber);
    }
}

/// Returns a waiting job or thread that keeps `wait` from ending; `none` if there is none.
static party keeper_of(tl_job_system *jobs, const tl__wait_desc *wait)
{
    if (has_limit(wait)) // the limit ends the wait, if nothing else does
        return none;
    uintptr_t key = wait->holder_of != NULL ? wait->holder_of(wait->object) : (uintptr_t)wait->object;
    for (tl__keeper *keeper = *bucket_of_key(jobs, key); keeper != NULL; keeper = keeper->next)
        if (keeper->key == key && keeps((party){.job_fiber = keeper->job_fiber}, wait))
            return (party){.job_fiber = keeper->job_fiber};
    for (party p = next_thread(jobs, tl__blocked_threads); !is_none(p); p = next_party(jobs, p))
        if (keeps(p, wait))
            return p;
    return none;
}

/// Returns a job or thread of a circle of waits; `none` if there is no circle. From each job or thread it walks to one
/// that keeps its wait from ending, from that to the next, and so on as far as possible. If it comes to one that the
/// same walk has visited before, that is a circle.
static party find_circle(tl_job_system *jobs)
{
    EACH_PARTY (unmarked, jobs)
        *walk_of(unmarked) = 0;
    uint32_t walk = 0;
    EACH_PARTY (start, jobs) {
        ++walk;
        for (party at = start; !is_none(at) && *walk_of(at) == 0;) {
            *walk_of(at) = walk;
            party next = keeper_of(jobs, wait_of(at));
            if (!is_none(next) && *walk_of(next) == walk)
                return next;
            at = next;
        }
    }
    return none;
}

static const char *name_of_thread(const tl__blocked *thread)
{
    if (thread->worker == NULL)
        return "a thread outside";
    switch (thread->worker->kind) {
    case TL__MAIN: return "the main thread";
    case TL__EXTERNAL: return "an external thread";
    default: return "a worker's thread";
    }
}

static void add_party(tl__report *report, party p)
{
    const tl__wait_desc *wait = wait_of(p);
    if (p.job_fiber == NULL) {
        tl__report_add(report, "\n    %s", name_of_thread(p.thread));
    } else {
        tl__report_add(report, "\n    %s", tl__entry_name(p.job_fiber->active_job->job->entry));
        for (const tl__active_job *outer = p.job_fiber->active_job->outer; outer != NULL; outer = outer->outer)
            tl__report_add(report, " (for %s)", tl__entry_name(outer->job->entry));
    }
    tl__report_add(report, " waits for %s %s", wait->kind, wait->name != NULL ? wait->name : "without a name");
}

static void add_keeper(tl__report *report, const tl__wait_desc *wait, party keeper)
{
    if (keeper.job_fiber == NULL)
        tl__report_add(report, ", which %s holds", name_of_thread(keeper.thread));
    else if (wait->holder_of != NULL)
        tl__report_add(report, ", which %s holds", tl__entry_name(keeper.job_fiber->active_job->job->entry));
    else
        tl__report_add(report, ", which counts %s",
                       tl__entry_name(tl__counted_job(keeper.job_fiber, wait->object)->entry));
}

#define REPORTED UINT32_MAX // value of `walk` for parties that the report already names

static void add_circle(tl_job_system *jobs, tl__report *report, party start)
{
    tl__report_add(report, "\n  in a circle:");
    party at = start;
    do {
        party next = keeper_of(jobs, wait_of(at));
        add_party(report, at);
        add_keeper(report, wait_of(at), next);
        *walk_of(at) = REPORTED;
        at = next;
    } while (!is_same(at, start));
}

void tl__report_waiting(tl_job_system *jobs, tl__report *report)
{
    tl__waiting_lock(jobs);
    TL__EACH_WAITING (job_fiber, jobs)
        add_party(report, (party){.job_fiber = job_fiber});
    tl__waiting_unlock(jobs);
}

/// Whether one of the waits is expected to end: because a thread outside may finish its counter, or at its limit.
static bool may_be_outside(tl_job_system *jobs)
{
    EACH_PARTY (p, jobs)
        if (has_limit(wait_of(p)) || (wait_of(p)->may_be_outside && is_none(keeper_of(jobs, wait_of(p)))))
            return true;
    return false;
}

static void add_all(tl_job_system *jobs, tl__report *report, party circle)
{
    if (!is_none(circle)) {
        tl__report_add(report, "deadlock: every worker is idle, and jobs still wait");
        add_circle(jobs, report, circle);
    } else {
        tl__report_add(report, "every worker is idle, and only a thread outside could wake the jobs that wait");
    }
    const char *before = !is_none(circle) ? "\n  besides:" : ":";
    EACH_PARTY (p, jobs) {
        if (!is_none(circle) && *walk_of(p) == REPORTED)
            continue;
        tl__report_add(report, "%s", before);
        before = "";
        add_party(report, p);
    }
}

static const void *subject_of(const tl__wait_desc *wait)
{
    return wait->subject != NULL ? wait->subject : wait->object;
}

/// Records that the subject of a wait was reported. Returns false if it was recorded before, or if the table is full.
static bool remember(tl__reported *reported, const void *subject)
{
    enum { LAST = (1 << TL__REPORTED_BITS) - 1 };
    if (reported->count == TL__MOST_REPORTED)
        return false;
    uint32_t at = hash((uintptr_t)subject, TL__REPORTED_BITS);
    while (reported->subjects[at] != NULL && reported->subjects[at] != subject)
        at = (at + 1) & LAST;
    if (reported->subjects[at] == subject)
        return false;
    reported->subjects[at] = subject;
    ++reported->count;
    return true;
}

/// Returns the number of waits so far, of the system's jobs and of all threads.
static uint64_t count_waits(const tl_job_system *jobs)
{
    uint64_t waits = times_blocked;
    // relaxed: all workers that take part sleep, and each took idle.spin, which the caller holds, after it last wrote.
    for (uint32_t i = 0; i < jobs->worker_count; ++i)
        waits += tl__load(&jobs->workers[i].suspensions, memory_order_relaxed);
    return waits;
}

/// Returns whether there is something to report that was not reported before, and records it. Each circle is reported
/// only once, and so is each object that only a thread outside could complete; nothing is reported any more when the
/// table of reported objects is full.
static bool is_news(tl_job_system *jobs, party circle)
{
    bool news = false;
    uint64_t waits = count_waits(jobs);
    if (waits == jobs->reported_waits)
        return false;
    jobs->reported_waits = waits;
    if (!is_none(circle)) {
        party at = circle;
        do {
            news = remember(&jobs->reported_circles, subject_of(wait_of(at))) || news;
            at = keeper_of(jobs, wait_of(at));
        } while (!is_same(at, circle));
        return news;
    }
    TL__EACH_WAITING (job_fiber, jobs)
        if (is_none(keeper_of(jobs, &job_fiber->wait)))
            news = remember(&jobs->reported_idle, subject_of(&job_fiber->wait)) || news;
    return news;
}

static tl_log_id put_together(tl_job_system *jobs, tl__report *report)
{
    tl__waiting_lock(jobs);
    tl__spin_acquire(&blocked_spin);
    index_keepers(jobs);
    party circle = find_circle(jobs);
    bool reports = !is_none(circle) || (tl__waiting_first(jobs, 0) != NULL && !may_be_outside(jobs));
    if (reports && is_news(jobs, circle)) {
        const tl__reported *reported = is_none(circle) ? &jobs->reported_idle : &jobs->reported_circles;
        if (reported->count == TL__MOST_REPORTED)
            tl__report_add(report, "(the last report of this kind for this job system) ");
        add_all(jobs, report, circle);
    }
    tl__spin_release(&blocked_spin);
    tl__waiting_unlock(jobs);
    return !is_none(circle) ? TL_LOG_DEADLOCK : TL_LOG_ALL_IDLE;
}

uint32_t tl__blocked_note(tl__dump_note *noted, uint32_t room)
{
    uint32_t count = 0;
    tl__spin_acquire(&blocked_spin);
    tl__reads(&tl__blocked_threads);
    for (const tl__blocked *at = tl__blocked_threads; at != NULL; at = at->next) {
        if (tl__load(at->woken, memory_order_relaxed) != 0 || count++ >= room)
            continue;
        const tl_fiber *here = (const tl_fiber *)at->holder;
        tl__dump_note *note = &noted[count - 1];
        note->item = (tl__dump_item){.kind = "thread", .seconds = -1, .age = -1};
        note->item.name = tl__state(here) & TL__THREAD ? name_of_thread(at) : tl_fiber_name(here);
        note->item.wait = at->wait->kind;
        note->item.wait_name = at->wait->name;
        tl__dump_keep(note);
    }
    tl__spin_release(&blocked_spin);
    return count;
}

tl__waiter *tl__blocked_cancel(tl_job_system *jobs)
{
    tl__waiter *cancelled = NULL;
    tl__spin_acquire(&blocked_spin);
    tl__reads(&tl__blocked_threads);
    for (tl__blocked *at = tl__blocked_threads; at != NULL && cancelled == NULL; at = at->next)
        if (at->worker != NULL && is_stuck(jobs, at) && at->wait->unjoin(at->wait->object, at->waiter))
            cancelled = at->waiter;
    tl__spin_release(&blocked_spin);
    if (cancelled != NULL)
        cancelled->answer = TL_CANCELLED;
    return cancelled;
}

tl_log_id tl__find_deadlock(tl_job_system *jobs, tl__report *report)
{
    tl_log_id id = TL_LOG_DEADLOCK;
    tl__spin_acquire(&jobs->idle.spin);
    // Check again, since a worker may have woken meanwhile. Report nothing while the main thread runs no jobs: it may
    // itself complete what the others wait for.
    if (jobs->idle.parked == jobs->idle.attached && jobs->workers[0].attached)
        id = put_together(jobs, report);
    tl__spin_release(&jobs->idle.spin);
    return id;
}
