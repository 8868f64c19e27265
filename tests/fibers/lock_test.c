// SPDX-License-Identifier: MIT
// Locks between jobs, and between jobs and threads.
#include "telar/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"
#include "telar/log.h"

enum { JOBS = 60, TIMES = 20 };

struct shared {
    tl_mutex mutex;
    tl_recursive_mutex recursive;
    tl_spinlock spin;
    long count;
    atomic_int inside;
    tl_counter gate;
};

static void count_once(struct shared *s)
{
    CHECK_INT(0, atomic_fetch_add(&s->inside, 1));
    ++s->count;
    CHECK_INT(1, atomic_fetch_sub(&s->inside, 1));
}

TL_JOB(count_with_mutex, struct shared *, shared)
{
    struct shared *s = *shared;
    for (int i = 0; i < TIMES; ++i) {
        CHECK_OK(tl_mutex_lock(&s->mutex));
        count_once(s);
        if (i % 4 == 0) // others run, and must wait for it
            CHECK_OK(tl_yield(NULL));
        CHECK_OK(tl_mutex_unlock(&s->mutex));
    }
}

static void *count_in_a_thread(void *shared)
{
    struct shared *s = shared;
    for (int i = 0; i < TIMES; ++i) {
        tl_scoped_lock(&s->mutex);
        count_once(s);
    }
    return NULL;
}

TEST(a_mutex_is_held_by_one)
{
    AT_EVERY_SIZE_WITH (jobs, .fiber_count = 256) {
        struct shared s = {.mutex = {.name = "count"}};
        tl_counter done = {0};
        for (int i = 0; i < JOBS; ++i)
            CHECK_OK(tl_job_run(jobs, &done, count_with_mutex, {&s}));
        pthread_t thread;
        CHECK_INT(0, pthread_create(&thread, NULL, count_in_a_thread, &s));
        CHECK_OK(tl_mutex_lock(&s.mutex)); // by this thread, which runs the other jobs while it waits
        count_once(&s);
        CHECK_OK(tl_mutex_unlock(&s.mutex));
        CHECK_OK(tl_counter_wait(&done));
        pthread_join(thread, NULL);
        CHECK_INT((JOBS + 1) * TIMES + 1, s.count);
        CHECK_UINT(0, s.mutex.tl__word);
    }
}

TL_JOB(counts_with_a_large_stack, struct shared *, shared)
{
    CHECK_OK(tl_mutex_lock(&(*shared)->mutex));
    ++(*shared)->count;
    CHECK_OK(tl_mutex_unlock(&(*shared)->mutex));
}

static tl_counter counted;

/// Holds the mutex, and lets jobs that want it run meanwhile.
TL_JOB(holds_and_gives_way, struct shared *, shared)
{
    CHECK_OK(tl_mutex_lock(&(*shared)->mutex));
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_job_run_with(NULL, (&(tl_job_desc){.priority = TL_PRIORITY_HIGH, .stack = TL_STACK_LARGE}),
                                 &counted, counts_with_a_large_stack, *shared));
    CHECK_OK(tl_yield(NULL));
    CHECK_OK(tl_yield(NULL));
    CHECK_OK(tl_mutex_unlock(&(*shared)->mutex));
}

static void be_silent(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
}

/// The job on the last fiber with a large stack cannot suspend, so it polls for the mutex. Between its polls the job
/// that holds the mutex must run, though its priority is lower.
TEST(who_cannot_be_set_aside_lets_lower_priorities_go_on)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .large_fiber_count = 2});
    tl_set_log_hook(be_silent);
    struct shared s = {.count = 0};
    tl_counter held = {0};
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW}), &held, holds_and_gives_way, {&s}));
    CHECK_OK(tl_counter_wait(&held));
    CHECK_OK(tl_counter_wait(&counted));
    CHECK_INT(2, s.count);
    jobs_at_destroy(jobs);
}

TL_JOB(count_with_spin, struct shared *, shared)
{
    struct shared *s = *shared;
    for (int i = 0; i < TIMES; ++i) {
        tl_scoped_lock(&s->spin);
        count_once(s);
    }
}

TEST(a_spinlock_is_held_by_one)
{
    AT_EVERY_SIZE (jobs) {
        struct shared s = {.count = 0};
        tl_counter done = {0};
        for (int i = 0; i < JOBS; ++i)
            CHECK_OK(tl_job_run(jobs, &done, count_with_spin, {&s}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(JOBS * TIMES, s.count);
        CHECK_OK(tl_spinlock_try_lock(&s.spin));
        CHECK_RESULT(TL_WOULD_WAIT, tl_spinlock_try_lock(&s.spin));
        CHECK_OK(tl_spinlock_unlock(&s.spin));
    }
}

static void count_down(struct shared *s, int depth)
{
    tl_scoped_lock(&s->recursive);
    if (depth > 0)
        count_down(s, depth - 1);
    else
        count_once(s);
    tl_yield(NULL); // it may continue on another thread, and still holds the mutex
}

TL_JOB(count_with_recursive, struct shared *, shared)
{
    count_down(*shared, 5);
}

TL_JOB(tries_to_take, tl_recursive_mutex *, lock)
{
    CHECK_RESULT(TL_WOULD_WAIT, tl_recursive_mutex_try_lock(*lock));
}

TEST(a_recursive_mutex_is_tried_by_its_holder_and_by_others)
{
    tl_recursive_mutex lock = {.name = "tried"};
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    CHECK_OK(tl_recursive_mutex_try_lock(&lock));
    CHECK_OK(tl_recursive_mutex_try_lock(&lock));
    CHECK_OK(tl_recursive_mutex_unlock(&lock));
    CHECK_OK(tl_job_call(jobs, tries_to_take, &(tl_recursive_mutex *){&lock}));
    CHECK_OK(tl_recursive_mutex_unlock(&lock));
    CHECK_MISUSE(TL_ERROR_NOT_HELD, tl_recursive_mutex_unlock(&lock));
    jobs_at_destroy(jobs);
}

TEST(a_recursive_mutex_belongs_to_the_fiber)
{
    AT_EVERY_SIZE_WITH (jobs, .fiber_count = 256) {
        struct shared s = {.recursive = {.name = "count"}};
        tl_counter done = {0};
        for (int i = 0; i < JOBS; ++i)
            CHECK_OK(tl_job_run(jobs, &done, count_with_recursive, {&s}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(JOBS, s.count);
        CHECK_OK(tl_recursive_mutex_lock(&s.recursive));
        CHECK_OK(tl_recursive_mutex_lock(&s.recursive));
        CHECK_OK(tl_recursive_mutex_unlock(&s.recursive));
        CHECK_RESULT(TL_WOULD_WAIT, tl_mutex_try_lock(&s.recursive.tl__mutex));
        CHECK_OK(tl_recursive_mutex_unlock(&s.recursive));
        CHECK_MISUSE(TL_ERROR_NOT_HELD, tl_recursive_mutex_unlock(&s.recursive));
    }
}

enum { ROOM = 3, ITEMS = 40, SIDES = 4 };

struct belt {
    tl_mutex mutex;
    tl_condition not_full, not_empty;
    int items[ROOM], count, first;
    long sum;
    atomic_int taken;
};

TL_JOB(produce, struct belt *, belt)
{
    struct belt *b = *belt;
    for (int i = 1; i <= ITEMS; ++i) {
        tl_scoped_lock(&b->mutex);
        while (b->count == ROOM)
            CHECK_OK(tl_condition_wait(&b->not_full, &b->mutex));
        b->items[(b->first + b->count++) % ROOM] = i;
        CHECK_OK(tl_condition_signal(&b->not_empty));
    }
}

TL_JOB(consume, struct belt *, belt)
{
    struct belt *b = *belt;
    for (int i = 1; i <= ITEMS; ++i) {
        tl_scoped_lock(&b->mutex);
        while (b->count == 0)
            CHECK_OK(tl_condition_wait(&b->not_empty, &b->mutex));
        CHECK(b->count > 0 && b->count <= ROOM);
        b->sum += b->items[b->first];
        b->first = (b->first + 1) % ROOM;
        --b->count;
        CHECK_OK(tl_condition_signal(&b->not_full));
    }
}

TEST(a_condition_lets_producers_and_consumers_take_turns)
{
    AT_EVERY_SIZE (jobs) {
        struct belt b = {.mutex = {.name = "belt"}};
        tl_counter done = {0};
        for (int i = 0; i < SIDES; ++i) {
            CHECK_OK(tl_job_run(jobs, &done, consume, {&b}));
            CHECK_OK(tl_job_run(jobs, &done, produce, {&b}));
        }
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(SIDES * ITEMS * (ITEMS + 1) / 2, b.sum);
        CHECK_INT(0, b.count);
    }
}

TL_JOB(wait_for_start, struct belt *, belt)
{
    struct belt *b = *belt;
    tl_scoped_lock(&b->mutex);
    atomic_fetch_add(&b->taken, 1);
    while (b->count == 0)
        CHECK_OK(tl_condition_wait(&b->not_empty, &b->mutex));
    atomic_fetch_add(&b->taken, 1);
}

TEST(a_broadcast_wakes_all)
{
    AT_EVERY_SIZE (jobs) {
        struct belt b = {.mutex = {.name = "belt"}};
        struct shared unused = {.count = 0};
        tl_counter done = {0}, looked = {0};
        for (int i = 0; i < 20; ++i)
            CHECK_OK(tl_job_run(jobs, &done, wait_for_start, {&b}));
        bool all_wait = false;
        while (!all_wait) {
            tl_job_desc low = {.priority = TL_PRIORITY_LOW}; // so that the others run first
            CHECK_OK(tl_job_run_with(jobs, &low, &looked, count_with_spin, {&unused}));
            CHECK_OK(tl_counter_wait(&looked));
            tl_scoped_lock(&b.mutex); // no job is between counting and waiting now
            all_wait = b.taken == 20;
            if (all_wait) {
                b.count = 1;
                CHECK_OK(tl_condition_signal(&b.not_full)); // nothing waits for it
                CHECK_OK(tl_condition_broadcast(&b.not_full));
                CHECK_OK(tl_condition_broadcast(&b.not_empty));
            }
        }
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(40, b.taken);
    }
}

struct queue {
    tl_mutex *mutex;
    char *order;
    int *length;
    char letter;
};

TL_JOB(come, struct queue, q)
{
    CHECK_OK(tl_mutex_lock(q->mutex));
    q->order[(*q->length)++] = q->letter;
    CHECK_OK(tl_mutex_unlock(q->mutex));
}

TL_JOB(hold_and_start, struct queue, q)
{
    CHECK_OK(tl_mutex_lock(q->mutex));
    tl_counter done = {0};
    for (char letter = 'a'; letter < 'g'; ++letter) {
        CHECK_OK(tl_job_run(NULL, &done, come, {q->mutex, q->order, q->length, letter}));
        CHECK_OK(tl_yield(NULL)); // the job runs, and waits for the mutex
    }
    CHECK_OK(tl_mutex_unlock(q->mutex));
    CHECK_OK(tl_counter_wait(&done));
}

TEST(who_comes_first_gets_a_mutex_first)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_mutex mutex = {0};
    char order[8] = "";
    int length = 0;
    CHECK_OK(tl_job_call(jobs, hold_and_start, &(struct queue){&mutex, order, &length, 0}));
    CHECK_STRING("abcdef", order);
    jobs_at_destroy(jobs);
}

static void leave_early(tl_mutex *mutex, int way)
{
    for (int i = 0; i < 2; ++i) {
        tl_scoped_lock(mutex);
        CHECK_RESULT(TL_WOULD_WAIT, tl_mutex_try_lock(mutex));
        if (way == 0)
            break;
        if (way == 1)
            continue;
        if (way == 2)
            return;
        goto out;
    }
out:
    CHECK_OK(tl_mutex_try_lock(mutex));
    CHECK_OK(tl_mutex_unlock(mutex));
}

TEST(a_scoped_lock_is_given_up_however_its_block_is_left)
{
    tl_mutex mutex = {0};
    for (int way = 0; way < 4; ++way) {
        leave_early(&mutex, way);
        CHECK_UINT(0, mutex.tl__word);
    }
}

struct cancelled {
    tl_mutex mutex, other;
    tl_condition never;
    tl_counter gate;
};

TL_JOB(wait_on_condition, struct cancelled *, c)
{
    tl_scoped_lock(&(*c)->mutex);
    tl_condition_wait(&(*c)->never, &(*c)->mutex);
    CHECK_UNREACHED();
}

TL_JOB(hold_and_wait, struct cancelled *, c)
{
    tl_scoped_lock(&(*c)->other);
    tl_counter_wait(&(*c)->gate);
    CHECK_UNREACHED();
}

TL_JOB(wait_for_other, struct cancelled *, c)
{
    tl_scoped_lock(&(*c)->other); // gets it when the job that holds it is cancelled
}

TEST(a_cancelled_job_leaves_its_locks_in_order)
{
    AT_EVERY_SIZE (jobs) {
        struct cancelled c = {.mutex = {.name = "mutex"}};
        CHECK_OK(tl_counter_add(&c.gate, 1));
        CHECK_OK(tl_job_run(jobs, NULL, wait_on_condition, {&c}));
        CHECK_OK(tl_job_run(jobs, NULL, hold_and_wait, {&c}));
        CHECK_OK(tl_job_run(jobs, NULL, wait_for_other, {&c}));
        CHECK_OK(tl_job_system_destroy(jobs));
        CHECK_UINT(0, c.mutex.tl__word);
        CHECK_UINT(0, c.other.tl__word);
        CHECK_POINTER(NULL, c.never.tl__waiters);
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

TL_JOB(unlock_what_another_holds, tl_mutex *, mutex)
{
    CHECK_MISUSE(TL_ERROR_NOT_HELD, tl_mutex_unlock(*mutex));
    CHECK_RESULT(TL_WOULD_WAIT, tl_mutex_try_lock(*mutex));
}

TEST(misuse_is_answered_and_changes_nothing)
{
    tl_mutex mutex = {0};
    tl_condition condition = {0};
    tl_recursive_mutex recursive = {.name = NULL};
    tl_spinlock spin = {0};
    CHECK_MISUSE(TL_ERROR_NULL, tl_mutex_lock(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_mutex_try_lock(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_mutex_unlock(NULL));
    CHECK_MISUSE(TL_ERROR_NOT_HELD, tl_mutex_unlock(&mutex));
    CHECK_MISUSE(TL_ERROR_NULL, tl_condition_wait(NULL, &mutex));
    CHECK_MISUSE(TL_ERROR_NULL, tl_condition_wait(&condition, NULL));
    CHECK_MISUSE(TL_ERROR_NOT_HELD, tl_condition_wait(&condition, &mutex));
    CHECK_MISUSE(TL_ERROR_NULL, tl_condition_signal(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_condition_broadcast(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_recursive_mutex_lock(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_recursive_mutex_try_lock(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_recursive_mutex_unlock(NULL));
    CHECK_MISUSE(TL_ERROR_NOT_HELD, tl_recursive_mutex_unlock(&recursive));
    CHECK_MISUSE(TL_ERROR_NULL, tl_spinlock_lock(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_spinlock_try_lock(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_spinlock_unlock(NULL));
    CHECK_MISUSE(TL_ERROR_NOT_HELD, tl_spinlock_unlock(&spin));
    CHECK_OK(tl_mutex_lock(&mutex));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_mutex_lock(&mutex));
    {
        tl_scoped_lock(&mutex); // refused, and so not unlocked at the end of the block either
        CHECK_REPORTED(TL_ERROR_CYCLE);
    }
    CHECK_RESULT(TL_WOULD_WAIT, tl_mutex_try_lock(&mutex));
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    CHECK_OK(tl_job_call(jobs, unlock_what_another_holds, &(tl_mutex *){&mutex}));
    jobs_at_destroy(jobs);
    CHECK_OK(tl_mutex_unlock(&mutex));
    CHECK_OK(tl_recursive_mutex_lock(&recursive));
    recursive.tl__depth = UINT32_MAX;
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_recursive_mutex_lock(&recursive));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_recursive_mutex_try_lock(&recursive));
}

TL_JOB(wait_with_a_spinlock, struct shared *, shared)
{
    struct shared *s = *shared;
    tl_scoped_lock(&s->spin);
    CHECK_OK(tl_yield(NULL));
    CHECK_REPORTED(TL_ERROR_SPINLOCK_HELD);
    CHECK_OK(tl_counter_wait(&s->gate)); // at zero: no wait
}

TEST(a_wait_with_a_spinlock_held_is_reported_in_a_debug_build)
{
#ifdef NDEBUG
    SKIP("only a debug build looks");
#else
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    struct shared s = {.count = 0};
    CHECK_OK(tl_job_call(jobs, wait_with_a_spinlock, &(struct shared *){&s}));
    CHECK_OK(tl_spinlock_lock(&s.spin));
    CHECK_OK(tl_counter_add(&s.gate, 1));
    CHECK_OK(tl_job_run(jobs, &s.gate, count_with_mutex, {&s}));
    CHECK_OK(tl_counter_finish(&s.gate));
    CHECK_OK(tl_counter_wait(&s.gate)); // this time the thread waits
    CHECK_REPORTED(TL_ERROR_SPINLOCK_HELD);
    CHECK_OK(tl_spinlock_unlock(&s.spin));
    jobs_at_destroy(jobs);
#endif
}

enum way_to_end { RETURNS, EXITS, IS_CANCELLED };

struct spin_plan {
    tl_spinlock *lock;
    enum way_to_end way;
};

TL_FIBER(ends_with_a_spinlock, struct spin_plan, plan)
{
    if (plan->way == IS_CANCELLED) {
        CHECK_OK(tl_spinlock_lock(plan->lock));
        CHECK_OK(tl_yield(NULL));
    }
    CHECK_OK(tl_spinlock_lock(plan->lock));
    if (plan->way == EXITS)
        tl_exit(NULL);
}

TL_FIBER(yields_without_a_lock, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
}

TL_JOB(ends_with_a_spinlock_held, tl_spinlock, lock)
{
    CHECK_OK(tl_spinlock_lock(lock));
}

TL_JOB(yields_as_a_job, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
}

TEST(a_job_that_ends_with_a_spinlock_held_is_reported_in_a_debug_build)
{
#ifdef NDEBUG
    SKIP("only a debug build looks");
#else
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_spinlock lock = {0};
    CHECK_OK(tl_job_call(jobs, ends_with_a_spinlock_held, &lock));
    CHECK_REPORTED(TL_ERROR_SPINLOCK_HELD);
    CHECK_OK(tl_job_call(jobs, yields_as_a_job, &(tl_nothing){0})); // on the same fiber, which holds no spinlock now
    jobs_at_destroy(jobs);
#endif
}

TEST(a_fiber_that_ends_with_a_spinlock_held_is_reported_in_a_debug_build)
{
#ifdef NDEBUG
    SKIP("only a debug build looks");
#else
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    for (int way = RETURNS; way <= IS_CANCELLED; ++way) {
        tl_spinlock lock = {0};
        tl_fiber *fiber = NULL;
        CHECK_OK(tl_fiber_create(pool, &fiber, ends_with_a_spinlock, {&lock, (enum way_to_end)way}));
        CHECK_RESULT(way == IS_CANCELLED ? TL_OK : TL_FINISHED, tl_resume(fiber, NULL));
        CHECK_REPORTED(TL_ERROR_SPINLOCK_HELD);
        CHECK_OK(tl_fiber_destroy(fiber));
        if (way == IS_CANCELLED)
            CHECK_REPORTED(TL_ERROR_SPINLOCK_HELD);
        CHECK_OK(tl_fiber_create(pool, &fiber, yields_without_a_lock, {0})); // on the same stack
        CHECK_OK(tl_resume(fiber, NULL));
        CHECK_OK(tl_fiber_destroy(fiber));
    }
    CHECK_OK(tl_pool_destroy(pool));
#endif
}
