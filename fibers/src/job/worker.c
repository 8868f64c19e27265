// What workers do: find something to run, and run it.
#include "base/compiler.h"
#include "job/system.h"

#include <stddef.h>

#include "base/misuse.h"
#include "fiber/engine.h"

/// A runner that has no job any more.
void tl__runner_free(tl__worker *worker, tl__runner *runner)
{
    if (runner->stack == TL_STACK_SMALL && worker->spare == NULL)
        worker->spare = runner;
    else
        tl__runner_put(worker->jobs, runner);
}

bool tl__has_free_runner(const tl__worker *worker)
{
    return worker->spare != NULL || tl__runner_is_left(worker->jobs, TL_STACK_SMALL);
}

void tl__give_back_spare(tl__worker *worker)
{
    if (worker->spare != NULL)
        tl__runner_put(worker->jobs, worker->spare);
    worker->spare = NULL;
}

/// Whether there is a runner for another job with a small stack; then it is worker->spare.
static bool has_spare(tl__worker *worker)
{
    if (worker->spare == NULL)
        worker->spare = tl__runner_take_or_starve(worker->jobs, TL_STACK_SMALL);
    return worker->spare != NULL;
}

static tl__runner *use_spare(tl__worker *worker)
{
    tl__runner *spare = worker->spare;
    worker->spare = NULL;
    return spare;
}

static tl__runner *take_runner(tl__inbox *inbox, unsigned rank)
{
    return tl__runner_in(tl__inbox_take(inbox, TL__QUEUED_RUNNER, rank));
}

/// Takes a job that lies in memory of its own, if there is a runner for it.
static tl__runner *take_pending(tl__worker *worker, tl__inbox *inbox, tl_job_stack stack, unsigned rank)
{
    if (!tl__inbox_has(inbox, rank))
        return NULL;
    tl_jobs *jobs = worker->jobs;
    tl__runner *runner = NULL;
    if (stack == TL_STACK_LARGE)
        runner = tl__runner_take_or_starve(jobs, stack);
    else if (has_spare(worker))
        runner = use_spare(worker);
    if (runner == NULL)
        return NULL;
    tl__job *job = tl__job_in(tl__inbox_take(inbox, TL__QUEUED_JOB, rank));
    if (job == NULL) { // only fibers were in it, or somebody was faster
        tl__runner_free(worker, runner);
        return NULL;
    }
    runner->job = *job;
    tl__pending_put(jobs, job);
    return runner;
}

// Now and then it goes the other way round, so that each gets its turn, whatever comes of the others all the time.
enum { OTHER_WAY_ROUND = 16 };

static bool is_other_way_round(const tl__worker *worker)
{
    return worker->finds % OTHER_WAY_ROUND == 0;
}

static tl__runner *take_from_inbox(tl__worker *worker, tl__inbox *inbox, tl_job_stack stack, unsigned rank)
{
    tl__runner *found = is_other_way_round(worker) ? take_pending(worker, inbox, stack, rank) : NULL;
    if (found == NULL)
        found = take_runner(inbox, rank);
    return found != NULL ? found : take_pending(worker, inbox, stack, rank);
}

static tl__runner *take_pinned(tl__worker *worker, unsigned rank)
{
    tl_job_stack first = is_other_way_round(worker) ? TL_STACK_LARGE : TL_STACK_SMALL, second = !first;
    tl__runner *found = take_from_inbox(worker, &worker->pinned[first], first, rank);
    return found != NULL ? found : take_from_inbox(worker, &worker->pinned[second], second, rank);
}

/// A figure that only this thread changes.
static void count_up(tl__word *figure, uint64_t more)
{
    tl__store(figure, tl__load(figure, memory_order_relaxed) + more, memory_order_relaxed);
}

static tl__runner *take_ready(tl__worker *from, unsigned rank)
{
    tl__runner *ready = take_runner(&from->ready, rank);
    if (ready != NULL)
        tl__count_taken(from->jobs, rank);
    return ready;
}

static tl__runner *take_own_job(tl__worker *worker, unsigned rank)
{
    if (tl__deque_peek(&worker->deques[rank]) == NULL || !has_spare(worker) ||
        !tl__deque_take(&worker->deques[rank], &worker->spare->job))
        return NULL;
    tl__count_taken(worker->jobs, rank);
    return use_spare(worker);
}

static tl__runner *take_shared(tl__worker *worker, unsigned rank)
{
    tl_job_stack first = is_other_way_round(worker) ? TL_STACK_LARGE : TL_STACK_SMALL, second = !first;
    tl__runner *found = take_from_inbox(worker, &worker->jobs->shared[first], first, rank);
    if (found == NULL)
        found = take_from_inbox(worker, &worker->jobs->shared[second], second, rank);
    if (found != NULL)
        tl__count_taken(worker->jobs, rank);
    return found;
}

static tl__runner *take_own(tl__worker *worker, unsigned rank)
{
    typedef tl__runner *source(tl__worker * worker, unsigned rank);
    static source *const sources[] = {take_pinned, take_ready, take_own_job, take_shared};
    enum { COUNT = sizeof sources / sizeof *sources };
    tl__runner *found = NULL;
    for (unsigned i = 0; i < COUNT && found == NULL; ++i)
        found = sources[is_other_way_round(worker) ? COUNT - 1 - i : i](worker, rank);
    return found;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13; // xorshift64: Marsaglia, "Xorshift RNGs", 2003
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static tl__runner *steal_from(tl__worker *worker, tl__worker *victim, unsigned rank)
{
    tl__runner *ready = take_ready(victim, rank);
    if (ready != NULL || tl__deque_count(&victim->deques[rank]) == 0 || !has_spare(worker))
        return ready;
    // Another may be faster; what is left then, if anything, is still there.
    uint32_t stolen = 0;
    while (stolen == 0) {
        stolen = tl__deque_steal(&victim->deques[rank], &worker->deques[rank], &worker->spare->job);
        if (stolen == 0 && tl__deque_count(&victim->deques[rank]) == 0)
            return NULL;
    }
    count_up(&worker->stolen, stolen);
    worker->stole_at = tl__nanoseconds();
    tl__count_taken(worker->jobs, rank);
    if (stolen > 1)
        tl__notify(worker->jobs, rank);
    return use_spare(worker);
}

/// Two workers that go after the same queue for each short job spend their time on getting its memory from each other.
/// So a thief that is back at once lets the owner gather more; the more there is, the more it takes.
static void let_gather(const tl__worker *worker)
{
    enum { NANOSECONDS = 1000 };
    uint32_t turns = 0;
    while (tl__nanoseconds() - worker->stole_at < NANOSECONDS)
        tl__pause(&turns);
}

static tl__runner *steal(tl__worker *worker, unsigned rank)
{
    tl_jobs *jobs = worker->jobs;
    // seq_cst: the last look before a worker sleeps; pairs with the addition before something is put.
    if (rank == 0 && tl__load(&jobs->high, memory_order_seq_cst) == 0)
        return NULL;
    let_gather(worker);
    uint32_t count = jobs->worker_count;
    uint32_t at = (uint32_t)(((next_random(&worker->random) >> 32) * count) >> 32);
    for (uint32_t i = 0; i < count; ++i) {
        tl__worker *victim = &jobs->workers[at];
        at = at + 1 < count ? at + 1 : 0;
        if (victim == worker)
            continue;
        tl__runner *found = steal_from(worker, victim, rank);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static tl__runner *find_pinned(tl__worker *worker)
{
    for (unsigned rank = 0; rank < TL__RANKS; ++rank) {
        tl__runner *found = take_pinned(worker, rank);
        if (found != NULL)
            return found;
    }
    return NULL;
}

tl__runner *tl__find(tl__worker *worker)
{
    ++worker->finds;
    if (worker->only_pinned)
        return find_pinned(worker);
    for (unsigned rank = 0; rank < worker->ranks; ++rank) {
        tl__runner *found = take_own(worker, rank);
        if (found == NULL)
            found = steal(worker, rank);
        if (found != NULL)
            return found;
    }
    return worker->ranks < TL__RANKS ? find_pinned(worker) : NULL; // which no other can run
}

static bool has_pinned(const tl__worker *worker)
{
    return tl__inbox_has_any(&worker->pinned[0]) || tl__inbox_has_any(&worker->pinned[1]);
}

bool tl__has_general_work(tl_jobs *jobs)
{
    for (tl_job_stack stack = 0; stack < TL__STACKS; ++stack)
        if (tl__inbox_has_any(&jobs->shared[stack]))
            return true;
    for (uint32_t i = 0; i < jobs->worker_count; ++i) {
        const tl__worker *worker = &jobs->workers[i];
        if (tl__inbox_has_any(&worker->ready))
            return true;
        for (unsigned rank = 0; rank < TL__RANKS; ++rank)
            if (tl__deque_count(&worker->deques[rank]) != 0)
                return true;
    }
    return false;
}

bool tl__has_work(tl_jobs *jobs)
{
    for (uint32_t i = 0; i < jobs->worker_count; ++i)
        if (has_pinned(&jobs->workers[i]))
            return true;
    return tl__has_general_work(jobs);
}

static bool take_queued_from(tl__inbox *inbox, tl__job *job)
{
    for (unsigned rank = 0; rank < TL__RANKS; ++rank) {
        tl__job *taken = tl__job_in(tl__inbox_take(inbox, TL__QUEUED_JOB, rank));
        if (taken == NULL)
            continue;
        tl__pending *pending = (tl__pending *)taken;
        *job = *taken;
        tl__pending_put(pending->jobs, taken);
        return true;
    }
    return false;
}

/// Any job of the deques, which have only jobs with small stacks.
static bool take_from_deques(tl_jobs *jobs, tl__job *job)
{
    tl__worker *here = &jobs->workers[0];
    for (unsigned rank = 0; rank < TL__RANKS; ++rank) {
        if (tl__deque_take(&here->deques[rank], job))
            return true;
        for (uint32_t i = 1; i < jobs->worker_count; ++i)
            if (tl__deque_steal(&jobs->workers[i].deques[rank], &here->deques[rank], job) != 0)
                return true;
    }
    return false;
}

bool tl__take_starved(tl_jobs *jobs, tl__job *job)
{
    for (tl_job_stack stack = 0; stack < TL__STACKS; ++stack) {
        if (tl__runner_is_left(jobs, stack))
            continue;
        bool taken =
            (stack == TL_STACK_SMALL && take_from_deques(jobs, job)) || take_queued_from(&jobs->shared[stack], job);
        if (taken)
            tl__count_taken(jobs, job->rank);
        for (uint32_t i = 0; i < jobs->worker_count && !taken; ++i)
            taken = take_queued_from(&jobs->workers[i].pinned[stack], job);
        if (taken)
            return true;
    }
    return false;
}

/// Lets a runner go on where it is pinned to, or else by whoever looks into `inbox`.
static void put_ready(tl__runner *runner, tl__inbox *inbox)
{
    tl_jobs *jobs = runner->jobs;
    unsigned rank = runner->job.rank > runner->gives_way_to ? runner->job.rank : runner->gives_way_to;
    tl__worker *pinned_to = tl__pinned_to(jobs, &runner->job);
    if (pinned_to != NULL) {
        tl__inbox_put(&pinned_to->pinned[runner->stack], TL__QUEUED_RUNNER, rank, &runner->queued);
        tl__wake_worker(pinned_to);
    } else {
        tl__count_put(jobs, rank);
        tl__inbox_put(inbox, TL__QUEUED_RUNNER, rank, &runner->queued);
        tl__notify(jobs, rank);
    }
}

void tl__make_ready(tl__runner *runner)
{
    tl_jobs *jobs = runner->jobs;
    tl__worker *worker = tl__worker_here();
    if (worker != NULL && worker->jobs == jobs) {
        put_ready(runner, &worker->ready);
        return;
    }
    tl__visit(jobs);
    put_ready(runner, &jobs->shared[runner->stack]);
    tl__end_visit(jobs);
}

/// What a runner asked for when it gave control back. False: it shall go on at once.
static bool settle(tl__worker *worker, tl__runner *runner)
{
    if (UNLIKELY(tl__state(runner->fiber) & TL__LENT)) {
        if (runner->forked)
            tl__fork_job_returned(runner->begun->job);
        tl__fiber_end_loan(runner->fiber);
    }
    switch (runner->request) {
    case TL__FREE: tl__runner_free(worker, runner); return true;
    case TL__GIVE_WAY: put_ready(runner, &runner->jobs->shared[runner->stack]); return true;
    case TL__WAIT: break;
    }
    // Once it has joined, somebody else may be running it already.
    if (runner->wait.join(runner->wait.object, runner->waiter)) {
        count_up(&worker->went_aside, 1);
        return true;
    }
    tl__take_back_able(runner);
    return false;
}

void tl__run(tl__worker *worker, tl__runner *runner)
{
    tl__runner *outer = worker->runner; // not null when a job resumed a fiber of its own, and that waits
    do {
        worker->runner = runner;
        runner->request = TL__GIVE_WAY;
        runner->worker = worker;
        tl__fiber_resume_owned(runner->fiber);
        worker->runner = outer;
    } while (!settle(worker, runner));
}

/// What a worker was before it began to work.
typedef struct at_rest {
    bool present, only_pinned;
    unsigned ranks;
    void *guest;
} at_rest;

/// @param ranks  number of ranks, from the first on, that are run
static at_rest begin_work(tl__worker *worker, unsigned ranks)
{
    at_rest before = {tl__set_present(worker, true), worker->only_pinned, worker->ranks, tl__thread_set_guest(NULL)};
    // What is waited for may need anything, so there is always a general worker that runs all: not only the main one
    // and guests, and these only where their own threads wait.
    bool others = worker->jobs->general_count > 1 && worker->kind != TL__GENERAL && worker->kind != TL__DEDICATED;
    worker->ranks = others ? ranks : TL__RANKS;
    worker->only_pinned = worker->kind == TL__DEDICATED; // what is waited for may be anything
    return before;
}

static void end_work(tl__worker *worker, at_rest before)
{
    tl__give_back_spare(worker);
    worker->only_pinned = before.only_pinned;
    worker->ranks = before.ranks;
    tl__set_present(worker, before.present);
    tl__thread_set_guest(before.guest);
}

void tl__work_while_there_is_any(bool (*is_so)(void *context), void *context)
{
    tl__worker *worker = tl__worker_here();
    at_rest before = begin_work(worker, TL__RANKS);
    for (tl__runner *found; !is_so(context) && (found = tl__find(worker)) != NULL;)
        tl__run(worker, found);
    end_work(worker, before);
}

void tl__work(tl__worker *worker, const tl__until *until)
{
    at_rest before = begin_work(worker, until->ranks != 0 ? until->ranks : TL__RANKS);
    while (!until->is_so(until->context)) {
        // seq_cst, and what is asked next, too: whoever recalls the worker sets that first (tl__wake_thread), so either
        // we see that, or our store comes before theirs.
        tl__store(&worker->recalled, 0, memory_order_seq_cst);
        if (until->is_so(until->context))
            break;
        tl__runner *found = tl__find(worker);
        if (found == NULL)
            found = tl__search(worker, until);
        if (found != NULL)
            tl__run(worker, found);
    }
    end_work(worker, before);
}

static inline bool is_cancelled(const tl_counter *counter)
{
    return counter != NULL && (tl__load(&counter->tl__word, memory_order_relaxed) & TL__COUNTER_CANCELLED) != 0;
}

bool tl_job_is_cancelled(void)
{
    const tl__runner *self = tl__runner_of(tl__thread_here());
    for (const tl__begun *begun = self != NULL ? self->begun : NULL; begun != NULL; begun = begun->outer)
        if (is_cancelled(begun->job->counter))
            return true;
    return false;
}

/// The same for many jobs of one counter in turn, without looking at it for each: that would keep its memory from
/// whoever is counting more.
static inline bool was_cancelled(tl__runner *self, const tl_counter *counter)
{
    // acquire: pairs with the release in tl_counter_cancel; the counter says so by then.
    uint64_t cancels = tl__load(&tl__cancels, memory_order_acquire);
    if (counter == self->not_cancelled && cancels == self->cancels)
        return false;
    if (is_cancelled(counter))
        return true;
    self->not_cancelled = counter;
    self->cancels = cancels;
    return false;
}

static inline void run_job(tl__runner *self, tl__job *job)
{
    if (was_cancelled(self, job->counter))
        return;
    tl__begun begun = {.outer = self->begun, .job = job};
    self->begun = &begun;
    self->fiber->entry = job->entry; // for reports: tl__run_jobs, which began the fiber, needs its own no more
    job->entry->run(job->by_pointer ? (void *)(uintptr_t)job->args[0] : job->args);
#ifndef NDEBUG
    tl__check_spin_locks_at_end(self->fiber, "the end of a job");
#endif
    if (UNLIKELY(self->forked))
        tl__fork_job_returned(job);
    self->begun = begun.outer;
}

/// So many jobs, and it looks everywhere again.
enum { MOST_IN_A_ROW = 64 };

/// Takes the next job, when it is clear which: only the worker's own deque of the middle rank has any.
static bool next_job(tl__runner *self)
{
    tl__worker *worker = self->worker;
    const tl_jobs *jobs = worker->jobs;
    if (self->stack != TL_STACK_SMALL || worker->only_pinned || worker->ranks < TL__RANKS ||
        (tl__load(&worker->recalled, memory_order_relaxed) | tl__load(&jobs->high, memory_order_relaxed)) != 0 ||
        tl__inbox_has_any(&worker->ready) || has_pinned(worker) || ++self->in_a_row % MOST_IN_A_ROW == 0)
        return false;
    return tl__deque_take(&worker->deques[1], &self->job);
}

void tl__abandon(tl_counter *counter, uint64_t count)
{
    if (counter == NULL)
        return;
    tl_counter_cancel(counter);
    tl__counter_done(counter, count);
}

/// The fiber is cancelled: the end of its outermost job.
static void abandon_job(void *runner)
{
    tl__runner *self = runner;
    if (self->begun == NULL)
        return; // it has none
    uint64_t count = self->owed + 1;
    self->begun = NULL;
    self->owed = 0;
    self->may_wait = 0;
    tl__take_back_able(self); // it was waiting
    tl__abandon(self->job.counter, count);
}

// What is done is told at once, but for jobs that the next one is counted together with: the counter cannot reach zero
// before that one is done. So there is one operation for many jobs.

static bool next_is_of(tl__worker *worker, const tl_counter *counter)
{
    const tl__job_slot *next = tl__deque_peek(&worker->deques[1]);
    return next != NULL && tl__slot_counter(next) == counter;
}

static void tell(tl__runner *self, tl_counter *counter)
{
    uint64_t owed = self->owed;
    self->owed = 0;
    if (counter != NULL && owed != 0)
        tl__counter_done(counter, owed);
}

void tl__run_jobs(void *runner)
{
    tl__runner *self = *(tl__runner **)runner;
    tl_defer(abandon_job, self);
    for (;;) {
        self->told_of_all = false;
        run_job(self, &self->job);
        ++self->owed;
        tl_counter *counter = self->job.counter;
        if (!next_is_of(self->worker, counter))
            tell(self, counter);
        bool more = next_job(self);
        if (!more || self->job.counter != counter)
            tell(self, counter);
        if (!more) {
            self->request = TL__FREE;
            tl_yield(NULL);
        }
    }
}

/// The fiber is cancelled inside a job that was run while another waited for it.
static void abandon_own(tl__job **job)
{
    if (*job != NULL)
        tl__abandon((*job)->counter, 1);
}

static void run_own(tl__runner *self, tl__job *taken)
{
    tl__job *job __attribute__((cleanup(abandon_own))) = taken;
    run_job(self, job);
    job = NULL;
    if (taken->counter != NULL) // else what it lay on has ended (shutdown.c)
        tl__counter_done(taken->counter, 1);
    self->fiber->entry = self->begun->job->entry;
}

/// Which of the worker's deques has a job of `counter` at its bottom; null for none.
static tl__deque *own_of(tl__worker *worker, const tl_counter *counter)
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

void tl__run_own(tl__runner *self, const tl_counter *counter)
{
    while (!tl_counter_is_done(counter) && (const char *)__builtin_frame_address(0) > self->room) {
        tl__job job;
        tl__worker *worker = self->worker; // another, after a job that waited
        tl__deque *deque = own_of(worker, counter);
        if (deque == NULL)
            return;
        if (tl__deque_take(deque, &job)) {
            tl__count_taken(worker->jobs, job.rank);
            run_own(self, &job);
        }
    }
}
