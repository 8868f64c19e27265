// SPDX-License-Identifier: MIT
// Where workers look for work, and in which order.
#include "job/find.h"

#include "job/idle.h"
#include "job/job_fibers.h"
#include "job/pending.h"
#include "os/spin.h"

/// Makes sure that worker->spare is a job fiber with a small stack, for another job. Returns false if there is none.
static bool has_spare(tl__worker_record *worker)
{
    if (worker->spare == NULL)
        worker->spare = tl__job_fiber_take_or_starve(worker->jobs, TL_STACK_SMALL);
    return worker->spare != NULL;
}

static tl__job_fiber *use_spare(tl__worker_record *worker)
{
    tl__job_fiber *spare = worker->spare;
    worker->spare = NULL;
    return spare;
}

static tl__job_fiber *take_job_fiber(tl__inbox *inbox, unsigned rank)
{
    return tl__job_fiber_in(tl__inbox_take(inbox, TL__QUEUED_JOB_FIBER, rank));
}

/// Takes a job in memory of its own (tl__pending) from the inbox, if a job fiber is available for it. Returns that
/// fiber.
static tl__job_fiber *take_pending(tl__worker_record *worker, tl__inbox *inbox, tl_job_stack stack, unsigned rank)
{
    if (!tl__inbox_has(inbox, rank))
        return NULL;
    tl_job_system *jobs = worker->jobs;
    tl__job_fiber *job_fiber = NULL;
    if (stack == TL_STACK_LARGE)
        job_fiber = tl__job_fiber_take_or_starve(jobs, stack);
    else if (has_spare(worker))
        job_fiber = use_spare(worker);
    if (job_fiber == NULL)
        return NULL;
    tl__job *job = tl__job_in(tl__inbox_take(inbox, TL__QUEUED_JOB, rank));
    if (job == NULL) { // the inbox held only job fibers, or another worker was faster
        tl__job_fiber_free(worker, job_fiber);
        return NULL;
    }
    job_fiber->job = *job;
    tl__pending_put(jobs, job);
    return job_fiber;
}

// On every FAIRNESS_TICK-th search a worker checks its sources of work in reverse order, so that each source is served
// at times, however much work arrives in the others.
enum { FAIRNESS_TICK = 16 };

static bool is_fairness_tick(const tl__worker_record *worker)
{
    return worker->finds % FAIRNESS_TICK == 0;
}

static tl__job_fiber *take_from_inbox(tl__worker_record *worker, tl__inbox *inbox, tl_job_stack stack, unsigned rank)
{
    tl__job_fiber *found = is_fairness_tick(worker) ? take_pending(worker, inbox, stack, rank) : NULL;
    if (found == NULL)
        found = take_job_fiber(inbox, rank);
    return found != NULL ? found : take_pending(worker, inbox, stack, rank);
}

static tl__job_fiber *take_pinned(tl__worker_record *worker, unsigned rank)
{
    tl_job_stack first = is_fairness_tick(worker) ? TL_STACK_LARGE : TL_STACK_SMALL, second = !first;
    tl__job_fiber *found = take_from_inbox(worker, &worker->pinned[first], first, rank);
    return found != NULL ? found : take_from_inbox(worker, &worker->pinned[second], second, rank);
}

static tl__job_fiber *take_ready(tl__worker_record *from, unsigned rank)
{
    tl__job_fiber *ready = take_job_fiber(&from->ready, rank);
    if (ready != NULL)
        tl__count_taken(from->jobs, rank);
    return ready;
}

static tl__job_fiber *take_own_job(tl__worker_record *worker, unsigned rank)
{
    if (tl__deque_peek(&worker->deques[rank]) == NULL || !has_spare(worker) ||
        !tl__deque_take(&worker->deques[rank], &worker->spare->job))
        return NULL;
    tl__count_taken(worker->jobs, rank);
    return use_spare(worker);
}

static tl__job_fiber *take_shared(tl__worker_record *worker, unsigned rank)
{
    tl_job_stack first = is_fairness_tick(worker) ? TL_STACK_LARGE : TL_STACK_SMALL, second = !first;
    tl__job_fiber *found = take_from_inbox(worker, &worker->jobs->shared[first], first, rank);
    if (found == NULL)
        found = take_from_inbox(worker, &worker->jobs->shared[second], second, rank);
    if (found != NULL)
        tl__count_taken(worker->jobs, rank);
    return found;
}

static tl__job_fiber *take_own(tl__worker_record *worker, unsigned rank)
{
    typedef tl__job_fiber *source(tl__worker_record * worker, unsigned rank);
    static source *const sources[] = {take_pinned, take_ready, take_own_job, take_shared};
    enum { COUNT = sizeof sources / sizeof *sources };
    tl__job_fiber *found = NULL;
    for (unsigned i = 0; i < COUNT && found == NULL; ++i)
        found = sources[is_fairness_tick(worker) ? COUNT - 1 - i : i](worker, rank);
    return found;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13; // xorshift64: Marsaglia, "Xorshift RNGs", 2003
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static tl__job_fiber *steal_from(tl__worker_record *worker, tl__worker_record *victim, unsigned rank)
{
    tl__job_fiber *ready = take_ready(victim, rank);
    if (ready != NULL || tl__deque_count(&victim->deques[rank]) == 0 || !has_spare(worker))
        return ready;
    // If the steal fails because another thread was faster, jobs may still be left: try again.
    uint32_t stolen = 0;
    while (stolen == 0) {
        stolen = tl__deque_steal(&victim->deques[rank], &worker->deques[rank], &worker->spare->job);
        if (stolen == 0 && tl__deque_count(&victim->deques[rank]) == 0)
            return NULL;
    }
    tl__count_up(&worker->stolen, stolen);
    worker->stole_at = tl__nanoseconds();
    tl__count_taken(worker->jobs, rank);
    if (stolen > 1)
        tl__notify(worker->jobs, rank);
    return use_spare(worker);
}

/// If an owner and a thief take short jobs one by one from the same queue, they spend their time transferring its cache
/// lines. So a thief that has just stolen waits a little before it steals again. Meanwhile the owner can queue more
/// jobs, and the more there are, the more one steal takes.
static void back_off_from_stealing(const tl__worker_record *worker)
{
    enum { NANOSECONDS = 1000 };
    uint32_t spins = 0;
    while (tl__nanoseconds() - worker->stole_at < NANOSECONDS)
        tl__pause(&spins);
}

static tl__job_fiber *steal(tl__worker_record *worker, unsigned rank)
{
    tl_job_system *jobs = worker->jobs;
    // seq_cst: a worker's last check before it sleeps; pairs with the addition in tl__count_put.
    if (rank == 0 && tl__load(&jobs->high, memory_order_seq_cst) == 0)
        return NULL;
    back_off_from_stealing(worker);
    uint32_t count = jobs->worker_count;
    uint32_t at = (uint32_t)(((next_random(&worker->random) >> 32) * count) >> 32);
    for (uint32_t i = 0; i < count; ++i) {
        tl__worker_record *victim = &jobs->workers[at];
        at = at + 1 < count ? at + 1 : 0;
        if (victim == worker)
            continue;
        tl__job_fiber *found = steal_from(worker, victim, rank);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static tl__job_fiber *find_pinned(tl__worker_record *worker)
{
    for (unsigned rank = 0; rank < TL__RANKS; ++rank) {
        tl__job_fiber *found = take_pinned(worker, rank);
        if (found != NULL)
            return found;
    }
    return NULL;
}

tl__job_fiber *tl__find(tl__worker_record *worker)
{
    ++worker->finds;
    if (worker->only_pinned)
        return find_pinned(worker);
    for (unsigned rank = 0; rank < worker->ranks; ++rank) {
        tl__job_fiber *found = take_own(worker, rank);
        if (found == NULL)
            found = steal(worker, rank);
        if (found != NULL)
            return found;
    }
    return worker->ranks < TL__RANKS ? find_pinned(worker) : NULL; // of any rank, as no other worker can run it
}

bool tl__has_general_work(tl_job_system *jobs)
{
    for (tl_job_stack stack = 0; stack < TL__STACKS; ++stack)
        if (tl__inbox_has_any(&jobs->shared[stack]))
            return true;
    for (uint32_t i = 0; i < jobs->worker_count; ++i) {
        const tl__worker_record *worker = &jobs->workers[i];
        if (tl__inbox_has_any(&worker->ready))
            return true;
        for (unsigned rank = 0; rank < TL__RANKS; ++rank)
            if (tl__deque_count(&worker->deques[rank]) != 0)
                return true;
    }
    return false;
}

bool tl__has_work(tl_job_system *jobs)
{
    for (uint32_t i = 0; i < jobs->worker_count; ++i)
        if (tl__has_pinned(&jobs->workers[i]))
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

/// Takes any job from the deques, which hold only jobs with small stacks.
static bool take_from_deques(tl_job_system *jobs, tl__job *job)
{
    tl__worker_record *here = &jobs->workers[0];
    for (unsigned rank = 0; rank < TL__RANKS; ++rank) {
        if (tl__deque_take(&here->deques[rank], job))
            return true;
        for (uint32_t i = 1; i < jobs->worker_count; ++i)
            if (tl__deque_steal(&jobs->workers[i].deques[rank], &here->deques[rank], job) != 0)
                return true;
    }
    return false;
}

bool tl__take_starved(tl_job_system *jobs, tl__job *job)
{
    for (tl_job_stack stack = 0; stack < TL__STACKS; ++stack) {
        if (tl__job_fiber_is_left(jobs, stack))
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
