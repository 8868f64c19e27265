// SPDX-License-Identifier: MIT
#include "job/run_jobs.h"

#include "base/compiler.h"
#include "fiber/info.h"
#include "fiber/trace.h"
#include "job/fork.h"

/// relaxed: only a flag. was_cancelled has acquired tl__cancels before; tl_job_is_cancelled may see the flag late.
static inline bool is_cancelled(const tl_counter *counter)
{
    return counter != NULL && (tl__load(&counter->tl__word, memory_order_relaxed) & TL__COUNTER_CANCELLED) != 0;
}

bool tl_job_is_cancelled(void)
{
    const tl__job_fiber *self = tl__job_fiber_of(tl__thread_here());
    for (const tl__active_job *active_job = self != NULL ? self->active_job : NULL; active_job != NULL;
         active_job = active_job->outer)
        if (is_cancelled(active_job->job->counter))
            return true;
    return false;
}

/// Whether `counter` is cancelled. For many jobs of one counter in turn it loads the counter's word only when
/// tl__cancels has changed, since a load would take the word's cache line away from the thread that adds to it.
static inline bool was_cancelled(tl__job_fiber *self, const tl_counter *counter)
{
    // acquire: pairs with the release in tl_counter_cancel; by then the counter's word says that it is cancelled.
    uint64_t cancels = tl__load(&tl__cancels, memory_order_acquire);
    if (counter == self->not_cancelled && cancels == self->cancels)
        return false;
    if (is_cancelled(counter))
        return true;
    self->not_cancelled = counter;
    self->cancels = cancels;
    return false;
}

/// Runs a job, unless it was cancelled before. Returns whether its begin was recorded, for trace_end.
static inline bool run_job(tl__job_fiber *self, tl__job *job)
{
    if (was_cancelled(self, job->counter))
        return false;
    tl__active_job active_job = {.outer = self->active_job, .job = job};
    self->active_job = &active_job;
    self->fiber->entry = job->entry; // so that reports name the job; the fiber's own entry is no longer needed
    bool is_traced = tl__is_traced(TL_TRACE_JOBS);
    if (is_traced)
        tl__trace_add(TL__TRACE_JOB, tl__entry_name(job->entry));
    job->entry->run(job->by_pointer ? (void *)(uintptr_t)job->args[0] : job->args);
#ifndef NDEBUG
    tl__check_spinlocks_at_end(self->fiber, "the end of a job");
#endif
    if (UNLIKELY(tl__state(self->fiber) & TL__FORKED))
        tl__fork_job_returned(job);
    self->active_job = active_job.outer;
    return is_traced;
}

/// Records that a job has ended: after its counter was told, so that what this wakes was woken by the job.
static inline void trace_end(bool is_traced)
{
    if (UNLIKELY(is_traced))
        tl__trace_add(TL__TRACE_JOB_END, NULL);
}

/// After this many jobs from its own deque a worker searches everywhere again.
enum { MOST_IN_A_ROW = 64 };

/// Takes the next job from the worker's deque of the middle rank, without a search and on the same fiber, if no other
/// source seems to have work that comes first. Returns false otherwise.
static bool next_job(tl__job_fiber *self)
{
    tl__worker_record *worker = self->worker;
    const tl_job_system *jobs = worker->jobs;
    // relaxed: only hints. If they are missed, a full search follows after at most MOST_IN_A_ROW jobs.
    if (self->stack != TL_STACK_SMALL || worker->only_pinned || worker->ranks < TL__RANKS ||
        (tl__load(&worker->wake_requested, memory_order_relaxed) | tl__load(&jobs->high, memory_order_relaxed)) != 0 ||
        tl__inbox_has_any(&worker->ready) || tl__has_pinned(worker) || ++self->in_a_row % MOST_IN_A_ROW == 0)
        return false;
    return tl__deque_take(&worker->deques[1], &self->job);
}

/// Clean-up of a cancelled job fiber: cancels the counter of its outermost job, and counts the job as done.
static void abandon_job(void *job_fiber)
{
    tl__job_fiber *self = job_fiber;
    if (self->active_job == NULL)
        return; // it has no job
    uint64_t count = self->unreported + 1;
    self->active_job = NULL;
    self->unreported = 0;
    self->may_wait = 0;
    tl__take_back_runnable(self); // it was waiting, and so not counted as runnable
    tl__abandon(self->job.counter, count);
}

// A job that is done is subtracted from its counter at once, unless the next job has the same counter: then both are
// subtracted together later, since the counter cannot reach zero anyway before the next job is done. So one atomic
// operation serves many jobs.

static bool next_is_of(tl__worker_record *worker, const tl_counter *counter)
{
    const tl__job_slot *next = tl__deque_peek(&worker->deques[1]);
    return next != NULL && tl__slot_counter(next) == counter;
}

static void flush_completions(tl__job_fiber *self, tl_counter *counter)
{
    uint64_t unreported = self->unreported;
    self->unreported = 0;
    if (counter != NULL && unreported != 0)
        tl__counter_done(counter, unreported);
}

void tl__run_jobs(void *job_fiber)
{
    tl__job_fiber *self = *(tl__job_fiber **)job_fiber;
    tl_defer(abandon_job, self);
    for (;;) {
        self->reported_all = false;
        bool is_traced = run_job(self, &self->job);
        ++self->unreported;
        tl_counter *counter = self->job.counter;
        if (!next_is_of(self->worker, counter))
            flush_completions(self, counter);
        bool more = next_job(self);
        if (!more || self->job.counter != counter)
            flush_completions(self, counter);
        trace_end(is_traced);
        if (!more) {
            self->request = TL__FREE;
            tl_yield(NULL);
        }
    }
}

/// Clean-up of a fiber that is cancelled inside an inner job, which run_own runs for a job that waits: cancels the
/// inner job's counter, and counts the job as done.
static void abandon_own(tl__job **job)
{
    if (*job != NULL)
        tl__abandon((*job)->counter, 1);
}

static void run_own(tl__job_fiber *self, tl__job *taken)
{
    tl__job *job __attribute__((cleanup(abandon_own))) = taken;
    bool is_traced = run_job(self, job);
    job = NULL;
    if (taken->counter != NULL) // null: forget_stack in shutdown.c has detached the job from its counter
        tl__counter_done(taken->counter, 1);
    trace_end(is_traced);
    self->fiber->entry = self->active_job->job->entry;
}

/// Returns a deque of the worker whose next job is counted by `counter`; null if there is none.
static tl__deque *own_of(tl__worker_record *worker, const tl_counter *counter)
{
    static const unsigned likely_first[TL__RANKS] = {1, 0, 2};
    for (unsigned i = 0; i < TL__RANKS; ++i) {
        tl__deque *deque = &worker->deques[likely_first[i]];
        const tl__job_slot *slot = tl__deque_peek(deque);
        if (slot != NULL && tl__slot_counter(slot) == counter)
            return deque;
    }
    return NULL;
}

void tl__run_own(tl__job_fiber *self, const tl_counter *counter)
{
    while (!tl_counter_is_done(counter) && (const char *)__builtin_frame_address(0) > self->room) {
        tl__job job;
        tl__worker_record *worker = self->worker; // after a job that waited it may be a different worker
        tl__deque *deque = own_of(worker, counter);
        if (deque == NULL)
            return;
        if (tl__deque_take(deque, &job)) {
            tl__count_taken(worker->jobs, job.rank);
            run_own(self, &job);
        }
    }
}
