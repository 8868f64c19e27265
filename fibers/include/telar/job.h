// SPDX-License-Identifier: MIT
/// telar/job.h: spreads work over all cores, as jobs that may wait for each other.
///
///     TL_JOB(find_path, struct query, q)                  // a function with a typed, copied argument
///     {
///         tl_parallel_for(NULL, q->map->regions, 16, relax_region, q->map); // may start jobs, and wait
///         q->map->length = walk_back(q->map);
///     }
///
///     tl_job_system *jobs = NULL;
///     tl_job_system_create(&(tl_job_system_desc){0}, &jobs);      // one worker for each CPU; this thread is one
///     tl_counter paths = {.name = "paths"};
///     for (int i = 0; i < count; ++i)
///         tl_job_run(jobs, &paths, find_path, {.map = &maps[i]});
///     tl_counter_wait(&paths);                                    // works on them, too; then sleeps
///     tl_job_system_destroy(jobs);
///
/// Step by step:
///   1. make a job system; the thread that makes it becomes its main worker;
///   2. write jobs with TL_JOB, and start them with tl_job_run, tl_job_run_many or tl_parallel_for;
///   3. give the jobs a counter, which counts those that are not yet done, and wait for that;
///   4. inside a job, do the same. NULL then stands for the job system that runs the job.
///
/// A job runs on a fiber of its system. When it waits, the fiber is suspended, and the worker runs another job; any
/// worker may resume the fiber later. A job that waits for a counter first runs jobs of that counter itself, as far as
/// they are still in its worker's queue: only jobs that it waits for are ever run on its stack.
///
/// After tl_job_system_create a job system allocates no memory (except pages of stacks, at their first use, and a
/// thread, at the first wait with a limit). It never interrupts a running job.
///
/// Threads: unless its comment says otherwise, a call may be made by any thread and in any fiber. Threads that are not
/// workers may start jobs and wait for counters, too; while they wait they run no jobs unless they are registered with
/// the system (tl_job_system_enter).
///
/// In jobs: a job may continue on another thread after each call that suspends it, so across such a call it must not
/// keep addresses of thread-locals, or a mutex of the C library (pthread_mutex_lock) locked. tl_yield lets other jobs
/// of the same or a higher priority run first. tl_exit is refused (TL_ERROR_IN_JOB). Clean-ups of tl_defer also run
/// when the job is cancelled, because it still waits while its system is destroyed. Clean-ups may not wait.
///
/// fork: the child has the memory of a job system, but not its threads, and the thread that called fork is no longer a
/// worker of any system. In the child tl_job_system_destroy only frees the system's memory: it waits for nothing, and
/// no job's clean-up runs. All other calls on the system return TL_ERROR_FORKED, and so does a wait for jobs that were
/// started before the fork. A job that calls fork may continue in the child until it calls exec or _exit, but there
/// tl_yield, tl_transfer, tl_exit and waits, also for locks, return TL_ERROR_FORKED in it. If the job, or a fiber that
/// it transferred to, returns in the child, the process aborts with a report on stderr. POSIX allows the child of a
/// process with several threads only async-signal-safe calls until exec, and no call of this library is one: so all of
/// this holds only where the C library allows more, as glibc does. There the child may also make a job system of its
/// own.
#ifndef TELAR_JOB_H
#define TELAR_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/api.h"
#include "telar/fiber.h"
#include "telar/limit.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_job_system tl_job_system;

enum {
    TL_JOB_ARGS_MAX = 96, ///< most bytes of a job's copied argument; for more, pass a pointer in it
    TL_JOB_ARGS_ALIGN = 32,
    TL_WORKERS_MAX = 256, ///< most workers of a system, dedicated ones and external threads included
};

/// Zero in any field picks the default.
typedef struct tl_job_system_desc {
    uint32_t workers;             ///< threads that run jobs, the calling one included, so that 1 starts no thread;
                                  ///< default: one for each CPU that the process may use, at most 128
    const char *const *dedicated; ///< names of further workers, which run only jobs that are pinned to them, such as
    uint32_t dedicated_count;     ///< blocking input and output; not copied, so keep them alive
    uint32_t external_threads;    ///< how many other threads may take part at a time (tl_job_system_enter); default 0
    uint32_t queue_size;          ///< most jobs in a worker's queue of one priority: a power of two from 2 to 2^20;
                                  ///< default 1024. Each worker has three queues, of 128 bytes per job
    uint32_t waiting_jobs;        ///< most jobs that wait to begin outside the workers' queues: for a counter, pinned,
                                  ///< with a large stack, or started by a thread that is no worker; up to 2^20, default
                                  ///< 4096
    uint32_t fiber_count;         ///< most jobs with small stacks that have begun and not ended, while at least one of
                                  ///< them does not wait; up to 2^20, at least twice as many as there are workers (of
                                  ///< all kinds), default 4096, or fiber_limit where that is lower. Each fiber is made
                                  ///< when it is first needed
    uint32_t fiber_limit;         ///< the same while all of them wait: then one more begins at a time, since the others
                                  ///< may wait for it; at least fiber_count, up to 2^20, default 16 times fiber_count.
                                  ///< The limits take address space, not memory: by default 5 GiB for small stacks and
                                  ///< 2 GiB for large ones. Lower them where address space is scarce (ulimit -v)
    size_t stack_size;            ///< bytes of a small stack; as tl_pool_desc.stack_size, but at least 32 KiB
    uint32_t large_fiber_count;   ///< as fiber_count, for large stacks; default 256, but at least twice the number of
                                  ///< workers, and at most large_fiber_limit
    uint32_t large_fiber_limit;   ///< as fiber_limit, for large stacks
    size_t large_stack_size;      ///< bytes of a large stack; default 512 KiB
    bool keep_float_control;      ///< as tl_pool_desc.keep_float_control
    bool pin_threads; ///< pin each started worker (not dedicated ones) to a CPU: the first to the second CPU that the
                      ///< process may use, and so on. Otherwise the kernel chooses, but a worker may be kept off the
                      ///< CPU of the thread that wakes it until it runs, since in a virtual machine Linux often starts
                      ///< it there although other CPUs are idle
} tl_job_system_desc;

/// The worker that may run a job.
typedef struct tl_worker {
    uint32_t index1; ///< the worker's index, counted from 1; 0: any worker
} tl_worker;

#ifdef __cplusplus
#define TL_ANY_WORKER (tl_worker{0})
#define TL_MAIN_WORKER (tl_worker{1})
#else
#define TL_ANY_WORKER ((tl_worker){0})
#define TL_MAIN_WORKER ((tl_worker){1})
#endif

typedef struct tl_job_system_info {
    uint32_t workers;          ///< workers that run any job, the main one included
    uint32_t dedicated;        ///< workers that run only jobs pinned to them
    uint32_t external_threads; ///< external threads that take part now (tl_job_system_enter)
    uint32_t sleeping;         ///< workers that sleep now, since they found nothing to do
    uint32_t waiting;          ///< jobs that have begun and now wait
    uint32_t fibers;           ///< fibers made so far, with small and large stacks
    uint64_t stolen;           ///< jobs taken from another worker's queue so far
    uint64_t suspensions;      ///< waits so far in which a job was suspended
} tl_job_system_info;

/// Makes a job system; the calling thread becomes its main worker. On any error *jobs is null.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: a number outside its range, too many workers, a null name
///   - TL_ERROR_HAS_JOB_SYSTEM: the thread takes part in one already
///   - TL_ERROR_IN_FIBER: inside a fiber
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_SYSTEM: a thread could not be started, or the handler for fork could not be installed
///   - the errors of tl_pool_create and tl_fiber_create, for the stacks
/// @thread any; @suspends never
TL_API tl_result tl_job_system_create(const tl_job_system_desc *desc, tl_job_system **jobs);

/// Destroys a job system. First it runs all jobs that can still run, on all workers and the calling thread. Jobs that
/// then still wait, for something that no remaining job can do, are cancelled: their clean-ups run on the calling
/// thread. Jobs that then still are to begin after a counter, and jobs for which no fiber is left, never begin. Waits
/// for the counters of all these jobs return TL_CANCELLED. Finally the system's threads end.
///
/// Until the call returns, other threads may finish counters, signal conditions and unlock mutexes that jobs wait for.
/// A job that such a thread wakes in time continues; otherwise it is cancelled.
///
/// In a child made by fork, on a system of the parent, the call only frees the memory; any thread may make it there.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_IN_FIBER: inside a fiber, such as a job's
///   - TL_ERROR_NO_JOB_SYSTEM: the calling thread did not make the system
///   - TL_ERROR_BUSY: an external thread has not left
/// @thread the one that made it, while no other thread starts jobs in it or enters it; @suspends never, but runs jobs
TL_API tl_result tl_job_system_destroy(tl_job_system *jobs);

/// Registers the calling thread with a job system as an external thread: jobs that it starts go into a queue of its
/// own, and it runs queued jobs while it waits.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_HAS_JOB_SYSTEM: the thread is registered with a job system already
///   - TL_ERROR_IN_FIBER
///   - TL_ERROR_NONE_FREE: as many external threads as tl_job_system_desc.external_threads are registered already
///   - TL_ERROR_FORKED
/// @thread any; @suspends never
TL_API tl_result tl_job_system_enter(tl_job_system *jobs);

/// Unregisters the calling thread, which is an external thread. Jobs that it started and that have not begun are left
/// for the workers to run.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_NO_JOB_SYSTEM: the thread does not take part in this system as an external thread
///   - TL_ERROR_IN_FIBER
///   - TL_ERROR_FORKED
/// @thread an external thread that takes part; @suspends never
TL_API tl_result tl_job_system_leave(tl_job_system *jobs);

/// Runs those jobs pinned to the calling thread's worker that are ready now. For a main loop that never waits.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_NO_JOB_SYSTEM (not a worker of this system); TL_ERROR_IN_FIBER;
///   TL_ERROR_FORKED
/// @thread a worker; @suspends never, but runs jobs
TL_API tl_result tl_job_system_run_pinned(tl_job_system *jobs);

/// Returns the dedicated worker of that name; TL_ANY_WORKER when there is none.
/// @thread any; @suspends never
TL_API tl_worker tl_job_system_find_worker(const tl_job_system *jobs, const char *name);

/// Returns the job system that the calling thread takes part in; null for none.
/// @thread any; @suspends never
TL_API tl_job_system *tl_job_system_current(void);

/// Returns which worker the calling thread is; TL_ANY_WORKER if it is none. A job may be on another worker after its
/// next call that suspends.
/// @thread any; @suspends never
TL_API tl_worker tl_worker_current(void);

/// Returns a system's current figures, which workers may change while they are read. Zeros after misuse: TL_ERROR_NULL,
/// TL_ERROR_FORKED.
/// @thread any; @suspends never
TL_API tl_job_system_info tl_job_system_get_info(tl_job_system *jobs);

typedef enum tl_priority {
    TL_PRIORITY_NORMAL = 0,
    TL_PRIORITY_HIGH, ///< runs before all others
    TL_PRIORITY_LOW,  ///< runs when a worker finds nothing else
} tl_priority;

/// Counts jobs, and other work (tl_counter_add), that are not done yet. Initialise a counter to zeros, apart from its
/// name. Any number of jobs, scripts and threads may wait for it, and it can be used again once it is at zero. Do not
/// copy or move it, and keep it alive until it is at zero, all waits for it have ended (returned, passed their limits,
/// or been cancelled), and all jobs that are to begin after it have begun (or their system was destroyed).
typedef struct tl_counter {
    const char *name; ///< for messages; not copied; may be null
    uint64_t tl__word;
    void *tl__waiters;
    uint64_t tl__world;
} tl_counter;

/// tl_counter_wait(&counter[, limit]): waits until a counter is at zero; may be called anywhere. A job is suspended
/// meanwhile, and its worker runs other jobs. A script is suspended, too (telar/wait.h), so the game continues. A
/// thread that is a worker helps: it runs jobs, and sleeps when there are none. Other threads sleep. When the wait has
/// ended, everything that the counted jobs wrote is visible to the caller. When no fiber is left for another job to
/// begin on, a job polls instead of waiting (TL_LOG_ALL_WAITING names all jobs that wait).
///
/// Outside scripts a limit must be TL_WITHIN_REAL(seconds). It ends the wait, not the counted jobs, and it may be
/// exceeded: before it is checked, a job runs the counted jobs that are still in its worker's queue, and a helping
/// thread finishes the job that it runs. In each job system the first wait with a limit starts a thread, which watches
/// the limits of all waits.
///
/// @return
///   - TL_OK
///   - TL_CANCELLED: tl_counter_cancel was called for the counter; or the caller is a fiber that a job resumed, and the
///     job system is being destroyed
///   - TL_TIMED_OUT: the limit passed first
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: a limit that is negative or not a number, or of game time outside a script or in its clean-up
///   - TL_ERROR_CYCLE: the counter counts the calling job or script; or it counts a script of a world whose latest step
///     was made by the calling thread, so that only this thread's next step could end the script
///   - TL_ERROR_UNWINDING: inside a clean-up of a job
///   - TL_ERROR_SYSTEM: there is a limit, and the thread that watches limits could not be started
///   - TL_ERROR_FORKED: in a child made by fork that has no job system of its own: the counter counts only jobs, and
///     they are the parent's
/// @thread any; @suspends unless the counter is at zero
#define tl_counter_wait(...)                                                                                           \
    TL__LIMITED_1(tl__counter_wait_within, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_counter_wait_helping(&counter, lowest[, limit]): tl_counter_wait for a thread that long, less important jobs must
/// not delay. While the thread helps, it begins and resumes no job of a priority below `lowest`.
///
///     tl_counter_wait_helping(&shadows, TL_PRIORITY_HIGH);    // and not in the middle of loading the next level
///
/// The counted jobs, and jobs that they depend on, may have any priority: other workers run them. If there is no other
/// worker, the thread runs jobs of all priorities; and it runs jobs of all priorities that are pinned to it. In a job
/// or script `lowest` has no effect, since only threads help.
/// @return as tl_counter_wait; TL_ERROR_ARGUMENT (`lowest` is no priority)
/// @thread any; @suspends unless the counter is at zero
#define tl_counter_wait_helping(...)                                                                                   \
    TL__LIMITED_2(tl__counter_wait_helping, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

TL_API tl_result tl__counter_wait_within(tl_counter *counter, tl_limit limit);
TL_API tl_result tl__counter_wait_helping(tl_counter *counter, tl_priority lowest, tl_limit limit);

/// Returns whether a counter is at zero. If it is, all counted work is done and what it wrote is visible to the caller,
/// and the library no longer touches the counter.
/// @thread any; @suspends never
TL_API bool tl_counter_is_done(const tl_counter *counter);

/// Adds `count` pieces of work that are not jobs, such as I/O requests, to a counter. Call tl_counter_finish, on any
/// thread, for each of them when it is done.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (the counter would reach 2^31)
/// @thread any; @suspends never
TL_API tl_result tl_counter_add(tl_counter *counter, uint32_t count);

/// Subtracts one from a counter: a piece of work that tl_counter_add counted is done.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (the counter is at zero)
/// @thread any; @suspends never
TL_API tl_result tl_counter_finish(tl_counter *counter);

/// Cancels the jobs that a counter counts: those that have not begun never begin, and those that have begun can call
/// tl_job_is_cancelled to find out. Waits for the counter return TL_CANCELLED once it is at zero. A counter at zero is
/// unchanged.
/// @return TL_OK; TL_ERROR_NULL
/// @thread any; @suspends never
TL_API tl_result tl_counter_cancel(tl_counter *counter);

/// Returns whether the job may return early, since its counter was cancelled, or the counter of a job that waits for it
/// on the same fiber. False outside jobs.
/// @thread any; @suspends never
TL_API bool tl_job_is_cancelled(void);

typedef enum tl_job_stack {
    TL_STACK_SMALL = 0,
    TL_STACK_LARGE,
} tl_job_stack;

/// Zero in any field picks the default.
typedef struct tl_job_desc {
    tl_priority priority; ///< the order in which jobs begin, and continue after waits
    tl_job_stack stack;   ///< small or large; a job may use half of it, since it may begin on a waiting job's stack
    tl_worker worker;     ///< the worker that runs it; default: any but the dedicated ones
    tl_counter *after;    ///< the job begins once this counter is at zero; default: at once
} tl_job_desc;

/// Defines a job: TL_JOB(name, argument type, argument) { body }, like TL_FIBER. TL_JOB_DEFINE and TL_JOB_DECLARE, for
/// jobs that are used above their definition or in other files, are like TL_FIBER_DEFINE and TL_FIBER_DECLARE. Unlike a
/// fiber's, the argument may be of any C++ type, since tl_job_call does not copy it. The calls that copy it
/// (tl_job_run, tl_job_run_many) do not compile with a type that is not trivially copyable: pass a pointer to it, or a
/// plain struct.
#define TL_JOB(job, arg_type, arg) TL__FIBER(static, job, arg_type, arg)
#define TL_JOB_DEFINE(job, arg_type, arg)                                                                              \
    TL_JOB_DECLARE(job, arg_type);                                                                                     \
    TL__FIBER(, job, arg_type, arg)
#define TL_JOB_DECLARE(job, arg_type) TL__FIBER_DECLARE(job, arg_type)

/// tl_job_run(jobs, &counter, job, {fields}) or tl_job_run(jobs, &counter, job, struct_value): starts a job on a copy
/// of the argument, of at most TL_JOB_ARGS_MAX bytes. The job goes to the calling worker's own queue, from which this
/// worker takes the latest job first, and other workers the earliest. When the queue is full, the call first runs jobs
/// (on a worker's thread) or lets other jobs run (in a job) until there is room.
/// @param jobs     null: the system that the thread takes part in
/// @param counter  counts the job; may be null
/// @return
///   - TL_OK
///   - TL_ERROR_NO_JOB_SYSTEM: `jobs` is null, and the thread takes part in none
///   - TL_ERROR_ARGS_SIZE
///   - TL_ERROR_ARGUMENT: a wrong value in the description, or the counter would reach 2^31
///   - TL_ERROR_CYCLE: the job would begin after the counter that counts it
///   - TL_ERROR_JOBS_FULL: tl_job_system_desc.waiting_jobs jobs wait to begin already
///   - TL_ERROR_FORKED
/// @thread any; @suspends when the queue is full
#define tl_job_run(jobs, counter, job, ...) tl_job_run_with(jobs, NULL, counter, job, __VA_ARGS__)

/// Starts a job as tl_job_run does, with a description; null is all defaults.
///
///     tl_job_desc how = {.after = &loaded};
///     tl_job_run_with(jobs, &how, &shown, show, {...});
///
#define tl_job_run_with(jobs, desc, counter, job, ...)                                                                 \
    TL__WITH_ARGS(                                                                                                     \
        job,                                                                                                           \
        (TL__JOB_FITS(job), tl_job_run_raw((jobs), (desc), (counter), &job##__entry, TL__ARGS(job, __VA_ARGS__))),     \
        __VA_ARGS__)

/// An argument of more than TL_JOB_ARGS_MAX bytes does not compile.
#ifdef __cplusplus
extern "C++" {
template <typename args> inline void tl__check_job()
{
    TL__COPIED(args)
    static_assert(sizeof(args) <= TL_JOB_ARGS_MAX, "a job's argument has at most TL_JOB_ARGS_MAX bytes");
}
}
#define TL__JOB_FITS(job) tl__check_job<job##__args>()
#else
#define TL__JOB_FITS(job) ((void)sizeof(char[sizeof(job##__args) <= TL_JOB_ARGS_MAX ? 1 : -1]))
#endif

/// Starts a job from an entry that may be filled in at run time; tl_job_run calls this function.
TL_API tl_result tl_job_run_raw(tl_job_system *jobs, const tl_job_desc *desc, tl_counter *counter,
                                const tl_fiber_entry *entry, const void *args);

/// tl_job_run_many(jobs, &counter, job, array, count): starts a job for each element of an array, on a copy of it.
/// @return as tl_job_run; TL_ERROR_NULL. The jobs before the one that could not be started have been started
#define tl_job_run_many(jobs, counter, job, array, count) tl_job_run_many_with(jobs, NULL, counter, job, array, count)

/// Starts many jobs as tl_job_run_many does, with a description that applies to each of them.
#define tl_job_run_many_with(jobs, desc, counter, job, array, count)                                                   \
    TL__WITH_POINTER(const job##__args,                                                                                \
                     (TL__JOB_FITS(job), tl_job_run_many_raw((jobs), (desc), (counter), &job##__entry,                 \
                                                             TL__TYPED(const job##__args, (array)), (count))),         \
                     (array))
TL_API tl_result tl_job_run_many_raw(tl_job_system *jobs, const tl_job_desc *desc, tl_counter *counter,
                                     const tl_fiber_entry *entry, const void *array, size_t count);

/// tl_job_call(jobs, job, &argument): runs a job on the argument itself, not a copy, and waits for it. The argument may
/// have any size and type. A thread that helps meanwhile begins no job of a lower priority than this one (see
/// tl_counter_wait_helping).
/// @return as tl_job_run and tl_counter_wait; TL_ERROR_ALL_WAITING (in a job: all fibers of the system are in use, and
///   the jobs on all others wait; TL_LOG_ALL_WAITING names them). On any error the job has not been run
/// @thread any; @suspends until the job is done
#define tl_job_call(jobs, job, ...) tl_job_call_with(jobs, NULL, job, __VA_ARGS__)

/// Runs a job as tl_job_call does, with a description.
#define tl_job_call_with(jobs, desc, job, ...)                                                                         \
    TL__WITH_POINTER(job##__args, tl_job_call_raw((jobs), (desc), &job##__entry, TL__TYPED(job##__args, __VA_ARGS__)), \
                     __VA_ARGS__)
TL_API tl_result tl_job_call_raw(tl_job_system *jobs, const tl_job_desc *desc, const tl_fiber_entry *entry, void *arg);

/// Defines the body of a parallel loop, for one index: TL_FOR_BODY(name, argument type, argument, index) { body }. All
/// calls of the body share the argument itself, which may have any size and type, and is not copied.
#define TL_FOR_BODY(body, arg_type, arg, index)                                                                        \
    static inline void body(arg_type *arg, size_t index);                                                              \
    TL__FOR_ENTRY(body, arg_type)                                                                                      \
    static void body##__range(void *tl__arg, size_t tl__from, size_t tl__to)                                           \
    {                                                                                                                  \
        for (size_t tl__index = tl__from; tl__index < tl__to; ++tl__index)                                             \
            body((body##__args *)tl__arg, tl__index);                                                                  \
    }                                                                                                                  \
    static inline void body(TL__MAYBE_UNUSED arg_type *arg, TL__MAYBE_UNUSED size_t index)

/// Defines the body of a parallel loop for a range of indices: in a loop of its own it handles those from `first` up
/// to, not including, `end`.
#define TL_FOR_RANGE_BODY(body, arg_type, arg, first, end)                                                             \
    static void body(arg_type *arg, size_t first, size_t end);                                                         \
    TL__FOR_ENTRY(body, arg_type)                                                                                      \
    static void body##__range(void *tl__arg, size_t tl__from, size_t tl__to)                                           \
    {                                                                                                                  \
        body((body##__args *)tl__arg, tl__from, tl__to);                                                               \
    }                                                                                                                  \
    static void body(TL__MAYBE_UNUSED arg_type *arg, size_t first, size_t end)

/// tl_parallel_for(jobs, count, grain, body, &argument): runs a body for the indices 0 to count - 1 on all workers, in
/// pieces of at most `grain` indices, and returns when all are done. The body runs inside a job, and may wait. The loop
/// has the priority of the calling job, or TL_PRIORITY_NORMAL outside jobs; a thread that helps meanwhile begins no job
/// of a lower priority (see tl_counter_wait_helping).
/// @param grain  0: a size that makes about eight pieces for each worker
/// @return TL_OK (also if `count` is 0); TL_ERROR_NULL; and as tl_job_call
/// @thread any; @suspends until all are done
#define tl_parallel_for(jobs, count, grain, body, ...) tl_parallel_for_with(jobs, NULL, count, grain, body, __VA_ARGS__)

/// Runs a parallel loop as tl_parallel_for does, with a description that applies to the jobs that run the loop. If it
/// names a worker, that worker runs the whole loop.
#define tl_parallel_for_with(jobs, desc, count, grain, body, ...)                                                      \
    TL__WITH_POINTER(body##__args,                                                                                     \
                     tl_parallel_for_raw((jobs), (desc), (count), (grain), &body##__entry, body##__range,              \
                                         TL__TYPED(body##__args, __VA_ARGS__)),                                        \
                     __VA_ARGS__)

/// Runs the indices of a parallel loop from `first` up to, not including, `end`.
typedef void (*tl_for_range)(void *arg, size_t first, size_t end);

/// Runs a parallel loop whose entry may be filled in at run time; tl_parallel_for calls this function. `entry` is that
/// of the jobs that run the parts of the loop, with the fields that TL__FOR_ENTRY sets.
TL_API tl_result tl_parallel_for_raw(tl_job_system *jobs, const tl_job_desc *desc, size_t count, size_t grain,
                                     const tl_fiber_entry *entry, tl_for_range body, void *arg);

/// A part of a parallel loop, as the argument of the job that runs it.
typedef struct tl__part {
    tl_for_range body;
    void *arg;
    size_t first, end, grain;
    const tl_fiber_entry *entry;
    tl_counter *counter;
    tl_job_desc desc;
} tl__part;
TL_API void tl__run_part(void *part);

#define TL__FOR_ENTRY(body, arg_type)                                                                                  \
    typedef arg_type body##__args;                                                                                     \
    TL__MAYBE_UNUSED static const tl_fiber_entry body##__entry = {                                                     \
        #body, __FILE__, __LINE__, tl__run_part, sizeof(tl__part), TL__ALIGNOF(tl__part)};

#ifdef __cplusplus
}
#endif

#endif
