// Starting jobs.
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "job/system.h"

static tl__job *pending_take(tl_jobs *jobs)
{
    tl__spin_lock(&jobs->pending_spin);
    tl__writes(&jobs->pending_free);
    tl__queued *free = jobs->pending_free;
    if (free != NULL)
        jobs->pending_free = free->next;
    tl__spin_unlock(&jobs->pending_spin);
    return tl__job_in(free);
}

void tl__pending_put(tl_jobs *jobs, tl__job *job)
{
    tl__spin_lock(&jobs->pending_spin);
    tl__writes(&jobs->pending_free);
    job->queued.next = jobs->pending_free;
    jobs->pending_free = &job->queued;
    tl__spin_unlock(&jobs->pending_spin);
}

/// Gives a job that lies in memory of its own to whoever may run it.
static void send(tl_jobs *jobs, tl__job *job)
{
    tl__worker *pinned_to = tl__pinned_to(jobs, job);
    if (pinned_to != NULL) {
        tl__inbox_put(&pinned_to->pinned[job->stack], TL__QUEUED_JOB, job->rank, &job->queued);
        tl__wake_worker(pinned_to);
    } else {
        tl__count_put(jobs, job->rank);
        unsigned rank = job->rank; // once it is put, it belongs to others
        tl__inbox_put(&jobs->shared[job->stack], TL__QUEUED_JOB, rank, &job->queued);
        tl__notify(jobs, rank);
    }
}

/// Called on any thread, which has taken the waiter off the counter.
static void send_postponed(tl__waiter *waiter)
{
    tl__pending *pending = (tl__pending *)((char *)waiter - offsetof(tl__pending, waiter));
    tl_jobs *jobs = pending->jobs;
    tl__visit(jobs);
    // release: the thread counts as an in-flight submitter by then; pairs with find_postponed in shutdown.c.
    tl__store(&pending->after, 0, memory_order_release);
    send(jobs, &pending->job);
    tl__end_visit(jobs);
}

/// Lets a job begin later, or elsewhere.
static tl_result postpone(tl_jobs *jobs, const tl__job *job, tl_counter *after)
{
    tl__job *own = pending_take(jobs);
    if (own == NULL)
        return TL_ERROR_JOBS_FULL;
    *own = *job;
    tl__pending *pending = (tl__pending *)own;
    pending->waiter.wake = send_postponed;
    // relaxed: read when no worker runs anything, this one neither.
    tl__store(&pending->after, (uintptr_t)after, memory_order_relaxed);
    if (after != NULL && tl__counter_join(after, &pending->waiter))
        return TL_OK;
    tl__store(&pending->after, 0, memory_order_relaxed);
    tl__visit(jobs);
    send(jobs, own);
    tl__end_visit(jobs);
    return TL_OK;
}

static bool has_room(void *deque)
{
    const tl__deque *full = deque;
    return tl__deque_count(full) <= full->mask / 2;
}

/// The queue is full: lets others take from it. False where that does not help: in a clean-up, which cannot wait; in a
/// job that is pinned, which its worker would go on with first; and when there is no fiber left to begin those jobs on,
/// since too many jobs are just here, too.
static bool make_room(tl__worker *worker, unsigned rank)
{
    tl__runner *self = tl__runner_of(tl__thread_here());
    if (self == NULL)
        tl__work(worker, &(tl__until){.is_so = has_room, .context = &worker->deques[rank]});
    else if (tl_fiber_unwinding() || self->job.worker1 != 0 || !tl__has_free_runner(worker))
        return false;
    else
        tl__give_way_to(self, rank); // and go on here or elsewhere
    return true;
}

/// Puts a job into the calling worker's queue.
static tl_result push(tl_jobs *jobs, tl__worker *worker, const tl__job *job)
{
    tl__deque *deque = &worker->deques[job->rank];
    tl__count_put(jobs, job->rank);
    while (!tl__deque_push(deque, job)) {
        if (!make_room(worker, job->rank)) {
            tl__count_taken(jobs, job->rank);
            return postpone(jobs, job, NULL);
        }
        worker = tl__worker_here();
        deque = &worker->deques[job->rank];
    }
    tl__notify(jobs, job->rank);
    return TL_OK;
}

static tl_result start(tl_jobs *jobs, tl__worker *worker, const tl__job *job, tl_counter *after)
{
    bool own = worker != NULL && worker->jobs == jobs;
    if (UNLIKELY(!own || after != NULL || job->worker1 != 0 || job->stack != TL_STACK_SMALL))
        return postpone(jobs, job, after);
    return push(jobs, worker, job);
}

/// The system that a call is about; null for none.
static tl_jobs *or_here(tl_jobs *jobs, const tl__worker *worker)
{
    return jobs != NULL || worker == NULL ? jobs : worker->jobs;
}

/// TL_OK when a call may start jobs in that system, which may be null.
static inline tl_result check_system(const tl_jobs *jobs, const tl__worker *worker)
{
    if (worker != NULL && worker->jobs == jobs) // then it is no other process's
        return TL_OK;
    if (jobs == NULL)
        return TL_ERROR_NO_JOBS;
    return tl__is_forked(jobs) ? TL_ERROR_FORKED : TL_OK;
}

static tl_result check_desc(const tl_jobs *jobs, const tl_job_desc *desc, const tl_counter *counter)
{
    bool valid = (unsigned)desc->priority <= TL_PRIORITY_LOW && (unsigned)desc->stack <= TL_STACK_LARGE &&
                 desc->worker.index1 <= jobs->general_count + jobs->dedicated_count;
    if (!valid)
        return TL_ERROR_ARGUMENT;
    return desc->after != NULL && desc->after == counter ? TL_ERROR_CYCLE : TL_OK;
}

/// All of a job but its argument.
static tl__job describe(const tl_job_desc *desc, tl_counter *counter, const tl_fiber_entry *entry)
{
    tl__job job;
    job.entry = entry;
    job.counter = counter;
    job.rank = desc != NULL ? (uint8_t)tl__rank_of(desc->priority) : 1;
    job.stack = desc != NULL ? (uint8_t)desc->stack : TL_STACK_SMALL;
    job.worker1 = desc != NULL ? (uint16_t)desc->worker.index1 : 0;
    job.args_words = (uint8_t)((entry->args_size + 7) / 8);
    job.by_pointer = false;
    job.unused = 0;
    return job;
}

static tl_result check_args(const tl_fiber_entry *entry, const void *args)
{
    if (entry == NULL || entry->run == NULL || (args == NULL && entry->args_size != 0))
        return TL_ERROR_NULL;
    return entry->args_size > TL_JOB_ARGS_MAX || entry->args_align > TL_JOB_ARGS_ALIGN ? TL_ERROR_ARGS_SIZE : TL_OK;
}

tl_result tl_job_run_raw(tl_jobs *jobs, const tl_job_desc *desc, tl_counter *counter, const tl_fiber_entry *entry,
                         const void *args)
{
    tl__worker *worker = tl__worker_here();
    jobs = or_here(jobs, worker);
    tl_result possible = check_system(jobs, worker);
    if (possible == TL_OK)
        possible = check_args(entry, args);
    if (possible == TL_OK && desc != NULL)
        possible = check_desc(jobs, desc, counter);
    if (possible == TL_OK && counter != NULL)
        possible = tl__counter_count(counter, 1);
    if (UNLIKELY(possible != TL_OK))
        return tl__misuse(possible, "tl_job_run");
    tl__job job = describe(desc, counter, entry);
    if (entry->args_size != 0)
        memcpy(job.args, args, entry->args_size);
    tl_result started = start(jobs, worker, &job, desc != NULL ? desc->after : NULL);
    if (UNLIKELY(started != TL_OK) && counter != NULL)
        tl__counter_done(counter, 1);
    return started;
}

tl_result tl_job_run_many_raw(tl_jobs *jobs, const tl_job_desc *desc, tl_counter *counter, const tl_fiber_entry *entry,
                              const void *array, size_t count)
{
    tl__worker *worker = tl__worker_here();
    jobs = or_here(jobs, worker);
    tl_result possible = check_system(jobs, worker);
    if (possible == TL_OK && count != 0)
        possible = check_args(entry, array);
    if (possible == TL_OK && desc != NULL)
        possible = check_desc(jobs, desc, counter);
    if (possible == TL_OK && counter != NULL)
        possible = tl__counter_count(counter, count);
    if (UNLIKELY(possible != TL_OK))
        return tl__misuse(possible, "tl_job_run_many");
    if (count == 0)
        return TL_OK;
    tl__job job = describe(desc, counter, entry);
    for (size_t i = 0; i < count; ++i) {
        memcpy(job.args, (const char *)array + i * entry->args_size, entry->args_size);
        tl_result started = start(jobs, tl__worker_here(), &job, desc != NULL ? desc->after : NULL);
        if (UNLIKELY(started != TL_OK)) {
            if (counter != NULL)
                tl__counter_done(counter, count - i);
            return started;
        }
    }
    return TL_OK;
}

/// Waits for a counter of the caller's own, which must not be left before.
/// @param rank  of what is waited for: a thread helps with nothing after that
static tl_result wait_surely(tl__runner *self, tl_counter *counter, unsigned rank)
{
    tl_result waited = tl__counter_wait_for(counter, true, rank);
    if (self != NULL)
        tl__end_promise(self);
    return waited;
}

/// What keeps the running job from waiting for certain, if it is one that runs here.
static tl_result check_wait(tl__runner *self, const char *name)
{
    if (self == NULL)
        return TL_OK;
    if (tl_fiber_unwinding())
        return TL_ERROR_UNWINDING;
    return tl__promise_wait(self, name) ? TL_OK : TL_ERROR_ALL_WAITING;
}

tl_result tl_wait_job_raw(tl_jobs *jobs, const tl_job_desc *desc, const tl_fiber_entry *entry, void *arg)
{
    tl__here here = tl__thread_here();
    jobs = or_here(jobs, here.worker);
    tl_result possible = check_system(jobs, here.worker);
    if (possible == TL_OK && (entry == NULL || entry->run == NULL || arg == NULL))
        possible = TL_ERROR_NULL;
    if (possible == TL_OK && desc != NULL)
        possible = check_desc(jobs, desc, NULL);
    tl__runner *self = tl__runner_of(here);
    if (possible == TL_OK)
        possible = check_wait(self, entry->name);
    if (possible != TL_OK)
        return possible == TL_ERROR_ALL_WAITING ? possible : tl__misuse(possible, "tl_wait_job");
    tl_counter done = {.name = entry->name};
    tl__counter_count(&done, 1);
    tl__job job = describe(desc, &done, entry);
    job.args_words = 1;
    job.by_pointer = true;
    job.args[0] = (uintptr_t)arg;
    tl_result started = start(jobs, here.worker, &job, desc != NULL ? desc->after : NULL);
    if (started != TL_OK)
        tl__counter_done(&done, 1);
    tl_result waited = wait_surely(self, &done, job.rank);
    return started != TL_OK ? started : waited;
}

// A parallel loop is a job that gives away its upper half as another, until what it has left is small enough; then runs
// that. So the halves that others steal are the large ones.

static tl__job job_of(const tl__part *part)
{
    tl__job job = describe(&part->desc, part->counter, part->entry);
    memcpy(job.args, part, sizeof *part);
    return job;
}

/// Where a part is to be split, which has more than its grain: after a number of grains.
static size_t middle_of(const tl__part *part)
{
    size_t grains = (part->end - part->first - 1) / part->grain + 1;
    return part->first + grains / 2 * part->grain;
}

/// Puts a part where other workers find it. False: there is no room for it.
static bool offer(const tl__job *job)
{
    tl__worker *worker = tl__worker_here();
    if (job->stack != TL_STACK_SMALL)
        return postpone(worker->jobs, job, NULL) == TL_OK;
    tl__count_put(worker->jobs, job->rank);
    if (!tl__deque_push(&worker->deques[job->rank], job)) {
        tl__count_taken(worker->jobs, job->rank);
        return false;
    }
    tl__notify(worker->jobs, job->rank);
    return true;
}

/// Lets others have all but the first grain, as far as there is room for it.
static void share(tl__part *part)
{
    while (part->end - part->first > part->grain && part->desc.worker.index1 == 0) {
        tl__part upper = *part;
        upper.first = middle_of(part);
        tl__job job = job_of(&upper);
        tl__counter_count(part->counter, 1);
        if (!offer(&job)) {
            tl__counter_done(part->counter, 1);
            return;
        }
        part->end = upper.first;
    }
}

void tl__run_part(void *argument)
{
    tl__part *part = argument;
    share(part);
    for (size_t first = part->first, next; first < part->end; first = next) {
        next = part->end - first < part->grain ? part->end : first + part->grain;
        part->body(part->arg, first, next);
    }
}

static size_t grain_for(const tl_jobs *jobs, size_t count)
{
    enum { PIECES = 8 }; // enough that one slow piece does not keep all waiting
    size_t grain = count / ((size_t)PIECES * jobs->general_count);
    return grain > 0 ? grain : 1;
}

/// The description of a loop whose caller gives none: as the calling job, but for any worker and with a small stack.
static tl_job_desc loop_desc(const tl__runner *self, const tl_job_desc *asked)
{
    static const tl_priority priorities[TL__RANKS] = {TL_PRIORITY_HIGH, TL_PRIORITY_NORMAL, TL_PRIORITY_LOW};
    if (asked != NULL)
        return *asked;
    return (tl_job_desc){.priority = self != NULL ? priorities[self->job.rank] : TL_PRIORITY_NORMAL};
}

/// Starts a loop, or its first part at once where the calling job may run that itself.
static tl_result start_loop(tl_jobs *jobs, tl__here here, tl__part *whole, bool begins_here, tl_counter *after)
{
    tl__counter_count(whole->counter, 1);
    if (begins_here) {
        tl__run_part(whole);
        tl__counter_done(whole->counter, 1);
        return TL_OK;
    }
    tl__job job = job_of(whole);
    tl_result started = start(jobs, here.worker, &job, after);
    if (started != TL_OK)
        tl__counter_done(whole->counter, 1);
    return started;
}

tl_result tl_parallel_for_raw(tl_jobs *jobs, const tl_job_desc *desc, size_t count, size_t grain,
                              const tl_fiber_entry *entry, tl_range body, void *arg)
{
    tl__here here = tl__thread_here();
    jobs = or_here(jobs, here.worker);
    tl_result possible = check_system(jobs, here.worker);
    if (possible == TL_OK && (entry == NULL || body == NULL))
        possible = TL_ERROR_NULL;
    if (possible == TL_OK && desc != NULL)
        possible = check_desc(jobs, desc, NULL);
    tl__runner *self = tl__runner_of(here);
    if (possible == TL_OK && count != 0)
        possible = check_wait(self, entry->name);
    if (possible != TL_OK)
        return possible == TL_ERROR_ALL_WAITING ? possible : tl__misuse(possible, "tl_parallel_for");
    if (count == 0)
        return TL_OK;
    tl_counter done = {.name = entry->name};
    tl__part whole = {
        body, arg, 0, count, grain != 0 ? grain : grain_for(jobs, count), entry, &done, loop_desc(self, desc)};
    tl_counter *after = whole.desc.after;
    whole.desc.after = NULL;
    bool begins_here = desc == NULL && self != NULL && self->jobs == jobs;
    tl_result started = start_loop(jobs, here, &whole, begins_here, after);
    tl_result waited = wait_surely(self, &done, tl__rank_of(whole.desc.priority));
    return started != TL_OK ? started : waited;
}
