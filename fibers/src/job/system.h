// SPDX-License-Identifier: MIT
/// Internals of a job system.
///
/// Each worker is a thread that resumes job fibers: fibers that run jobs, one after another. Ownership:
///   - a job fiber belongs to the worker that runs it; to the list that holds it (the free list or an inbox); or, while
///     its job waits, to the thread that will wake it;
///   - only the worker's own thread uses the fields of its record, except for the deques, the inboxes and the fields
///     that idle.c guards;
///   - a job belongs to the queue that holds it, then to the job fiber that runs it.
#ifndef TELAR_JOB_SYSTEM_H
#define TELAR_JOB_SYSTEM_H

#include "base/atomics.h"
#include "fiber/thread.h"
#include "fiber/waiter.h"
#include "job/counter.h"
#include "job/deque.h"
#include "job/inbox.h"
#include "os/affinity.h"
#include "os/spin.h"
#include "os/threads.h"
#include "os/ticks.h"

#define TL__STACKS 2u // small and large

/// An entry in deadlock.c's index: a waiting job, to be found by a counter that counts it, or as the holder of a lock.
typedef struct tl__keeper {
    struct tl__keeper *next;
    uintptr_t key; ///< address of a counter, or the holder of a lock (tl__holder_here)
    struct tl__job_fiber *job_fiber;
} tl__keeper;

enum { TL__KEEPER_BITS = 8, TL__KEEPER_BUCKETS = 1 << TL__KEEPER_BITS };

/// A job that has begun. Of a fiber's active jobs the innermost one runs. Each other one waits for a counter, and the
/// next inner one runs on its stack meanwhile.
typedef struct tl__active_job {
    struct tl__active_job *outer;
    tl__job *job;
    tl__keeper keeper; ///< in the deadlock report's index, under the job's counter
} tl__active_job;

/// What a job fiber requests from its worker when it returns control.
typedef enum tl__request {
    TL__GIVE_WAY, ///< resume it after other jobs; the default, for when the job calls tl_yield
    TL__WAIT,     ///< add its waiter to the object that it waits for
    TL__FREE,     ///< free it, since it has no job any more
} tl__request;

typedef struct tl__job_fiber tl__job_fiber;

/// A fiber that runs jobs.
struct tl__job_fiber {
    tl_fiber *fiber;
    tl_job_system *jobs;
    tl__worker_record *worker;       ///< the worker that runs it, or ran it last
    tl__queued queued;               ///< link in an inbox or the free list
    tl__active_job *active_job;      ///< the innermost active job; null: none
    const char *room;                ///< middle of the stack: above it at least half of the stack is left
    uint64_t unreported;             ///< finished jobs of the counter of `job` that it still counts
    const tl_counter *not_cancelled; ///< a counter that was not cancelled when tl__cancels was `cancels`
    uint64_t cancels;
    uint32_t in_a_row; ///< counts jobs that it took from its worker's deque without a search elsewhere
    uint32_t may_wait; ///< waits that tl__promise_wait guaranteed and that have not ended
    tl_job_stack stack;
    tl__request request;
    bool reported_all;     ///< it has reported that all other jobs wait
    unsigned gives_way_to; ///< rank at which it is queued when it gives way, if later than its job's rank
    tl__job job;           ///< the outermost job

    tl__waiter *waiter;   ///< its waiter, while it waits
    tl__wait_desc wait;   ///< description of that wait
    uint64_t waits_since; ///< in ticks: when that wait began
    /// While it waits: the worker in whose list of waiting job fibers it is, else null; and its neighbours in that
    /// list.
    tl__worker_record *listed;
    tl__job_fiber *before, *after;
    uint32_t walk;     ///< the last walk of deadlock.c's search that visited it
    tl__keeper keeper; ///< in the deadlock report's index, under the address of its fiber, which may hold locks
};

typedef enum tl__worker_kind {
    TL__MAIN,
    TL__GENERAL,
    TL__DEDICATED,
    TL__EXTERNAL,
} tl__worker_kind;

/// How a woken worker's thread is kept off its waker's CPU (placement.c). The semaphore hands these fields from the
/// waker to the worker.
typedef struct tl__placement {
    int thread;        ///< system id of its thread; 0 before that runs, and if its affinity is not ours to change
    int waker_cpu;     ///< CPU of the thread that woke it last; negative: unknown
    uint64_t woken_at; ///< time of that wake-up in nanoseconds
    uint32_t avoid;    ///< further wake-ups for which it is kept off its waker's CPU
    bool is_excluded;  ///< its affinity excludes the waker's CPU now
    tl__affinity before;
} tl__placement;

struct tl__worker_record {
    tl_job_system *jobs;
    tl__job_fiber *job_fiber; ///< the job fiber that it runs now
    tl__job_fiber *spare;     ///< free job fiber with a small stack, for the next job; may be null
    uint32_t worker_index1;   ///< its index among the workers, plus 1
    tl__worker_kind kind;
    const char *name;
    char trace_name[24]; ///< its thread's name in traces, unless `name` is set
    bool only_pinned;    ///< runs only work that is pinned to it, permanently or for a while
    unsigned ranks;      ///< number of ranks, starting with 0, whose jobs it runs now
    uint32_t finds;      ///< number of its searches for work (tl__find)
    uint64_t random;
    uint64_t stole_at;            ///< time of its last steal in nanoseconds
    tl__word stolen, suspensions; ///< written by its own thread only
    /// Nanoseconds that it has slept so far. While it sleeps: that less the time at which it fell asleep, which is
    /// negative. Written by its own thread only.
    tl__word slept;
    tl__word taken;          ///< nonzero: an external thread uses this slot
    tl__word wake_requested; ///< nonzero: its thread may have been woken from its wait (tl__wake_thread)

    tl__deque deques[TL__RANKS];
    tl__inbox ready;              ///< runnable job fibers, for this worker or another
    tl__inbox pinned[TL__STACKS]; ///< jobs and job fibers that only this worker may run

    /// The list of waiting job fibers that this worker ran last, and its lock. A woken job fiber leaves the list before
    /// it does anything else. So under the lock other threads can read the jobs of each fiber in the list, and the
    /// object that it waits for.
    _Alignas(LINE_PAIR) tl__spin waiting_spin;
    tl__job_fiber *waiting;

    // Used by idle.c.
    tl__worker_record *next_asleep;
    bool asleep, parked, attached;
    tl__semaphore semaphore;
    tl__placement placement;
    tl__thread thread;
};

typedef struct tl__idle {
    /// The sum of three counts, each multiplied by its constant in idle.h: of searching workers, of workers in the list
    /// `asleep` that run only some ranks, and of workers in that list that run all ranks.
    _Alignas(LINE_PAIR) tl__word word;
    _Alignas(LINE_PAIR) tl__spin spin; ///< guards the fields below
    tl__worker_record *asleep;         ///< list of sleeping workers, the latest first
    uint32_t attached, parked;
} tl__idle;

/// The job fibers with stacks of one size: the free ones, and how many can still be made.
typedef struct tl__free_job_fibers {
    _Alignas(LINE_PAIR) tl__spin spin;
    tl__queued *first;
    // Both are written under the lock, so loads under the lock are relaxed. So are all accesses to `left`, which only
    // ever decreases: without the lock a stale value may only be too high.
    tl__word count; ///< length of the free list
    tl__word left;  ///< job fibers that may still be made so that a job can begin
    tl__job_fiber *job_fibers;
    uint32_t capacity;    ///< entries of `job_fibers`
    uint32_t made, limit; ///< number of job fibers made so far, and the most that can be made
} tl__free_job_fibers;

/// A job that waits to begin, in memory of its own.
typedef struct tl__pending {
    tl__job job; ///< first, since a job in a list is cast to its tl__pending
    tl__waiter waiter;
    tl_job_system *jobs;
    tl__word after; ///< address of the counter after which the job begins; 0: it waits for none
} tl__pending;

/// Timeouts of a system's waits (timeout.c).
typedef struct tl__timeouts {
    tl__spin spin;                    ///< guards the list
    struct tl__timeout *first, *last; ///< sorted, the earliest first
    tl__spin starting;                ///< guards the start of the thread
    bool has_thread;
    tl__thread thread;
    tl__semaphore semaphore; ///< posted when a new timeout is the earliest, and to stop the thread
    tl__word stops;          ///< nonzero: the thread must end
} tl__timeouts;

/// A waiting thread, of any system or of none. All waiting threads are in one list, for the deadlock report.
typedef struct tl__blocked {
    struct tl__blocked *previous, *next;
    const tl__wait_desc *wait;
    tl__waiter *waiter;
    const tl__worker_record *worker; ///< the worker that the thread is; null: none
    uintptr_t holder;                ///< the thread's tl__holder_here, as a holder of locks
    const tl__word *woken;           ///< points to a word that is nonzero once the thread was woken
    uint32_t walk;                   ///< the last walk of deadlock.c's search that visited it
} tl__blocked;

enum {
    TL__REPORTED_BITS = 9,
    TL__MOST_REPORTED = 1 << (TL__REPORTED_BITS - 1), ///< half of the table, so that probing is short and ends
};

/// The objects whose waits were reported: a hash table with linear probing.
typedef struct tl__reported {
    const void *subjects[1 << TL__REPORTED_BITS];
    uint32_t count;
} tl__reported;

struct tl_job_system {
    uint64_t forks; ///< value of tl__forks in the process that made the system
    tl__tick_scale tick_scale;
    uint32_t worker_count; ///< of all kinds: main, general, dedicated, external
    uint32_t general_count, dedicated_count, external_count;
    tl__worker_record *workers;
    tl_pool *stacks[TL__STACKS]; ///< guarded by the lock of `free`, except for resets of fibers
    tl__free_job_fibers free[TL__STACKS];
    tl__inbox shared[TL__STACKS]; ///< work from threads outside the system, job fibers that gave way, and large jobs
    tl__idle idle;
    _Alignas(LINE_PAIR) tl__word high; ///< at least the number of queued jobs and job fibers of rank 0, unless pinned
    /// Number of job fibers that were made and do not wait. relaxed: only a count (capacity.c).
    _Alignas(LINE_PAIR) tl__word runnable[TL__STACKS];
    _Alignas(LINE_PAIR) tl__spin pending_spin;
    tl__queued *pending_free; ///< free list; each link is in a tl__pending
    tl__pending *pending;
    uint32_t pending_count;
    tl__job_slot *slots;
    size_t slot_count;
    tl__timeouts timeouts;
    tl__word starved; ///< nonzero: a worker found a job, but no job fiber for it
    // Used by deadlock.c, guarded by idle.spin.
    tl__reported reported_circles, reported_idle;
    uint64_t reported_waits; ///< number of waits so far when deadlock.c last considered a report
    tl__keeper *keepers[TL__KEEPER_BUCKETS];
    bool closing; ///< the system is being destroyed; guarded by idle.spin
    tl__word quiescent, stopping;
    tl__root root;
    tl__word in_flight_submitters; ///< number of threads between tl__submit_begin and tl__submit_end
};

static inline tl__job_fiber *tl__job_fiber_in(tl__queued *queued)
{
    return queued != NULL ? (tl__job_fiber *)((char *)queued - offsetof(tl__job_fiber, queued)) : NULL;
}

static inline tl__job *tl__job_in(tl__queued *queued)
{
    return queued != NULL ? (tl__job *)((char *)queued - offsetof(tl__job, queued)) : NULL;
}

/// Returns the worker that the calling thread is; null if it is none.
static inline tl__worker_record *tl__worker_here(void)
{
    return tl__thread_here().worker;
}

/// Returns the job fiber that runs on the calling thread; null if another fiber runs there, even if a job resumed that,
/// or none.
static inline tl__job_fiber *tl__job_fiber_of(tl__here here)
{
    tl__worker_record *worker = here.worker;
    return worker != NULL && worker->job_fiber != NULL && worker->job_fiber->fiber == here.current ? worker->job_fiber
                                                                                                   : NULL;
}

/// Returns the active job of `job_fiber` that `counter` counts; null if there is none.
static inline const tl__job *tl__counted_job(const tl__job_fiber *job_fiber, const void *counter)
{
    for (const tl__active_job *active_job = job_fiber->active_job; active_job != NULL; active_job = active_job->outer)
        if (active_job->job->counter == counter)
            return active_job->job;
    return NULL;
}

static inline unsigned tl__rank_of(tl_priority priority)
{
    return priority == TL_PRIORITY_NORMAL ? 1 : priority == TL_PRIORITY_HIGH ? 0 : 2;
}

static inline tl__worker_record *tl__pinned_to(tl_job_system *jobs, const tl__job *job)
{
    return job->worker1 != 0 ? &jobs->workers[job->worker1 - 1] : NULL;
}

// A thread outside the system that pushes a job or job fiber still uses the system afterwards, to wake a worker.
// Meanwhile the pushed work may run, after which tl_job_system_destroy might finish. So shutdown waits until no thread
// is between tl__submit_begin and tl__submit_end.

static inline void tl__submit_begin(tl_job_system *jobs)
{
    tl__add(&jobs->in_flight_submitters, 1, memory_order_relaxed); // relaxed: the push, which follows, is a release
}

static inline void tl__submit_end(tl_job_system *jobs)
{
    tl__sub(&jobs->in_flight_submitters, 1, memory_order_release); // pairs with the acquire in shutdown.c
}

static inline bool tl__has_pinned(const tl__worker_record *worker)
{
    return tl__inbox_has_any(&worker->pinned[0]) || tl__inbox_has_any(&worker->pinned[1]);
}

/// Counts a job or job fiber that is about to be pushed where other workers can take it. Only rank 0 is counted.
static inline void tl__count_put(tl_job_system *jobs, unsigned rank)
{
    if (rank == 0)
        tl__add(&jobs->high, 1, memory_order_seq_cst); // before the push; pairs with steal in find.c
}

/// Ends the count of a job or job fiber after it was taken.
static inline void tl__count_taken(tl_job_system *jobs, unsigned rank)
{
    if (rank == 0)
        tl__sub(&jobs->high, 1, memory_order_relaxed); // relaxed: seeing it late costs only a search that finds nothing
}

/// Adds to a figure that only the calling thread writes.
static inline void tl__count_up(tl__word *figure, uint64_t more)
{
    tl__store(figure, tl__load(figure, memory_order_relaxed) + more, memory_order_relaxed);
}

/// Counts a job fiber as runnable again after a wait (see capacity.h), unless tl__promise_wait has guaranteed further
/// waits, for which it stays uncounted.
static inline void tl__take_back_runnable(tl__job_fiber *job_fiber)
{
    if (job_fiber->may_wait == 0)
        tl__add(&job_fiber->jobs->runnable[job_fiber->stack], 1, memory_order_relaxed);
}

#endif
