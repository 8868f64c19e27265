// SPDX-License-Identifier: MIT
/// The inside of a job system.
///
/// Each worker is a thread that resumes job fibers: fibers that run jobs, one after another. Who owns what:
///   - a job fiber belongs to the worker that runs it; to the list that it is in (the free ones, an inbox); or, while
///     its job waits, to the thread that will wake it;
///   - a worker's fields are its own, but for its deques, inboxes and what idle.c guards;
///   - a job belongs to the queue that it is in, then to the job fiber that runs it.
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

#define TL__STACKS 2u // small and large

/// What keeps others waiting, in an index by the thing that they wait for: deadlock.c's.
typedef struct tl__keeper {
    struct tl__keeper *next;
    uintptr_t key; ///< a counter, or who holds a lock
    struct tl__job_fiber *job_fiber;
} tl__keeper;

enum { TL__KEEPER_BITS = 8, TL__KEEPER_BUCKETS = 1 << TL__KEEPER_BITS };

/// A job that has begun. The innermost one of a fiber runs, the others wait for one within.
typedef struct tl__active_job {
    struct tl__active_job *outer;
    tl__job *job;
    tl__keeper keeper; ///< for the deadlock report: of what waits for its counter
} tl__active_job;

/// What a job fiber asks of the worker that it gives control back to.
typedef enum tl__request {
    TL__GIVE_WAY, ///< continues when others have run; also what a bare tl_yield comes to
    TL__WAIT,     ///< joins what it waits for
    TL__FREE,     ///< has no job any more
} tl__request;

typedef struct tl__job_fiber tl__job_fiber;

/// A fiber that runs jobs.
struct tl__job_fiber {
    tl_fiber *fiber;
    tl_job_system *jobs;
    tl__worker_record *worker;  ///< that runs it, or ran it last
    tl__queued queued;          ///< in a list
    tl__active_job *active_job; ///< the innermost; null: none
    const char *room;           ///< while the stack pointer is above this, half of the stack is left
    uint64_t unreported;        ///< jobs that are done, counted by the counter of `job`, and not yet reported to it
    const tl_counter *not_cancelled; ///< when `cancels` was tl__cancels
    uint64_t cancels;
    uint32_t in_a_row; ///< jobs that it ran without looking elsewhere
    uint32_t may_wait; ///< how many of its waits were promised that they can (tl__promise_wait)
    tl_job_stack stack;
    tl__request request;
    bool reported_all;     ///< that all others wait
    unsigned gives_way_to; ///< a rank that goes before it, if that is after its own
    tl__job job;           ///< the outermost

    tl__waiter *waiter; ///< while it waits
    tl__wait_desc wait; ///< for what
    /// While it waits: in whose list of those who do, and where there.
    tl__worker_record *listed;
    tl__job_fiber *before, *after;
    uint32_t walk;     ///< deadlock.c's
    tl__keeper keeper; ///< of what waits for a lock that its fiber holds
};

typedef enum tl__worker_kind {
    TL__MAIN,
    TL__GENERAL,
    TL__DEDICATED,
    TL__EXTERNAL,
} tl__worker_kind;

/// How a worker's thread is kept off the CPU of the one that wakes it (placement.c). Passed on by the semaphore.
typedef struct tl__placement {
    int thread;        ///< its number in the system; 0 until it runs, and where its affinity is not ours to change
    int waker_cpu;     ///< of the thread that woke it last; negative: not known
    uint64_t woken_at; ///< in nanoseconds
    uint32_t avoid;    ///< how many more times it is kept off
    bool is_excluded;  ///< it is forbidden that CPU now
    tl__affinity before;
} tl__placement;

struct tl__worker_record {
    tl_job_system *jobs;
    tl__job_fiber *job_fiber; ///< that it runs now
    tl__job_fiber *spare;     ///< a free one with a small stack, for the next job; may be null
    uint32_t worker_index1;   ///< among the workers, from 1
    tl__worker_kind kind;
    const char *name;
    bool only_pinned; ///< it runs nothing else, for good or for a while
    unsigned ranks;   ///< number of ranks, from the first on, that it runs now
    uint32_t finds;   ///< how often it looked for something
    uint64_t random;
    uint64_t stole_at;            ///< when it last stole, in nanoseconds
    tl__word stolen, suspensions; ///< written by its thread only
    tl__word taken;               ///< an external thread's slot: in use
    tl__word wake_requested;      ///< what its thread waits for may have come

    tl__deque deques[TL__RANKS];
    tl__inbox ready;              ///< job fibers that may go on, here or elsewhere
    tl__inbox pinned[TL__STACKS]; ///< what must be run here

    /// Job fibers that wait and were run here last. One that was woken leaves the list before anything else, so that
    /// what it waited for, and its jobs, can be read under the lock.
    _Alignas(LINE_PAIR) tl__spin waiting_spin;
    tl__job_fiber *waiting;

    // idle.c's
    tl__worker_record *next_asleep;
    bool asleep, parked, attached;
    tl__semaphore semaphore;
    tl__placement placement;
    tl__thread thread;
};

typedef struct tl__idle {
    /// Workers that search, those on the list that run some ranks only, and those on the list that run any, each
    /// multiplied by its constant in idle.h.
    _Alignas(LINE_PAIR) tl__word word;
    _Alignas(LINE_PAIR) tl__spin spin; ///< guards the rest
    tl__worker_record *asleep;         ///< the latest first
    uint32_t attached, parked;
} tl__idle;

/// The job fibers with stacks of one size: those that are free, and those that can still be made.
typedef struct tl__free_job_fibers {
    _Alignas(LINE_PAIR) tl__spin spin;
    tl__queued *first;
    tl__word count; ///< in the list
    tl__word left;  ///< that may be made to begin jobs on
    tl__job_fiber *job_fibers;
    uint32_t made, limit; ///< of `job_fibers`: in use, and the most that can be
} tl__free_job_fibers;

/// A job that waits to begin, and a place for it.
typedef struct tl__pending {
    tl__job job; ///< first, since lists of jobs have pointers to it
    tl__waiter waiter;
    tl_job_system *jobs;
    tl__word after; ///< the counter that it waits for; 0: none, or not any more
} tl__pending;

/// The timeouts of a system's waits: timeout.c's.
typedef struct tl__timeouts {
    tl__spin spin;                    ///< guards the list
    struct tl__timeout *first, *last; ///< the earliest first
    tl__spin starting;                ///< guards the thread's start
    bool has_thread;
    tl__thread thread;
    tl__semaphore semaphore; ///< posted when the earliest is another one
    tl__word stops;          ///< the thread is to end
} tl__timeouts;

/// A thread that waits, of a system or of none, in a list of all: for the deadlock report.
typedef struct tl__blocked {
    struct tl__blocked *previous, *next;
    const tl__wait_desc *wait;
    tl__waiter *waiter;
    const tl__worker_record *worker; ///< that the thread is; null for none
    uintptr_t holder;                ///< as tl__holder_here
    const tl__word *woken;           ///< not zero: it was woken
    uint32_t walk;                   ///< deadlock.c's
} tl__blocked;

enum {
    TL__REPORTED_BITS = 9,
    TL__MOST_REPORTED = 1 << (TL__REPORTED_BITS - 1), ///< half of the table, so that a search is short, and ends
};

/// Things that jobs waited for and that were reported: a table that is searched from a subject's hash on.
typedef struct tl__reported {
    const void *subjects[1 << TL__REPORTED_BITS];
    uint32_t count;
} tl__reported;

struct tl_job_system {
    uint64_t forks;        ///< tl__forks in the process that made it
    uint32_t worker_count; ///< all kinds: the main one, general ones, dedicated ones, external threads
    uint32_t general_count, dedicated_count, external_count;
    tl__worker_record *workers;
    tl_pool *stacks[TL__STACKS]; ///< guarded by the lock of `free`, but for resets
    tl__free_job_fibers free[TL__STACKS];
    tl__inbox shared[TL__STACKS]; ///< what came from threads that are no workers, what gave way, and large jobs
    tl__idle idle;
    _Alignas(LINE_PAIR) tl__word high; ///< how much of the first rank may be stolen, or was a moment ago
    _Alignas(LINE_PAIR) tl__word runnable[TL__STACKS]; ///< job fibers that were made and do not wait
    _Alignas(LINE_PAIR) tl__spin pending_spin;
    tl__queued *pending_free; ///< each in a tl__pending
    tl__pending *pending;
    uint32_t pending_count;
    tl__job_slot *slots;
    size_t slot_count;
    tl__timeouts timeouts;
    tl__word starved; ///< a worker found a job, but no job fiber for it
    // deadlock.c's, which idle.spin guards.
    tl__reported reported_circles, reported_idle;
    uint64_t reported_waits; ///< how many there were when something was reported
    tl__keeper *keepers[TL__KEEPER_BUCKETS];
    bool closing; ///< idle.spin guards it
    tl__word quiescent, stopping;
    tl__word in_flight_submitters; ///< threads outside that are just putting something into a queue
};

static inline tl__job_fiber *tl__job_fiber_in(tl__queued *queued)
{
    return queued != NULL ? (tl__job_fiber *)((char *)queued - offsetof(tl__job_fiber, queued)) : NULL;
}

static inline tl__job *tl__job_in(tl__queued *queued)
{
    return queued != NULL ? (tl__job *)((char *)queued - offsetof(tl__job, queued)) : NULL;
}

/// The worker that the calling thread is; null for none.
static inline tl__worker_record *tl__worker_here(void)
{
    return tl__thread_here().worker;
}

/// The calling fiber, if it is a job fiber; else null, also inside a fiber that a job resumed.
static inline tl__job_fiber *tl__job_fiber_of(tl__here here)
{
    tl__worker_record *worker = here.worker;
    return worker != NULL && worker->job_fiber != NULL && worker->job_fiber->fiber == here.current ? worker->job_fiber
                                                                                                   : NULL;
}

/// The job of the job fiber that a counter counts; null for none.
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

// The thread that publishes something may be one that does not belong to the system, and what it puts may let that
// end before it is done here. So the end waits for those that come in between these.

static inline void tl__submit_begin(tl_job_system *jobs)
{
    tl__add(&jobs->in_flight_submitters, 1, memory_order_relaxed); // before it is put, which releases
}

static inline void tl__submit_end(tl_job_system *jobs)
{
    tl__sub(&jobs->in_flight_submitters, 1, memory_order_release); // pairs with the acquire in shutdown.c
}

static inline bool tl__has_pinned(const tl__worker_record *worker)
{
    return tl__inbox_has_any(&worker->pinned[0]) || tl__inbox_has_any(&worker->pinned[1]);
}

/// Something will be put where others can find it.
static inline void tl__count_put(tl_job_system *jobs, unsigned rank)
{
    if (rank == 0)
        tl__add(&jobs->high, 1, memory_order_seq_cst); // before it is put; pairs with steal in find.c
}

/// It was taken.
static inline void tl__count_taken(tl_job_system *jobs, unsigned rank)
{
    if (rank == 0)
        tl__sub(&jobs->high, 1, memory_order_relaxed); // being late costs a look in vain
}

/// A figure that only this thread changes.
static inline void tl__count_up(tl__word *figure, uint64_t more)
{
    tl__store(figure, tl__load(figure, memory_order_relaxed) + more, memory_order_relaxed);
}

/// A job fiber that wanted to wait continues. (capacity.h)
static inline void tl__take_back_runnable(tl__job_fiber *job_fiber)
{
    if (job_fiber->may_wait == 0)
        tl__add(&job_fiber->jobs->runnable[job_fiber->stack], 1, memory_order_relaxed);
}

#endif
