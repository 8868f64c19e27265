// SPDX-License-Identifier: MIT
// Starting jobs.
#include "job/submit.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "job/counter_wait.h"
#include "job/deque.h"
#include "job/hand_over.h"
#include "job/job_fibers.h"
#include "job/pending.h"
#include "job/wait.h"
#include "job/worker.h"

/// Hands a job in memory of its own (tl__pending) to a worker.
static void send_job(tl_job_system *jobs, tl__job *job)
{
    tl__hand_over(jobs, tl__pinned_to(jobs, job), &jobs->shared[job->stack], (tl_job_stack)job->stack, TL__QUEUED_JOB,
                  job->rank, &job->queued);
}

static NEVER_INLINE uint64_t read_odd_count(const char *from, size_t count)
{
    uint64_t word = 0;
    memcpy(&word, from, count);
    return word;
}

/// Returns up to 7 bytes as the low bytes of a word. The usual sizes are read into a register. (If the bytes were first
/// written to memory and then read as one word, the processor would stall until the stores have reached the cache.)
static inline uint64_t read_rest(const char *from, size_t count)
{
    uint64_t one = 0, two = 0, four = 0;
    switch (count) {
    case 1: memcpy(&one, from, 1); return one;
    case 2: memcpy(&two, from, 2); return two;
    case 4: memcpy(&four, from, 4); return four;
    default: return read_odd_count(from, count);
    }
}

static inline void copy_word(tl__job *job, const void *args, size_t i)
{
    memcpy(&job->args[i], (const char *)args + 8 * i, 8);
}

/// Copies the argument of a job.
static inline void set_args(tl__job *job, const void *args, size_t size)
{
    size_t whole = size / 8, rest = size % 8;
    if (whole > 2)
        memcpy(job->args, args, 8 * whole);
    else if (whole == 2)
        copy_word(job, args, 1);
    if (whole == 1 || whole == 2)
        copy_word(job, args, 0);
    if (rest != 0)
        job->args[whole] = read_rest((const char *)args + 8 * whole, rest);
}

/// Queues a job that was postponed until a counter is at zero. Called by the thread that brought the counter to zero,
/// which has removed the waiter from the counter.
static void send_postponed(tl__waiter *waiter)
{
    tl__pending *pending = (tl__pending *)((char *)waiter - offsetof(tl__pending, waiter));
    tl_job_system *jobs = pending->jobs;
    tl__submit_begin(jobs);
    // release: a thread that sees this zero also sees this thread counted as an in-flight submitter; pairs with
    // find_postponed in shutdown.c.
    tl__store(&pending->after, 0, memory_order_release);
    send_job(jobs, &pending->job);
    tl__submit_end(jobs);
}

tl_result tl__job_postpone(tl_job_system *jobs, const tl__job *job, tl_counter *after)
{
    tl__job *own = tl__pending_take(jobs);
    if (own == NULL)
        return TL_ERROR_JOBS_FULL;
    *own = *job;
    tl__pending *pending = (tl__pending *)own;
    pending->waiter.wake = send_postponed;
    // relaxed, also below: shutdown.c reads it only while no worker runs anything and no other thread starts jobs.
    tl__store(&pending->after, (uintptr_t)after, memory_order_relaxed);
    if (after != NULL && tl__counter_join(after, &pending->waiter))
        return TL_OK;
    tl__store(&pending->after, 0, memory_order_relaxed);
    tl__submit_begin(jobs);
    send_job(jobs, own);
    tl__submit_end(jobs);
    return TL_OK;
}

static bool has_queue_room(void *deque)
{
    const tl__deque *full = deque;
    return tl__deque_count(full) <= full->mask / 2;
}

/// Makes room in the calling worker's full deque, by running jobs (on its thread) or letting them run (in a job).
/// Returns false where that is impossible: in a clean-up, which cannot wait; in a pinned job, which its worker would
/// resume before the queued jobs; and when no job fiber is left to begin them on, as when many jobs are in this
/// function.
static bool make_queue_room(tl__worker_record *worker, unsigned rank)
{
    tl__job_fiber *self = tl__job_fiber_of(tl__thread_here());
    if (self == NULL)
        tl__work(worker, &(tl__until){.is_so = has_queue_room, .context = &worker->deques[rank]});
    else if (tl_fiber_is_unwinding() || self->job.worker1 != 0 || !tl__has_free_job_fiber(worker))
        return false;
    else
        tl__give_way_to(self, rank); // returns on this worker or on another one
    return true;
}

/// Pushes a job onto the calling worker's deque, or queues it in memory of its own (tl__job_postpone) if there is no
/// room.
static tl_result push_job(tl_job_system *jobs, tl__worker_record *worker, const tl__job *job)
{
    tl__deque *deque = &worker->deques[job->rank];
    tl__count_put(jobs, job->rank);
    while (!tl__deque_push(deque, job)) {
        if (!make_queue_room(worker, job->rank)) {
            tl__count_taken(jobs, job->rank);
            return tl__job_postpone(jobs, job, NULL);
        }
        worker = tl__worker_here();
        deque = &worker->deques[job->rank];
    }
    tl__notify(jobs, job->rank);
    return TL_OK;
}

tl_result tl__job_start(tl_job_system *jobs, tl__worker_record *worker, const tl__job *job, tl_counter *after)
{
    bool own = worker != NULL && worker->jobs == jobs;
    if (UNLIKELY(!own || after != NULL || job->worker1 != 0 || job->stack != TL_STACK_SMALL))
        return tl__job_postpone(jobs, job, after);
    return push_job(jobs, worker, job);
}

tl_result tl__check_job_desc(const tl_job_system *jobs, const tl_job_desc *desc, const tl_counter *counter)
{
    bool valid = (unsigned)desc->priority <= TL_PRIORITY_LOW && (unsigned)desc->stack <= TL_STACK_LARGE &&
                 desc->worker.index1 <= jobs->general_count + jobs->dedicated_count;
    if (!valid)
        return TL_ERROR_ARGUMENT;
    return desc->after != NULL && desc->after == counter ? TL_ERROR_CYCLE : TL_OK;
}

static tl_result check_job_args(const tl_fiber_entry *entry, const void *args)
{
    if (entry == NULL || entry->run == NULL || (args == NULL && entry->args_size != 0))
        return TL_ERROR_NULL;
    return entry->args_size > TL_JOB_ARGS_MAX || entry->args_align > TL_JOB_ARGS_ALIGN ? TL_ERROR_ARGS_SIZE : TL_OK;
}

tl_result tl_job_run_raw(tl_job_system *jobs, const tl_job_desc *desc, tl_counter *counter, const tl_fiber_entry *entry,
                         const void *args)
{
    tl__worker_record *worker = tl__worker_here();
    jobs = tl__job_system_or_here(jobs, worker);
    tl_result result = tl__check_system(jobs, worker);
    if (result == TL_OK)
        result = check_job_args(entry, args);
    if (result == TL_OK && desc != NULL)
        result = tl__check_job_desc(jobs, desc, counter);
    if (result == TL_OK && counter != NULL)
        result = tl__counter_count(counter, 1);
    if (UNLIKELY(result != TL_OK))
        return tl__misuse(result, "tl_job_run");
    tl__job job;
    tl__job_init(&job, desc, counter, entry);
    set_args(&job, args, entry->args_size);
    tl_result started = tl__job_start(jobs, worker, &job, desc != NULL ? desc->after : NULL);
    if (UNLIKELY(started != TL_OK) && counter != NULL)
        tl__counter_done(counter, 1);
    return started;
}

tl_result tl_job_run_many_raw(tl_job_system *jobs, const tl_job_desc *desc, tl_counter *counter,
                              const tl_fiber_entry *entry, const void *array, size_t count)
{
    tl__worker_record *worker = tl__worker_here();
    jobs = tl__job_system_or_here(jobs, worker);
    tl_result result = tl__check_system(jobs, worker);
    if (result == TL_OK && count != 0)
        result = check_job_args(entry, array);
    if (result == TL_OK && desc != NULL)
        result = tl__check_job_desc(jobs, desc, counter);
    if (result == TL_OK && counter != NULL)
        result = tl__counter_count(counter, count);
    if (UNLIKELY(result != TL_OK))
        return tl__misuse(result, "tl_job_run_many");
    if (count == 0)
        return TL_OK;
    tl__job job;
    tl__job_init(&job, desc, counter, entry);
    for (size_t i = 0; i < count; ++i) {
        set_args(&job, (const char *)array + i * entry->args_size, entry->args_size);
        tl_result started = tl__job_start(jobs, tl__worker_here(), &job, desc != NULL ? desc->after : NULL);
        if (UNLIKELY(started != TL_OK)) {
            if (counter != NULL)
                tl__counter_done(counter, count - i);
            return started;
        }
    }
    return TL_OK;
}

tl_result tl_job_call_raw(tl_job_system *jobs, const tl_job_desc *desc, const tl_fiber_entry *entry, void *arg)
{
    tl__here here = tl__thread_here();
    jobs = tl__job_system_or_here(jobs, here.worker);
    tl_result result = tl__check_system(jobs, here.worker);
    if (result == TL_OK && (entry == NULL || entry->run == NULL || arg == NULL))
        result = TL_ERROR_NULL;
    if (result == TL_OK && desc != NULL)
        result = tl__check_job_desc(jobs, desc, NULL);
    tl__job_fiber *self = tl__job_fiber_of(here);
    if (result == TL_OK)
        result = tl__check_wait(self, entry->name);
    if (result != TL_OK)
        return result == TL_ERROR_ALL_WAITING ? result : tl__misuse(result, "tl_job_call");
    tl_counter done = {.name = entry->name};
    tl__counter_count(&done, 1);
    tl__job job;
    tl__job_init(&job, desc, &done, entry);
    job.args_words = 1;
    job.by_pointer = true;
    job.args[0] = (uintptr_t)arg;
    tl_result started = tl__job_start(jobs, here.worker, &job, desc != NULL ? desc->after : NULL);
    if (started != TL_OK)
        tl__counter_done(&done, 1);
    tl_result waited = tl__wait_surely(self, &done, job.rank);
    return started != TL_OK ? started : waited;
}
