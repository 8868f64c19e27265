/// The inside of a job system.
///
/// Each worker is a thread that goes on with runners: fibers that run jobs, one after another. Who owns what:
///   - a runner belongs to the worker that runs it; to the list that it is in (the free ones, an inbox); or, while its
///     job waits, to whoever will wake it;
///   - a worker's fields are its own, but for its deques, inboxes and what idle.c guards;
///   - a job belongs to the queue that it is in, then to the runner that runs it.
#ifndef TELAR_JOBS_INTERNAL_H
#define TELAR_JOBS_INTERNAL_H

#include "base/atomics.h"
#include "base/report.h"
#include "fiber/control_block.h"
#include "fiber/waiter.h"
#include "job/counter.h"
#include "job/deque.h"
#include "job/inbox.h"
#include "os/threads.h"
#include "telar/log.h"

#define TL__STACKS 2u // small and large

/// What keeps others waiting, in an index by the thing that they wait for: deadlock.c's.
typedef struct tl__keeper {
    struct tl__keeper *next;
    uintptr_t key; ///< a counter, or who holds a lock
    struct tl__runner *runner;
} tl__keeper;

enum { TL__KEEPER_BITS = 8, TL__KEEPER_BUCKETS = 1 << TL__KEEPER_BITS };

/// A job that has begun. The innermost one of a fiber runs, the others wait for one within.
typedef struct tl__begun {
    struct tl__begun *outer;
    tl__job *job;
    tl__keeper keeper; ///< for the deadlock report: of what waits for its counter
} tl__begun;

/// What a runner asks of the worker that it gives control back to.
typedef enum tl__request {
    TL__GIVE_WAY, ///< goes on when others have; also what a bare tl_yield comes to
    TL__WAIT,     ///< joins what it waits for
    TL__FREE,     ///< has no job any more
} tl__request;

typedef struct tl__runner tl__runner;

/// A fiber that runs jobs.
struct tl__runner {
    tl_fiber *fiber;
    tl_jobs *jobs;
    tl__worker *worker;              ///< that runs it, or ran it last
    tl__queued queued;               ///< in a list
    tl__begun *begun;                ///< the innermost; null: none
    const char *room;                ///< while the stack pointer is above this, half of the stack is left
    uint64_t owed;                   ///< jobs that are done, counted by the counter of `job`, and not yet told to it
    const tl_counter *not_cancelled; ///< when `cancels` was tl__cancels
    uint64_t cancels;
    uint32_t in_a_row; ///< jobs that it ran without looking elsewhere
    uint32_t may_wait; ///< how many of its waits were promised that they can (tl__promise_wait)
    tl_job_stack stack;
    tl__request request;
    bool told_of_all;      ///< that all others wait
    bool forked;           ///< its job called fork, and this is the child (fork.c)
    unsigned gives_way_to; ///< a rank that goes before it, if that is after its own
    tl__job job;           ///< the outermost

    tl__waiter *waiter; ///< while it waits
    tl__wait wait;      ///< for what
    /// While it waits: in whose list of those who do, and where there.
    tl__worker *listed;
    tl__runner *before, *after;
    uint32_t walk;     ///< deadlock.c's
    tl__keeper keeper; ///< of what waits for a lock that its fiber holds
};

typedef enum tl__worker_kind {
    TL__MAIN,
    TL__GENERAL,
    TL__DEDICATED,
    TL__GUEST,
} tl__worker_kind;

struct tl__worker {
    tl_jobs *jobs;
    tl__runner *runner; ///< that it runs now
    tl__runner *spare;  ///< a free one with a small stack, for the next job; may be null
    uint32_t place1;    ///< among the workers, from 1
    tl__worker_kind kind;
    const char *name;
    bool only_pinned; ///< runs nothing else, for good or for now
    unsigned ranks;   ///< number of ranks, from the first on, that it runs now
    uint32_t finds;   ///< how often it looked for something
    uint64_t random;
    uint64_t stole_at;           ///< when it last stole, in nanoseconds
    tl__word stolen, went_aside; ///< written by its thread only
    tl__word taken;              ///< a guest's place: somebody has it
    tl__word recalled;           ///< what its thread waits for may have come

    tl__deque deques[TL__RANKS];
    tl__inbox ready;              ///< runners that may go on, here or elsewhere
    tl__inbox pinned[TL__STACKS]; ///< what must be run here

    /// Runners that wait and were run here last. One that was woken leaves the list before anything else, so that
    /// what it waited for, and its jobs, can be read under the lock.
    _Alignas(LINE_PAIR) tl__spin waiting_spin;
    tl__runner *waiting;

    // idle.c's
    tl__worker *next_asleep;
    bool asleep, settled, present;
    tl__semaphore semaphore;
    tl__thread thread;
};

typedef struct tl__idle {
    /// Workers that search, those on the list that run some ranks only, and those on the list that run any, each
    /// multiplied by its constant below.
    _Alignas(LINE_PAIR) tl__word word;
    _Alignas(LINE_PAIR) tl__spin spin; ///< guards the rest
    tl__worker *asleep;          ///< the latest first
    uint32_t present, settled;
} tl__idle;

/// The runners with stacks of one size: those that are free, and those that can still be made.
typedef struct tl__free_runners {
    _Alignas(LINE_PAIR) tl__spin spin;
    tl__queued *first;
    tl__word count; ///< in the list
    tl__word left;  ///< that may be made to begin jobs on
    tl__runner *runners;
    uint32_t made, limit; ///< of `runners`: in use, and the most that can be
} tl__free_runners;

/// A job that waits to begin, and a place for it.
typedef struct tl__pending {
    tl__job job; ///< first, since lists of jobs have pointers to it
    tl__waiter waiter;
    tl_jobs *jobs;
    tl__word after; ///< the counter that it waits for; 0: none, or not any more
} tl__pending;

/// A thread that waits, of a system or of none, in a list of all: for the deadlock report.
typedef struct tl__blocked {
    struct tl__blocked *previous, *next;
    const tl__wait *wait;
    tl__waiter *waiter;
    const tl__worker *worker; ///< that the thread is; null for none
    uintptr_t holder;         ///< as tl__holder_here
    const tl__word *woken;    ///< not zero: it was woken
    uint32_t walk;            ///< deadlock.c's
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

struct tl_jobs {
    uint64_t forks;        ///< tl__forks in the process that made it
    uint32_t worker_count; ///< all kinds: the main one, general ones, dedicated ones, guests
    uint32_t general_count, dedicated_count, guest_count;
    tl__worker *workers;
    tl_pool *stacks[TL__STACKS]; ///< guarded by the lock of `free`, but for resets
    tl__free_runners free[TL__STACKS];
    tl__inbox shared[TL__STACKS]; ///< what came from threads that are no workers, what gave way, and large jobs
    tl__idle idle;
    _Alignas(LINE_PAIR) tl__word high;             ///< how much of the first rank may be stolen, or was a moment ago
    _Alignas(LINE_PAIR) tl__word able[TL__STACKS]; ///< runners that were made and do not wait
    _Alignas(LINE_PAIR) tl__spin pending_spin;
    tl__queued *pending_free; ///< each in a tl__pending
    tl__pending *pending;
    uint32_t pending_count;
    tl__job_slot *slots;
    tl__word starved; ///< a worker found a job, but no runner for it
    // deadlock.c's, which idle.spin guards.
    tl__reported reported_circles, reported_idle;
    uint64_t reported_waits; ///< how many there were when something was reported
    tl__keeper *keepers[TL__KEEPER_BUCKETS];
    bool closing; ///< idle.spin guards it
    tl__word quiet, stopping;
    tl__word visitors; ///< in-flight submitters: threads outside that are just putting something somewhere
};

static inline tl__runner *tl__runner_in(tl__queued *queued)
{
    return queued != NULL ? (tl__runner *)((char *)queued - offsetof(tl__runner, queued)) : NULL;
}

static inline tl__job *tl__job_in(tl__queued *queued)
{
    return queued != NULL ? (tl__job *)((char *)queued - offsetof(tl__job, queued)) : NULL;
}

/// The worker that the calling thread is; null for none.
static inline tl__worker *tl__worker_here(void)
{
    return tl__thread_here().worker;
}

/// The runner whose fiber is the calling one; null elsewhere, also inside a fiber that a job resumed.
static inline tl__runner *tl__runner_of(tl__here here)
{
    tl__worker *worker = here.worker;
    return worker != NULL && worker->runner != NULL && worker->runner->fiber == here.current ? worker->runner : NULL;
}

static inline unsigned tl__rank_of(tl_priority priority)
{
    return priority == TL_PRIORITY_NORMAL ? 1 : priority == TL_PRIORITY_HIGH ? 0 : 2;
}

static inline tl__worker *tl__pinned_to(tl_jobs *jobs, const tl__job *job)
{
    return job->worker1 != 0 ? &jobs->workers[job->worker1 - 1] : NULL;
}

// Whoever puts something somewhere may be a thread that does not belong to the system, and what it puts may let that
// end before it is done here. So the end waits for those that come in between these.

static inline void tl__visit(tl_jobs *jobs)
{
    tl__add(&jobs->visitors, 1, memory_order_relaxed); // before it is put, which releases
}

static inline void tl__end_visit(tl_jobs *jobs)
{
    tl__sub(&jobs->visitors, 1, memory_order_release); // pairs with the acquire in shutdown.c
}

// runners.c

/// Takes a free runner, or makes one. Null: there is none.
tl__runner *tl__runner_take(tl_jobs *jobs, tl_job_stack stack);
/// The same for a job that is there: when it is null, a worker will be woken as soon as there is one.
tl__runner *tl__runner_take_or_starve(tl_jobs *jobs, tl_job_stack stack);
/// Puts a runner that has no job any more where others find it.
void tl__runner_put(tl_jobs *jobs, tl__runner *runner);
/// Makes another free runner. TL_OK; TL_ERROR_POOL_EXHAUSTED at the limit; what tl_fiber_create answers.
tl_result tl__runner_add(tl_jobs *jobs, tl_job_stack stack);
/// Cancels what a runner's fiber does, and lets it run jobs anew.
void tl__runner_reset(tl__runner *runner);

/// Whether a job could begin: a hint.
static inline bool tl__runner_is_left(const tl_jobs *jobs, tl_job_stack stack)
{
    const tl__free_runners *list = &jobs->free[stack];
    return (tl__load(&list->count, memory_order_relaxed) | tl__load(&list->left, memory_order_relaxed)) != 0;
}

// worker.c

/// When a thread works no longer.
typedef struct tl__until {
    bool (*is_so)(void *context);
    void *context;
    unsigned ranks; ///< number of ranks, from the first on, that are run meanwhile; 0: all
} tl__until;

/// Runs what there is to run, and sleeps when there is nothing, until it is so. The calling thread is `worker`.
void tl__work(tl__worker *worker, const tl__until *until);

/// The next runner to go on with, from wherever; null when there is none. What it says is true at one moment, in the
/// one order of all seq_cst operations.
tl__runner *tl__find(tl__worker *worker);
void tl__run(tl__worker *worker, tl__runner *runner);
/// Whether anything is queued that any worker may run.
bool tl__has_general_work(tl_jobs *jobs);
/// The same, or anything that is pinned to one.
bool tl__has_work(tl_jobs *jobs);
/// Takes a queued job that cannot begin, since no fiber is left for it. False: there is none. For the main worker,
/// while no other runs.
bool tl__take_starved(tl_jobs *jobs, tl__job *job);
void tl__give_back_spare(tl__worker *worker);
/// Whether a job with a small stack could begin now.
bool tl__has_free_runner(const tl__worker *worker);
/// What a counter is told when jobs are cancelled.
void tl__abandon(tl_counter *counter, uint64_t count);
/// A runner of the worker has no job any more.
void tl__runner_free(tl__worker *worker, tl__runner *runner);
/// What the fibers of runners run; `runner` points to a tl__runner *.
void tl__run_jobs(void *runner);
void tl__pending_put(tl_jobs *jobs, tl__job *job);

/// Something will be put where others can find it.
static inline void tl__count_put(tl_jobs *jobs, unsigned rank)
{
    if (rank == 0)
        tl__add(&jobs->high, 1, memory_order_seq_cst); // before it is put; pairs with steal in worker.c
}

/// It was taken.
static inline void tl__count_taken(tl_jobs *jobs, unsigned rank)
{
    if (rank == 0)
        tl__sub(&jobs->high, 1, memory_order_relaxed); // being late costs a look in vain
}

/// A runner may go on: lets some worker do it.
void tl__make_ready(tl__runner *runner);
/// Runs jobs that `counter` counts, and nobody has begun, on the calling runner, as far as they are at hand.
void tl__run_own(tl__runner *self, const tl_counter *counter);

// idle.c

/// Looks for something until it is so or something is found; sleeps meanwhile, when that takes long.
tl__runner *tl__search(tl__worker *worker, const tl__until *until);
/// A worker takes part from now on, or no longer. Returns what it was.
bool tl__set_present(tl__worker *worker, bool present);
void tl__wake_one(tl_jobs *jobs);
/// Wakes a worker that runs some ranks only, this one among them.
void tl__wake_limited(tl_jobs *jobs, unsigned rank);
void tl__wake_all(tl_jobs *jobs);
void tl__wake_worker(tl__worker *worker);
/// The same of a thread that works until *woken is not zero; sets it. Neither is touched after the thread saw that.
void tl__wake_thread(tl__worker *worker, tl__word *woken);

#define TL__SEARCHING ((uint64_t)1)
#define TL__LIMITED_ASLEEP ((uint64_t)1 << 16)
#define TL__ASLEEP ((uint64_t)1 << 32)

static inline bool tl__none_searches(uint64_t word)
{
    return word % TL__LIMITED_ASLEEP == 0;
}

/// Something of that rank was put where any worker can find it.
static inline void tl__notify(tl_jobs *jobs, unsigned rank)
{
    // seq_cst: the load comes after the store that put it there, in the one order; pairs with sleep_until_woken in
    // idle.c.
    uint64_t word = tl__load(&jobs->idle.word, memory_order_seq_cst);
    if (word >= TL__LIMITED_ASLEEP && tl__none_searches(word)) {
        if (word >= TL__ASLEEP)
            tl__wake_one(jobs);
        else
            tl__wake_limited(jobs, rank);
    }
}

// fork.c

/// How many calls of fork lie between the first process that made a job system and this one. Written only in a new
/// child, which has one thread.
extern uint64_t tl__forks;
/// Job systems that this process made and has not destroyed.
extern atomic_uint tl__systems;

/// Whether a system belongs to a parent of this process: then its threads are not here, and its locks may be held for
/// good.
static inline bool tl__is_forked(const tl_jobs *jobs)
{
    return jobs->forks != tl__forks;
}

/// Has children of this process forget the threads that they do not have. False: the system refuses.
bool tl__fork_watch(void);
/// Ends the process: a job that called fork returns in the child.
_Noreturn void tl__fork_job_returned(const tl__job *job);

// deadlock.c

/// For a new child: no other thread waits.
void tl__blocked_forget(void);
/// Puts a report together when all workers sleep, and jobs wait that none of them can wake, unless it was reported
/// before. What it is; the report is empty when there is none.
tl_log_id tl__find_deadlock(tl_jobs *jobs, tl__report *report);
/// A thread begins to wait; it waits no more.
void tl__blocked_enter(tl__blocked *thread);
void tl__blocked_leave(tl__blocked *thread);
/// At the end of a system: takes one of its threads that wait off what it waits for, and answers TL_CANCELLED. It is to
/// be woken. Null: none waits. All workers sleep, and idle.spin is held.
tl__waiter *tl__blocked_cancel(tl_jobs *jobs);
/// Adds a line for each job that waits.
void tl__report_waiting(tl_jobs *jobs, tl__report *report);

// info.c

/// A tl__describer.
bool tl__job_describe(char *text, size_t size);

// jobs.c

/// TL_OK when the calling thread, outside any fiber, is a worker of this system.
tl_result tl__check_worker(const tl_jobs *jobs);
/// Ends the first `count` of the threads, which have nothing to do.
void tl__stop_threads(tl_jobs *jobs, uint32_t count);
/// Frees all that a system has; no thread is in it any more.
void tl__jobs_free(tl_jobs *jobs);

// wait.c

/// Lets a job wait later whatever happens, by setting aside its right to; false when all others wait already.
/// @param name  of the job that it would wait for, to be told
bool tl__promise_wait(tl__runner *runner, const char *name);
void tl__end_promise(tl__runner *runner);
/// Lets others go first, those of a lower rank, too, down to `rank`.
void tl__give_way_to(tl__runner *self, unsigned rank);
/// A runner that wanted to wait goes on.
void tl__take_back_able(tl__runner *runner);

#endif
