// SPDX-License-Identifier: MIT
// Creating and destroying job systems, and the threads that take part in them.
#include "job/job_system.h"

#include <stdio.h>
#include <string.h>

#include "base/misuse.h"
#include "base/running.h"
#include "base/thread_hooks.h"
#include "fiber/overflow.h"
#include "fiber/owner.h"
#include "fiber/pool.h"
#include "fiber/trace.h"
#include "job/debug_jobs.h"
#include "job/find.h"
#include "job/fork.h"
#include "job/idle.h"
#include "job/info.h"
#include "job/job_fibers.h"
#include "job/pending.h"
#include "job/worker.h"
#include "os/allocator.h"

enum {
    DEFAULT_QUEUE = 1024,
    DEFAULT_WAITING = 4096,
    DEFAULT_SMALL = 4096,
    DEFAULT_LARGE = 256,
    DEFAULT_LIMIT = 16, // times the number of fibers
    DEFAULT_LARGE_STACK = 512 << 10,
    LEAST_STACK = 32 << 10,
    MOST = 1 << 20,
};

static uint32_t or_default(uint32_t asked, uint32_t otherwise)
{
    return asked != 0 ? asked : otherwise;
}

static uint32_t at_least(uint32_t number, uint32_t least)
{
    return number > least ? number : least;
}

/// Returns the default for a number of fibers: `usual`, but not less than `least`, and not more than `limit`.
/// @param limit  the requested limit; 0: none
static uint32_t default_count(uint32_t usual, uint32_t least, uint32_t limit)
{
    uint32_t count = at_least(usual, least);
    return limit != 0 && limit < count ? limit : count;
}

static uint32_t default_limit(uint32_t count)
{
    return count < MOST / DEFAULT_LIMIT ? count * DEFAULT_LIMIT : MOST;
}

/// Returns the description with its defaults filled in.
static tl_job_system_desc resolve_desc(const tl_job_system_desc *desc)
{
    tl_job_system_desc all = *desc;
    if (all.workers == 0)
        all.workers = tl__cpu_count() < TL_WORKERS_MAX / 2 ? tl__cpu_count() : TL_WORKERS_MAX / 2;
    uint32_t least = 2 * (all.workers + all.dedicated_count + all.external_threads);
    all.queue_size = or_default(all.queue_size, DEFAULT_QUEUE);
    all.waiting_jobs = or_default(all.waiting_jobs, DEFAULT_WAITING);
    all.fiber_count = or_default(all.fiber_count, default_count(DEFAULT_SMALL, least, all.fiber_limit));
    all.large_fiber_count =
        or_default(all.large_fiber_count, default_count(DEFAULT_LARGE, least, all.large_fiber_limit));
    all.fiber_limit = or_default(all.fiber_limit, default_limit(all.fiber_count));
    all.large_fiber_limit = or_default(all.large_fiber_limit, default_limit(all.large_fiber_count));
    if (all.large_stack_size == 0)
        all.large_stack_size = DEFAULT_LARGE_STACK;
    return all;
}

/// Whether a description, with its defaults filled in, is valid.
static bool is_valid_desc(const tl_job_system_desc *desc)
{
    if (desc->workers > TL_WORKERS_MAX || desc->dedicated_count > TL_WORKERS_MAX ||
        desc->external_threads > TL_WORKERS_MAX)
        return false;
    uint32_t workers = desc->workers + desc->dedicated_count + desc->external_threads;
    for (uint32_t i = 0; i < desc->dedicated_count; ++i)
        if (desc->dedicated == NULL || desc->dedicated[i] == NULL)
            return false;
    return workers <= TL_WORKERS_MAX && desc->queue_size <= MOST && desc->queue_size > 1 &&
           (desc->queue_size & (desc->queue_size - 1)) == 0 && desc->waiting_jobs <= MOST &&
           desc->fiber_limit <= MOST && desc->large_fiber_limit <= MOST && desc->fiber_count <= desc->fiber_limit &&
           desc->large_fiber_count <= desc->large_fiber_limit && desc->fiber_count >= 2 * workers &&
           desc->large_fiber_count >= 2 * workers && (desc->stack_size == 0 || desc->stack_size >= LEAST_STACK) &&
           desc->large_stack_size >= LEAST_STACK;
}

static void *zeros(size_t count, size_t size, size_t align)
{
    void *made = tl__allocate_aligned(count * size, align);
    return made != NULL ? memset(made, 0, count * size) : NULL;
}

static void init_worker(tl_job_system *jobs, uint32_t index, uint32_t queue_size)
{
    tl__worker_record *worker = &jobs->workers[index];
    worker->jobs = jobs;
    worker->worker_index1 = index + 1;
    worker->kind = index == 0                                            ? TL__MAIN
                   : index < jobs->general_count                         ? TL__GENERAL
                   : index < jobs->general_count + jobs->dedicated_count ? TL__DEDICATED
                                                                         : TL__EXTERNAL;
    worker->only_pinned = worker->kind == TL__DEDICATED;
    worker->ranks = TL__RANKS;
    worker->random = 0x9E3779B97F4A7C15u * (index + 1); // not zero, and different for each worker
    for (unsigned rank = 0; rank < TL__RANKS; ++rank) {
        worker->deques[rank].mask = queue_size - 1;
        worker->deques[rank].slots = jobs->slots + ((size_t)index * TL__RANKS + rank) * queue_size;
    }
    tl__inbox_init(&worker->ready);
    for (unsigned stack = 0; stack < TL__STACKS; ++stack)
        tl__inbox_init(&worker->pinned[stack]);
    tl__semaphore_init(&worker->semaphore);
}

/// Sets how many job fibers of one stack size can be made.
/// @param in_hand  additional fibers: one for each worker, which may keep it as its spare
static void set_numbers(tl__free_job_fibers *list, uint32_t count, uint32_t limit, uint32_t in_hand)
{
    list->left = count + in_hand;
    list->limit = limit + in_hand;
}

static bool get_job_fibers(tl__free_job_fibers *list)
{
    // Not zeroed: each entry is set when its job fiber is made, and few ever are.
    list->capacity = list->limit;
    list->job_fibers = tl__allocate_aligned(list->capacity * sizeof *list->job_fibers, _Alignof(tl__job_fiber));
    return list->job_fibers != NULL;
}

/// Allocates all memory except the stacks. Returns false if there is not enough; then free_memory frees the part that
/// was allocated.
static bool get_memory(tl_job_system *jobs, const tl_job_system_desc *desc)
{
    jobs->general_count = desc->workers;
    jobs->dedicated_count = desc->dedicated_count;
    jobs->external_count = desc->external_threads;
    jobs->worker_count = desc->workers + desc->dedicated_count + desc->external_threads;
    jobs->workers = zeros(jobs->worker_count, sizeof *jobs->workers, _Alignof(tl__worker_record));
    set_numbers(&jobs->free[TL_STACK_SMALL], desc->fiber_count, desc->fiber_limit, jobs->worker_count);
    set_numbers(&jobs->free[TL_STACK_LARGE], desc->large_fiber_count, desc->large_fiber_limit, 0);
    for (unsigned stack = 0; stack < TL__STACKS; ++stack)
        if (!get_job_fibers(&jobs->free[stack]))
            return false;
    jobs->pending_count = desc->waiting_jobs;
    jobs->pending = zeros(desc->waiting_jobs, sizeof *jobs->pending, _Alignof(tl__pending));
    // Not zeroed: no slot is read before it was written to, and few ever are.
    jobs->slot_count = (size_t)jobs->worker_count * TL__RANKS * desc->queue_size;
    jobs->slots = tl__allocate_aligned(jobs->slot_count * sizeof *jobs->slots, _Alignof(tl__job_slot));
    return jobs->workers != NULL && jobs->pending != NULL && jobs->slots != NULL;
}

static void free_memory(tl_job_system *jobs)
{
    tl__free_aligned(jobs->slots, jobs->slot_count * sizeof *jobs->slots, _Alignof(tl__job_slot));
    tl__free_aligned(jobs->pending, jobs->pending_count * sizeof *jobs->pending, _Alignof(tl__pending));
    for (unsigned stack = 0; stack < TL__STACKS; ++stack)
        tl__free_aligned(jobs->free[stack].job_fibers,
                         jobs->free[stack].capacity * sizeof *jobs->free[stack].job_fibers, _Alignof(tl__job_fiber));
    tl__free_aligned(jobs->workers, jobs->worker_count * sizeof *jobs->workers, _Alignof(tl__worker_record));
    tl__free_aligned(jobs, sizeof *jobs, _Alignof(tl_job_system));
}

static tl_result refuse_exit(void)
{
    return tl__misuse(TL_ERROR_IN_JOB, "tl_exit");
}

/// Makes the pool for one stack size, and a first job fiber in it, so that if the operating system refuses a stack,
/// tl_job_system_create returns the error.
static tl_result make_job_fibers(tl_job_system *jobs, tl_job_stack stack, size_t stack_size, bool keep_float_control)
{
    tl_pool_desc desc = {
        .stack_size = stack_size, .stack_count = jobs->free[stack].limit, .keep_float_control = keep_float_control};
    tl_result made = tl_pool_create(&desc, &jobs->stacks[stack]);
    if (made != TL_OK)
        return made;
    tl__pool_own(jobs->stacks[stack], refuse_exit);
    return tl__job_fiber_add(jobs, stack);
}

static tl_result make_all_job_fibers(tl_job_system *jobs, const tl_job_system_desc *desc)
{
    tl_result made = make_job_fibers(jobs, TL_STACK_SMALL, desc->stack_size, desc->keep_float_control);
    if (made == TL_OK)
        made = make_job_fibers(jobs, TL_STACK_LARGE, desc->large_stack_size, desc->keep_float_control);
    return made;
}

static bool is_stopping(void *jobs)
{
    return tl__load(&((tl_job_system *)jobs)->stopping, memory_order_seq_cst) != 0; // pairs with tl__stop_threads
}

static const char *thread_name(const tl__worker_record *worker)
{
    return worker->name != NULL ? worker->name : "telar worker";
}

static void *run_thread(void *argument)
{
    tl__worker_record *worker = argument;
    const tl_thread_hooks *hooks = tl__thread_begins(thread_name(worker));
    tl__thread_refuse_cancel(); // otherwise it could be cancelled while it sleeps, and shutdown would wait for ever
    tl__overflow_report_worker();
    tl__thread_set_worker(worker);
    snprintf(worker->trace_name, sizeof worker->trace_name, "worker %u", worker->worker_index1);
    tl__trace_call_thread(worker->name != NULL ? worker->name : worker->trace_name);
    worker->placement.thread = tl__thread_system_id();
    tl__work(worker, &(tl__until){.is_so = is_stopping, .context = worker->jobs});
    tl__thread_set_worker(NULL);
    tl__thread_ends(hooks, thread_name(worker));
    return NULL;
}

void tl__stop_threads(tl_job_system *jobs, uint32_t count)
{
    // seq_cst: either a worker that falls asleep sees this store, after it put itself on the list of sleepers, or we
    // find it on the list.
    tl__store(&jobs->stopping, 1, memory_order_seq_cst);
    tl__wake_all(jobs);
    for (uint32_t i = 0; i < count; ++i)
        tl__thread_join(jobs->workers[1 + i].thread);
}

static tl_result start_threads(tl_job_system *jobs, const tl_job_system_desc *desc)
{
    uint32_t count = jobs->general_count - 1 + jobs->dedicated_count;
    for (uint32_t i = 0; i < desc->dedicated_count; ++i)
        jobs->workers[jobs->general_count + i].name = desc->dedicated[i];
    for (uint32_t i = 0; i < count; ++i) {
        tl__worker_record *worker = &jobs->workers[1 + i];
        tl__set_attached(worker, true); // before it runs, so that the workers do not count as all asleep without it
        if (!tl__thread_start(&worker->thread, run_thread, worker, thread_name(worker),
                              desc->pin_threads && worker->kind == TL__GENERAL ? (int)i + 1 : -1)) {
            tl__stop_threads(jobs, i);
            return TL_ERROR_SYSTEM;
        }
    }
    return TL_OK;
}

void tl__job_system_free(tl_job_system *jobs)
{
    tl__root_remove(&jobs->root);
    for (unsigned stack = 0; stack < TL__STACKS; ++stack) {
        if (jobs->stacks[stack] != NULL && tl__is_forked(jobs))
            tl__pool_drop(jobs->stacks[stack]); // no clean-ups: the jobs belong to the parent
        else if (jobs->stacks[stack] != NULL)
            tl_pool_destroy(jobs->stacks[stack]);
    }
    if (jobs->workers != NULL)
        for (uint32_t i = 0; i < jobs->worker_count; ++i)
            tl__semaphore_destroy(&jobs->workers[i].semaphore);
    free_memory(jobs);
}

static tl_result make_system(tl_job_system *jobs, const tl_job_system_desc *desc)
{
    if (!get_memory(jobs, desc))
        return TL_ERROR_OUT_OF_MEMORY;
    for (uint32_t i = 0; i < jobs->worker_count; ++i)
        init_worker(jobs, i, desc->queue_size);
    for (uint32_t i = 0; i < desc->waiting_jobs; ++i) {
        jobs->pending[i].jobs = jobs;
        tl__pending_put(jobs, &jobs->pending[i].job);
    }
    for (unsigned stack = 0; stack < TL__STACKS; ++stack)
        tl__inbox_init(&jobs->shared[stack]);
    tl_result made = make_all_job_fibers(jobs, desc);
    return made == TL_OK ? start_threads(jobs, desc) : made;
}

tl_result tl_job_system_create(const tl_job_system_desc *desc, tl_job_system **made)
{
    if (made == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    *made = NULL;
    if (desc == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_job_system_desc all = resolve_desc(desc);
    tl_result checked = tl_fiber_current() != NULL  ? TL_ERROR_IN_FIBER
                        : tl__worker_here() != NULL ? TL_ERROR_HAS_JOB_SYSTEM
                        : !is_valid_desc(&all)      ? TL_ERROR_ARGUMENT
                                                    : TL_OK;
    if (checked != TL_OK)
        return tl__misuse(checked, __func__);
    tl_job_system *jobs = zeros(1, sizeof *jobs, _Alignof(tl_job_system));
    if (jobs == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    jobs->forks = tl__forks;
    jobs->tick_scale = tl__tick_scale_begin();
    tl_result result = tl__fork_watch() ? make_system(jobs, &all) : TL_ERROR_SYSTEM;
    if (result != TL_OK) {
        tl__job_system_free(jobs);
        return result;
    }
    tl__overflow_report_worker();
    tl__running_find_with(TL_RUNNING_JOB, tl__job_find_running);
    tl__thread_set_worker(&jobs->workers[0]);
    atomic_fetch_add_explicit(&tl__systems, 1, memory_order_relaxed);
    tl__root_add(TL__ROOT_JOB_SYSTEM, &jobs->root);
    tl__jobs_show();
    *made = jobs;
    return TL_OK;
}

tl_result tl__check_worker(const tl_job_system *jobs)
{
    if (jobs == NULL)
        return TL_ERROR_NULL;
    if (tl_fiber_current() != NULL)
        return TL_ERROR_IN_FIBER;
    if (tl__is_forked(jobs))
        return TL_ERROR_FORKED;
    const tl__worker_record *worker = tl__worker_here();
    return worker != NULL && worker->jobs == jobs ? TL_OK : TL_ERROR_NO_JOB_SYSTEM;
}

tl_result tl_job_system_enter(tl_job_system *jobs)
{
    tl_result result = jobs == NULL                 ? TL_ERROR_NULL
                       : tl_fiber_current() != NULL ? TL_ERROR_IN_FIBER
                       : tl__is_forked(jobs)        ? TL_ERROR_FORKED
                       : tl__worker_here() != NULL  ? TL_ERROR_HAS_JOB_SYSTEM
                                                    : TL_OK;
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    for (uint32_t i = 0; i < jobs->external_count; ++i) {
        tl__worker_record *worker = &jobs->workers[jobs->worker_count - 1 - i];
        // acquire: pairs with the release in tl_job_system_leave, so that we see the slot as the previous thread left
        // it.
        if (tl__exchange(&worker->taken, 1, memory_order_acquire) == 0) {
            tl__overflow_report_worker();
            tl__thread_set_worker(worker);
            return TL_OK;
        }
    }
    return TL_ERROR_NONE_FREE;
}

tl_result tl_job_system_leave(tl_job_system *jobs)
{
    tl_result result = tl__check_worker(jobs);
    if (result == TL_OK && tl__worker_here()->kind != TL__EXTERNAL)
        result = TL_ERROR_NO_JOB_SYSTEM;
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    tl__worker_record *worker = tl__worker_here();
    tl__thread_set_worker(NULL);
    tl__store(&worker->taken, 0, memory_order_release); // pairs with tl_job_system_enter
    return TL_OK;
}

tl_result tl_job_system_run_pinned(tl_job_system *jobs)
{
    tl_result result = tl__check_worker(jobs);
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    tl__worker_record *worker = tl__worker_here();
    uint64_t ready = 0; // the work that is there now: what is queued meanwhile is left for the next call
    // relaxed: only a number; tl__find takes the work under the inbox's lock.
    for (unsigned stack = 0; stack < TL__STACKS; ++stack)
        ready += tl__load(&worker->pinned[stack].total, memory_order_relaxed);
    bool before = worker->only_pinned;
    worker->only_pinned = true;
    for (tl__job_fiber *found; ready > 0 && (found = tl__find(worker)) != NULL; --ready)
        tl__run(worker, found);
    worker->only_pinned = before;
    tl__give_back_spare(worker);
    return TL_OK;
}

tl_worker tl_job_system_find_worker(const tl_job_system *jobs, const char *name)
{
    for (uint32_t i = 0; jobs != NULL && name != NULL && i < jobs->dedicated_count; ++i) {
        const tl__worker_record *worker = &jobs->workers[jobs->general_count + i];
        if (strcmp(worker->name, name) == 0)
            return (tl_worker){worker->worker_index1};
    }
    return TL_ANY_WORKER;
}

tl_job_system *tl_job_system_current(void)
{
    const tl__worker_record *worker = tl__worker_here();
    return worker != NULL ? worker->jobs : NULL;
}

tl_worker tl_worker_current(void)
{
    const tl__worker_record *worker = tl__worker_here();
    return worker != NULL ? (tl_worker){worker->worker_index1} : TL_ANY_WORKER;
}

bool tl__thread_works_alone(void)
{
    const tl__worker_record *worker = tl__worker_here();
    return worker != NULL && worker->kind == TL__MAIN && worker->jobs->general_count == 1;
}
