// SPDX-License-Identifier: MIT
// A parallel loop is a job that splits its range: it offers the upper half to other workers as another job, then the
// upper half of the rest, and so on, until the rest is small enough to run itself. So the first halves that are stolen
// are the largest ones.
#include <string.h>

#include "base/misuse.h"
#include "job/counter_wait.h"
#include "job/idle.h"
#include "job/submit.h"

static void make_job(tl__job *job, const tl__part *part)
{
    tl__job_init(job, &part->desc, part->counter, part->entry);
    memcpy(job->args, part, sizeof *part);
}

/// Returns the index at which to split a part that is larger than its grain: a whole number of grains after its start.
static size_t middle_of(const tl__part *part)
{
    size_t grains = (part->end - part->first - 1) / part->grain + 1;
    return part->first + grains / 2 * part->grain;
}

/// Queues the job of a part where other workers can take it. Returns false when there is no room for it.
static bool offer(const tl__job *job)
{
    tl__worker_record *worker = tl__worker_here();
    if (job->stack != TL_STACK_SMALL)
        return tl__job_postpone(worker->jobs, job, NULL) == TL_OK;
    tl__count_put(worker->jobs, job->rank);
    if (!tl__deque_push(&worker->deques[job->rank], job)) {
        tl__count_taken(worker->jobs, job->rank);
        return false;
    }
    tl__notify(worker->jobs, job->rank);
    return true;
}

/// Offers all but the first grain of a part to other workers, or less if the queue is full. A pinned part is not
/// offered.
static void share(tl__part *part)
{
    while (part->end - part->first > part->grain && part->desc.worker.index1 == 0) {
        tl__part upper = *part;
        upper.first = middle_of(part);
        tl__job job;
        make_job(&job, &upper);
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

static size_t grain_of_loop(const tl_job_system *jobs, size_t count)
{
    enum { PIECES = 8 }; // per worker: enough that one slow piece does not delay the whole loop
    size_t grain = count / ((size_t)PIECES * jobs->general_count);
    return grain > 0 ? grain : 1;
}

/// Returns the description of a loop. If its caller gives none: the priority of the calling job, any worker, a small
/// stack.
static tl_job_desc loop_desc(const tl__job_fiber *self, const tl_job_desc *asked)
{
    static const tl_priority priorities[TL__RANKS] = {TL_PRIORITY_HIGH, TL_PRIORITY_NORMAL, TL_PRIORITY_LOW};
    if (asked != NULL)
        return *asked;
    return (tl_job_desc){.priority = self != NULL ? priorities[self->job.rank] : TL_PRIORITY_NORMAL};
}

/// Starts a loop. If `begins_here`, the calling job runs it like one of the loop's own jobs; otherwise starts a job,
/// which begins when `after`, if it is not null, is at zero.
static tl_result start_loop(tl_job_system *jobs, tl__here here, tl__part *whole, bool begins_here, tl_counter *after)
{
    tl__counter_count(whole->counter, 1);
    if (begins_here) {
        tl__run_part(whole);
        tl__counter_done(whole->counter, 1);
        return TL_OK;
    }
    tl__job job;
    make_job(&job, whole);
    tl_result started = tl__job_start(jobs, here.worker, &job, after);
    if (started != TL_OK)
        tl__counter_done(whole->counter, 1);
    return started;
}

tl_result tl_parallel_for_raw(tl_job_system *jobs, const tl_job_desc *desc, size_t count, size_t grain,
                              const tl_fiber_entry *entry, tl_for_range body, void *arg)
{
    tl__here here = tl__thread_here();
    jobs = tl__job_system_or_here(jobs, here.worker);
    tl_result result = tl__check_system(jobs, here.worker);
    if (result == TL_OK && (entry == NULL || body == NULL))
        result = TL_ERROR_NULL;
    if (result == TL_OK && desc != NULL)
        result = tl__check_job_desc(jobs, desc, NULL);
    tl__job_fiber *self = tl__job_fiber_of(here);
    if (result == TL_OK && count != 0)
        result = tl__check_wait(self, entry->name);
    if (result != TL_OK)
        return result == TL_ERROR_ALL_WAITING ? result : tl__misuse(result, "tl_parallel_for");
    if (count == 0)
        return TL_OK;
    tl_counter done = {.name = entry->name};
    tl__part whole = {
        body, arg, 0, count, grain != 0 ? grain : grain_of_loop(jobs, count), entry, &done, loop_desc(self, desc)};
    tl_counter *after = whole.desc.after;
    whole.desc.after = NULL;
    bool begins_here = desc == NULL && self != NULL && self->jobs == jobs;
    tl_result started = start_loop(jobs, here, &whole, begins_here, after);
    tl_result waited = tl__wait_surely(self, &done, tl__rank_of(whole.desc.priority));
    return started != TL_OK ? started : waited;
}
