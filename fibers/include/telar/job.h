// SPDX-License-Identifier: MIT
/// telar/job.h: a frame's work over all cores, as jobs that may wait for each other.
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
///   1. make a job system; the thread that does becomes its worker 0, the main worker;
///   2. write jobs with TL_JOB, and start them with tl_job_run, tl_job_run_many or tl_parallel_for;
///   3. give them a counter to wait for: it counts the jobs that are not yet done;
///   4. inside jobs, do the same. NULL stands for the system that runs the job.
///
/// A job runs on a fiber of its system. When it waits, the fiber is suspended, and the worker runs another job; any
/// worker may resume the fiber later. A job that waits runs its own jobs that no worker has begun itself: only jobs
/// that it waits for are ever run on its stack.
///
/// A job system never allocates memory after tl_job_system_create (but pages of stacks, at their first use, and the
/// thread of the first wait with a limit), and never stops a running job.
///
/// Threads: unless its comment says otherwise, a call may be made by any thread and in any fiber. Threads that are not
/// workers may start jobs and wait for counters, too; they run no jobs meanwhile unless they are registered
/// (tl_job_system_enter).
///
/// In jobs: a job may be on another thread after each call that suspends, so it must not keep addresses of
/// thread-locals, nor a thread's mutex locked, across one. tl_yield lets other jobs of the same or a higher priority go
/// first. tl_exit is refused (TL_ERROR_IN_JOB). tl_defer's clean-ups run when a job returns, or when it still waits
/// while its system is destroyed. They may not wait themselves.
///
/// fork: the child has the memory of a job system, but not its threads, and the thread that called fork takes part in
/// none any more. There tl_job_system_destroy frees the system's memory: it waits for nothing, and no job's clean-up
/// runs. All other calls on the system answer TL_ERROR_FORKED, and so does a wait for jobs that were started before. A
/// job that calls fork may run on in the child until it calls exec or _exit: tl_yield, tl_transfer, tl_exit and waits,
/// also for locks, answer TL_ERROR_FORKED in it. Its return there, and that of a fiber that it transferred to, ends the
/// process with a report on stderr (abort). By POSIX the
/// child of a process with several threads may only make async-signal-safe calls until exec, and no call of this
/// library is one: so the above holds where the C library allows more, as glibc does. The child may make a job system
/// of its own there.
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
    TL_JOB_ARGS_MAX = 96, ///< bytes that a job's copied argument may have; for more, let it have a pointer
    TL_JOB_ARGS_ALIGN = 32,
    TL_WORKERS_MAX = 256, ///< workers of a system, dedicated ones and external threads included
};

/// Zero in any field picks the default.
typedef struct tl_job_system_desc {
    uint32_t workers;             ///< threads that run jobs, the calling one included, so that with 1 none is started;
                                  ///< default: as many as there are CPUs for this process
    const char *const *dedicated; ///< names of further workers, which run only what is pinned to them, as for input and
    uint32_t dedicated_count;     ///< output that block; not copied, so keep them alive
    uint32_t external_threads;    ///< how many other threads may take part at once (tl_job_system_enter); default 0
    uint32_t queue_size;          ///< jobs that a worker's queue holds of each priority, a power of two up to 2^20;
                                  ///< default 1024. A worker takes 128 bytes times 3 of these
    uint32_t waiting_jobs;        ///< jobs that may wait to begin: for a counter, for the worker that they are pinned
                                  ///< to, or because a thread that is no worker started them; up to 2^20, default 4096
    uint32_t fiber_count;         ///< jobs with small stacks that may have begun and not ended, while at least one of
                                  ///< them does not wait; up to 2^20, at least twice as many as there are workers (of
                                  ///< all kinds), default 4096, or fiber_limit where that is lower. Each fiber is made
                                  ///< when it is first needed
    uint32_t fiber_limit;         ///< the same while all of them wait: one more begins then, since it may be what they
                                  ///< wait for; at least fiber_count, up to 2^20, default 16 times fiber_count. The
                                  ///< limits take addresses, not memory: by default 5 GiB for small stacks and 2 GiB
                                  ///< for large ones, so set lower ones where addresses are few (ulimit -v)
    size_t stack_size;            ///< bytes of a small stack; as tl_pool_desc.stack_size, but at least 32 KiB
    uint32_t large_fiber_count;   ///< as fiber_count, for large stacks; default 256, twice as many as there are
                                  ///< workers where that is more, or large_fiber_limit where that is lower
    uint32_t large_fiber_limit;   ///< as fiber_limit
    size_t large_stack_size;      ///< bytes of a large stack; default 512 KiB
    bool keep_float_control;      ///< as tl_pool_desc.keep_float_control
    bool pin_threads; ///< each thread that is started for any work stays on a CPU, the first on the second of those
                      ///< that the process may use, and so on. Without it the kernel chooses the CPU, but a worker may
                      ///< be kept off its waker's CPU until it runs: in a virtual machine Linux starts it there
                      ///< although others are idle
} tl_job_system_desc;

/// The worker that may run a job.
typedef struct tl_worker {
    uint32_t index1; ///< its place, from 1; 0: any worker
} tl_worker;

#ifdef __cplusplus
#define TL_ANY_WORKER (tl_worker{0})
#define TL_MAIN_WORKER (tl_worker{1})
#else
#define TL_ANY_WORKER ((tl_worker){0})
#define TL_MAIN_WORKER ((tl_worker){1})
#endif

typedef struct tl_job_system_info {
    uint32_t workers;          ///< that run any job, the main one included
    uint32_t dedicated;        ///< that run only what is pinned to them
    uint32_t external_threads; ///< that take part now (tl_job_system_enter)
    uint32_t sleeping;         ///< workers that found nothing to do
    uint32_t waiting;          ///< jobs that wait on a fiber
    uint32_t fibers;           ///< made so far, with small and large stacks
    uint64_t stolen;           ///< jobs that began on another worker than the one that started them, so far
    uint64_t suspensions;      ///< times that a job was suspended, so far
} tl_job_system_info;

/// Makes a job system; the calling thread becomes its main worker. On any error *jobs is null.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: a number outside its range, too many workers, a null name
///   - TL_ERROR_HAS_JOB_SYSTEM: the thread takes part in one already
///   - TL_ERROR_IN_FIBER: inside a fiber
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_SYSTEM: no thread could be started, or no handler of pthread_atfork
///   - what tl_pool_create and tl_fiber_create answer for the stacks
/// @thread any; @suspends never
TL_API tl_result tl_job_system_create(const tl_job_system_desc *desc, tl_job_system **jobs);

/// Runs all jobs to their end, on all workers and the calling thread; then ends the threads. Jobs that then still wait,
/// for something that no job can do any more, are cancelled: their clean-ups run on the calling thread. Jobs that are
/// to begin after a counter, and jobs for which no fiber is left, never begin. Waits for the counters of all these
/// return
/// TL_CANCELLED.
///
/// Other threads may finish counters, signal conditions and unlock mutexes that jobs wait for until this returns. A job
/// that such a thread wakes in time runs on; otherwise it is cancelled.
///
/// In a child made by fork, on a system of the parent, the call only frees the memory; any thread may make it there.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_IN_FIBER: inside a fiber, such as a job's
///   - TL_ERROR_NO_JOB_SYSTEM: not the thread that made it
///   - TL_ERROR_BUSY: an external thread has not left
/// @thread the one that made it, while no other starts jobs in it or enters it; @suspends never, but runs jobs
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

/// Unregisters the calling thread, an external one. Jobs that it started and that have not begun are left to the
/// workers.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_NO_JOB_SYSTEM: it does not take part in this system as an external thread
///   - TL_ERROR_IN_FIBER
///   - TL_ERROR_FORKED
/// @thread an external thread that takes part; @suspends never
TL_API tl_result tl_job_system_leave(tl_job_system *jobs);

/// Runs the jobs that are pinned to the calling thread's worker, as far as they are ready now: for a main loop that
/// never waits.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_NO_JOB_SYSTEM (no worker of this system); TL_ERROR_IN_FIBER; TL_ERROR_FORKED
/// @thread a worker; @suspends never, but runs jobs
TL_API tl_result tl_job_system_run_pinned(tl_job_system *jobs);

/// Returns the dedicated worker of that name; TL_ANY_WORKER when there is none.
/// @thread any; @suspends never
TL_API tl_worker tl_job_system_find_worker(const tl_job_system *jobs, const char *name);

/// Returns the job system that the calling thread takes part in; null for none.
/// @thread any; @suspends never
TL_API tl_job_system *tl_job_system_current(void);

/// Returns the worker that the calling thread is; TL_ANY_WORKER for none. In a job this holds until its next wait.
/// @thread any; @suspends never
TL_API tl_worker tl_worker_current(void);

/// Returns figures of this moment; workers may change them meanwhile. Zeros after misuse: TL_ERROR_NULL,
/// TL_ERROR_FORKED.
/// @thread any; @suspends never
TL_API tl_job_system_info tl_job_system_get_info(tl_job_system *jobs);

typedef enum tl_priority {
    TL_PRIORITY_NORMAL = 0,
    TL_PRIORITY_HIGH, ///< before all others
    TL_PRIORITY_LOW,  ///< when a worker finds nothing else
} tl_priority;

/// Counts jobs, and other work (tl_counter_add), that is not done yet. A counter begins as zeros, but for its name. Any
/// number of jobs, scripts and threads may wait for it, and it can be used again when it is at zero. Do not copy it,
/// and keep it where it is until it is at zero, each wait for it has ended (returned, passed its limit, or been
/// cancelled), and each job that is to begin after it has begun, or its system has ended.
typedef struct tl_counter {
    const char *name; ///< for messages; not copied; may be null
    uint64_t tl__word;
    void *tl__waiters;
    uint64_t tl__world;
} tl_counter;

/// tl_counter_wait(&counter[, limit]): waits until a counter is at zero, from anywhere. A job is suspended meanwhile,
/// and its worker does other things; so is a script (telar/wait.h), which does not block the game. A thread that is a
/// worker helps, then sleeps; other threads sleep. Everything that happened in the counted jobs is then seen here.
/// Where no fiber is left for another job to begin on, a job polls instead (TL_LOG_ALL_WAITING, with the names of all
/// that wait).
///
/// Outside scripts a limit is TL_WITHIN_REAL(seconds). It ends the wait, not what is waited for, which may take its
/// time: a job runs those of its own that no worker has begun, and a worker's thread ends the job that it helps with,
/// before they look at the limit. The first such wait of a job system starts a thread for all of them.
///
/// @return
///   - TL_OK
///   - TL_CANCELLED: tl_counter_cancel was called for what was waited for; or a fiber of a job's own waits, and its
///     system ends
///   - TL_TIMED_OUT: the limit passed first
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: a limit that is negative or not a number, or of game time outside a script or in its clean-up
///   - TL_ERROR_CYCLE: the calling job or script is counted itself; or a script of a world that the calling thread
///     stepped last is, which only its next step could end
///   - TL_ERROR_UNWINDING: inside a clean-up of a job
///   - TL_ERROR_SYSTEM: a limit, and the system has no more threads
///   - TL_ERROR_FORKED: in a child made by fork that has no job system of its own: only jobs are counted, and they are
///     the parent's
/// @thread any; @suspends unless the counter is at zero
#define tl_counter_wait(...)                                                                                           \
    TL__LIMITED_1(tl__counter_wait_within, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_counter_wait_helping(&counter, lowest[, limit]): tl_counter_wait for a thread that must not be kept long. A
/// worker that helps meanwhile begins no job, and takes up none that waited, of a priority below `lowest`.
///
///     tl_counter_wait_helping(&shadows, TL_PRIORITY_HIGH);    // and not in the middle of loading the next level
///
/// What is waited for, and what that needs, may have any priority: other workers run it. Where there is no other, and
/// of jobs that are pinned to this worker, all priorities are run. In a job or script `lowest` means nothing, since
/// those never run others.
/// @return as tl_counter_wait; TL_ERROR_ARGUMENT (no priority)
/// @thread any; @suspends unless the counter is at zero
#define tl_counter_wait_helping(...)                                                                                   \
    TL__LIMITED_2(tl__counter_wait_helping, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

TL_API tl_result tl__counter_wait_within(tl_counter *counter, tl_limit limit);
TL_API tl_result tl__counter_wait_helping(tl_counter *counter, tl_priority lowest, tl_limit limit);

/// Returns whether a counter is at zero. Then all that was counted has happened, and the library no longer touches the
/// counter.
/// @thread any; @suspends never
TL_API bool tl_counter_is_done(const tl_counter *counter);

/// Adds `count` pieces of work that are no jobs, such as I/O requests, to a counter. Call tl_counter_finish, on any
/// thread, when one of them is done.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (2^31 or more in all)
/// @thread any; @suspends never
TL_API tl_result tl_counter_add(tl_counter *counter, uint32_t count);

/// Subtracts one from a counter: a piece of work that tl_counter_add counted is done.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (the counter is at zero)
/// @thread any; @suspends never
TL_API tl_result tl_counter_finish(tl_counter *counter);

/// Cancels the jobs that a counter counts: those that have not begun never will, and those that have can ask
/// tl_job_is_cancelled. Waits for the counter return TL_CANCELLED once it is at zero. A counter at zero is unchanged.
/// @return TL_OK; TL_ERROR_NULL
/// @thread any; @suspends never
TL_API tl_result tl_counter_cancel(tl_counter *counter);

/// Returns whether the counter of the running job, or of one that waits for it on the same fiber, was cancelled: the
/// job may return early. False outside jobs.
/// @thread any; @suspends never
TL_API bool tl_job_is_cancelled(void);

typedef enum tl_job_stack {
    TL_STACK_SMALL = 0,
    TL_STACK_LARGE,
} tl_job_stack;

/// Zero in any field picks the default.
typedef struct tl_job_desc {
    tl_priority priority; ///< the order in which jobs begin, and continue after waits
    tl_job_stack stack;   ///< a job may use half of a small or large stack
    tl_worker worker;     ///< the worker that runs it; default: any but the dedicated ones
    tl_counter *after;    ///< the job begins when this counter is at zero; default: at once
} tl_job_desc;

/// Defines a job: TL_JOB(name, argument type, argument) { body }. As TL_FIBER; the other two, for jobs that are used
/// above their definition or in other files, are as TL_FIBER_DEFINE and TL_FIBER_DECLARE. The argument may be of any
/// type here, in C++ too: tl_job_call copies none. The calls that copy it (tl_job_run, tl_job_run_many) do not compile
/// with a C++ type that is not trivially copyable: pass a pointer to it, or a plain struct.
#define TL_JOB(job, arg_type, arg) TL__FIBER(static, job, arg_type, arg)
#define TL_JOB_DEFINE(job, arg_type, arg)                                                                              \
    TL_JOB_DECLARE(job, arg_type);                                                                                     \
    TL__FIBER(, job, arg_type, arg)
#define TL_JOB_DECLARE(job, arg_type) TL__FIBER_DECLARE(job, arg_type)

/// tl_job_run(jobs, &counter, job, {fields}) or tl_job_run(jobs, &counter, job, struct_value): starts a job on a copy
/// of the argument, of at most TL_JOB_ARGS_MAX bytes. It goes to the calling worker's own queue, where the latest is
/// taken first; other workers take the earliest. When the queue is full, jobs are run first (by a thread), or others go
/// first (in a job).
/// @param jobs     null: the system that the thread takes part in
/// @param counter  counts the job; may be null
/// @return
///   - TL_OK
///   - TL_ERROR_NO_JOB_SYSTEM: `jobs` is null, and the thread takes part in none
///   - TL_ERROR_ARGS_SIZE
///   - TL_ERROR_ARGUMENT: in the description, or too many are counted
///   - TL_ERROR_CYCLE: it would begin after itself
///   - TL_ERROR_JOBS_FULL: there is no room for one more of tl_job_system_desc.waiting_jobs
///   - TL_ERROR_FORKED
/// @thread any; @suspends when the queue is full
#define tl_job_run(jobs, counter, job, ...) tl_job_run_with(jobs, NULL, counter, job, __VA_ARGS__)

/// Starts a job as tl_job_run does, with a description; null is all defaults.
///
///     tl_job_desc how = {.after = &loaded};
///     tl_job_run_with(jobs, &how, &shown, show, {...});
///
#define tl_job_run_with(jobs, desc, counter, job, ...)                                                                 \
    TL__WITH_ARGS(job, (TL__JOB_FITS(job), tl_job_run_raw((jobs), (desc), (counter), &job##__entry, &tl__args)),       \
                  __VA_ARGS__)

/// An argument of more than TL_JOB_ARGS_MAX bytes does not compile.
#define TL__JOB_FITS(job) ((void)sizeof(char[sizeof(job##__args) <= TL_JOB_ARGS_MAX ? 1 : -1]))

/// Starts a job of an entry that is made at run time: the function behind tl_job_run.
TL_API tl_result tl_job_run_raw(tl_job_system *jobs, const tl_job_desc *desc, tl_counter *counter,
                                const tl_fiber_entry *entry, const void *args);

/// tl_job_run_many(jobs, &counter, job, array, count): starts a job for each element of an array, on a copy of it.
/// @return as tl_job_run; TL_ERROR_NULL. Those before the first error have been started
#define tl_job_run_many(jobs, counter, job, array, count) tl_job_run_many_with(jobs, NULL, counter, job, array, count)

/// Starts many jobs with a description, which holds for each of them.
#define tl_job_run_many_with(jobs, desc, counter, job, array, count)                                                   \
    __extension__({                                                                                                    \
        TL__COPIED(job##__args)                                                                                        \
        TL__JOB_FITS(job);                                                                                             \
        const job##__args *tl__array = (array);                                                                        \
        tl_job_run_many_raw((jobs), (desc), (counter), &job##__entry, tl__array, (count));                             \
    })
TL_API tl_result tl_job_run_many_raw(tl_job_system *jobs, const tl_job_desc *desc, tl_counter *counter,
                                     const tl_fiber_entry *entry, const void *array, size_t count);

/// tl_job_call(jobs, job, &argument): runs a job on the argument itself, of any size and type, and waits for it. A
/// thread that helps meanwhile begins no job of a lower priority (see tl_counter_wait_helping).
/// @return as tl_job_run and tl_counter_wait; TL_ERROR_ALL_WAITING (in a job: all fibers of the system are in use, and
///   the jobs on all others wait; TL_LOG_ALL_WAITING names them). On any error the job has not been run
/// @thread any; @suspends until the job is done
#define tl_job_call(jobs, job, ...)                                                                                    \
    __extension__({                                                                                                    \
        job##__args *tl__arg = (__VA_ARGS__);                                                                          \
        tl_job_call_raw((jobs), NULL, &job##__entry, tl__arg);                                                         \
    })

/// Runs a job as tl_job_call does, with a description.
#define tl_job_call_with(jobs, desc, job, ...)                                                                         \
    __extension__({                                                                                                    \
        job##__args *tl__arg = (__VA_ARGS__);                                                                          \
        tl_job_call_raw((jobs), (desc), &job##__entry, tl__arg);                                                       \
    })
TL_API tl_result tl_job_call_raw(tl_job_system *jobs, const tl_job_desc *desc, const tl_fiber_entry *entry, void *arg);

/// Defines the body of a parallel loop, for one index: TL_FOR_BODY(name, argument type, argument, index) { body }. All
/// share the argument itself, of any size and type: it is not copied.
#define TL_FOR_BODY(body, arg_type, arg, index)                                                                        \
    static inline void body(arg_type *arg, size_t index);                                                              \
    TL__FOR_ENTRY(body, arg_type)                                                                                      \
    static void body##__range(void *tl__arg, size_t tl__from, size_t tl__to)                                           \
    {                                                                                                                  \
        for (size_t tl__index = tl__from; tl__index < tl__to; ++tl__index)                                             \
            body((body##__args *)tl__arg, tl__index);                                                                  \
    }                                                                                                                  \
    static inline void body(arg_type *arg __attribute__((unused)), size_t index __attribute__((unused)))

/// Defines the body of a parallel loop for the indices from `first` up to, not including, `end`: it has a loop of its
/// own.
#define TL_FOR_RANGE_BODY(body, arg_type, arg, first, end)                                                             \
    static void body(arg_type *arg, size_t first, size_t end);                                                         \
    TL__FOR_ENTRY(body, arg_type)                                                                                      \
    static void body##__range(void *tl__arg, size_t tl__from, size_t tl__to)                                           \
    {                                                                                                                  \
        body((body##__args *)tl__arg, tl__from, tl__to);                                                               \
    }                                                                                                                  \
    static void body(arg_type *arg __attribute__((unused)), size_t first, size_t end)

/// tl_parallel_for(jobs, count, grain, body, &argument): runs a body for the indices 0 to count - 1, at most `grain` at
/// a time by one worker, and returns when it has been run for all. The body runs inside a job, and may wait. The loop
/// has the priority of the job that calls, else TL_PRIORITY_NORMAL; a thread that helps meanwhile begins no job of a
/// lower priority (see tl_counter_wait_helping).
/// @param grain  0: such that each worker gets some eight pieces
/// @return TL_OK (also for none); TL_ERROR_NULL; and as tl_job_call
/// @thread any; @suspends until all are done
#define tl_parallel_for(jobs, count, grain, body, ...) tl_parallel_for_with(jobs, NULL, count, grain, body, __VA_ARGS__)

/// Runs a parallel loop with a description, which holds for the jobs that run it. Pinned to a worker, that one runs all
/// of it.
#define tl_parallel_for_with(jobs, desc, count, grain, body, ...)                                                      \
    __extension__({                                                                                                    \
        body##__args *tl__arg = (__VA_ARGS__);                                                                         \
        tl_parallel_for_raw((jobs), (desc), (count), (grain), &body##__entry, body##__range, tl__arg);                 \
    })

/// Some of the indices of a parallel loop.
typedef void (*tl_for_range)(void *arg, size_t first, size_t end);

/// Runs a parallel loop of an entry that is made at run time: the function behind tl_parallel_for. `entry` is the job
/// that runs a part, made as TL__FOR_ENTRY does.
TL_API tl_result tl_parallel_for_raw(tl_job_system *jobs, const tl_job_desc *desc, size_t count, size_t grain,
                                     const tl_fiber_entry *entry, tl_for_range body, void *arg);

/// A part of a parallel loop: what its job has for an argument.
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
    static const tl_fiber_entry body##__entry                                                                          \
        __attribute__((unused)) = {#body, __FILE__, __LINE__, tl__run_part, sizeof(tl__part), __alignof__(tl__part)};

#ifdef __cplusplus
}
#endif

#endif
