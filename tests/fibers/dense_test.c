// SPDX-License-Identifier: MIT
// Dense stacks: fibers that share one stack and are copied off it in turn. (model_test.c has the random walks.)
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "dense_fibers.h"

TEST(locals_survive_at_any_depth)
{
    enum { COUNT = 100 };
    tl_fiber *fibers[COUNT];
    open_pool(COUNT);
    for (uint32_t i = 0; i < COUNT; ++i)
        CHECK_OK(tl_fiber_create(pool, &fibers[i], dives, {i * 1000, i % 10 * (i % 10)}));
    for (int round = 0; round < 8; ++round)
        for (uint32_t i = 0; i < COUNT; ++i)
            CHECK_OK(tl_resume(fibers[round % 2 == 0 ? i : COUNT - 1 - i], NULL));
    for (uint32_t i = 0; i < COUNT; ++i) {
        void *result = NULL;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], &result));
        CHECK_UINT(i * 1000, (uintptr_t)result);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(values_reach_locals_that_are_elsewhere)
{
    tl_fiber *threes = NULL, *fives = NULL;
    open_pool(2);
    CHECK_OK(tl_fiber_create(pool, &threes, counts_up, {0, 3}));
    CHECK_OK(tl_fiber_create(pool, &fives, counts_up, {100, 5}));
    CHECK_UINT(0, next(threes, 9));
    CHECK_UINT(100, next(fives, 9));
    CHECK_UINT(3, next(threes, 1));
    CHECK_UINT(110, next(fives, 2));
    CHECK_UINT(120, next(fives, 2));
    CHECK_UINT(15, next(threes, 4));
    CHECK_OK(tl_pool_destroy(pool));
}

struct tower {
    unsigned level;
    unsigned dense; ///< bit n: the fiber of level n is dense
};

static const tl_fiber_entry tower__entry;

static tl_fiber *build(unsigned level, unsigned dense)
{
    tl_fiber *made = NULL;
    struct tower tower = {level, dense};
    if (!(dense >> level & 1))
        return own_fiber(&tower__entry, &tower);
    CHECK_OK(tl_fiber_create_raw(pool, NULL, &tower__entry, &tower, &made));
    return made;
}

/// Three times: resumes the level above, adds the number that it gets from there to a sum, and passes the sum down, by
/// a yield or, the last time, as its result.
TL_FIBER(tower, struct tower, me)
{
    uintptr_t sum = 0;
    tl_fiber *above = me->level < 5 ? build(me->level + 1, me->dense) : NULL;
    for (unsigned i = 0; i < 3; ++i) {
        void *value = (void *)(uintptr_t)(me->level + i);
        if (above != NULL)
            CHECK_RESULT(i == 2 ? TL_FINISHED : TL_OK, tl_resume(above, &value));
        sum += (uintptr_t)value * (me->level + 1);
        value = (void *)sum;
        if (i < 2)
            CHECK_OK(tl_yield(&value));
    }
    if (above != NULL)
        CHECK_OK(tl_fiber_destroy(above));
    tl_exit((void *)sum);
}

static void climb(unsigned dense, uintptr_t sums[3])
{
    tl_fiber *ground = build(0, dense);
    for (unsigned i = 0; i < 3; ++i) {
        void *value = NULL;
        CHECK_RESULT(i == 2 ? TL_FINISHED : TL_OK, tl_resume(ground, &value));
        sums[i] = (uintptr_t)value;
    }
    CHECK_OK(tl_fiber_destroy(ground));
}

TEST(dense_fibers_and_others_resume_each_other)
{
    uintptr_t expected[3], got[3];
    open_pool(6);
    climb(0, expected);
    for (unsigned dense = 1; dense < 64; ++dense) {
        climb(dense, got);
        for (int i = 0; i < 3; ++i)
            CHECK_UINT(expected[i], got[i]);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

struct ring {
    tl_fiber **fibers;
    unsigned index, count;
    unsigned *visits;
};

TL_FIBER(passes_on, struct ring, me)
{
    void *token = tl_fiber_first_value();
    unsigned own = 0;
    while ((uintptr_t)token > 0) {
        ++own;
        ++me->visits[me->index];
        token = (void *)((uintptr_t)token - 1);
        CHECK_OK(tl_transfer(me->fibers[(me->index + 1) % me->count], &token));
        CHECK_UINT(own, me->visits[me->index]);
    }
}

TEST(dense_fibers_and_others_transfer_to_each_other)
{
    enum { COUNT = 6, TOKEN = 6 * 50 };
    for (unsigned dense = 0; dense < 64; ++dense) {
        tl_fiber *fibers[COUNT];
        unsigned visits[COUNT] = {0};
        open_pool(COUNT);
        for (unsigned i = 0; i < COUNT; ++i) {
            struct ring ring = {fibers, i, COUNT, visits};
            if (dense >> i & 1)
                CHECK_OK(tl_fiber_create_raw(pool, NULL, &passes_on__entry, &ring, &fibers[i]));
            else
                fibers[i] = own_fiber(&passes_on__entry, &ring);
        }
        void *token = (void *)(uintptr_t)TOKEN;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[0], &token));
        for (unsigned i = 0; i < COUNT; ++i) {
            CHECK_UINT(TOKEN / COUNT, visits[i]);
            CHECK_OK(tl_fiber_destroy(fibers[i]));
        }
        CHECK_OK(tl_pool_destroy(pool));
    }
}

// Ending early.

TEST(ending_early_cleans_up_wherever_the_frames_are)
{
    open_pool(4);
    tl_fiber *a = lettered('a'), *b = lettered('b'), *c = lettered('c'), *d = lettered('d');
    CHECK_OK(tl_fiber_cancel(b)); // its frames are copied off
    CHECK_OK(tl_fiber_cancel(d));
    CHECK_STRING("bBdD", ends);
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(b));
    CHECK_MISUSE(TL_ERROR_FINISHED, tl_resume(b, NULL));
    CHECK_OK(tl_fiber_reset(c, leaves_two, {'e'}));
    CHECK_STRING("bBdDcC", ends);
    CHECK_OK(tl_resume(c, NULL));
    CHECK_OK(tl_fiber_destroy(a));
    CHECK_STRING("bBdDcCaA", ends);
    CHECK_OK(tl_fiber_destroy(b));
    CHECK_MISUSE(TL_ERROR_STALE, tl_fiber_destroy(b));
    CHECK_OK(tl_pool_destroy(pool)); // ends c
    CHECK_STRING("bBdDcCaAeE", ends);
}

TL_FIBER(cancels, tl_fiber *, other)
{
    char here = 'x';
    CHECK_OK(tl_fiber_cancel(*other)); // its frames belong at the addresses of these
    CHECK_INT('x', here);
}

TEST(one_can_cancel_another)
{
    open_pool(2);
    tl_fiber *canceller = NULL, *a = lettered('a');
    CHECK_OK(tl_fiber_create(pool, &canceller, cancels, a));
    CHECK_RESULT(TL_FINISHED, tl_resume(canceller, NULL));
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_pool_destroy(pool));
}

static tl_fiber *cleaned_by;

static void resume_another(void *unused)
{
    (void)unused;
    CHECK_OK(tl_resume(cleaned_by, NULL));
    note_end(&(char){'r'});
}

TL_FIBER(resumes_when_cleaning, tl_nothing, unused)
{
    tl_defer(resume_another, NULL);
    tl_yield(NULL);
}

TEST(a_pool_is_destroyed_with_all_its_fibers)
{
    open_pool(8);
    lettered('a');
    started(&resumes_when_cleaning__entry, &(tl_nothing){0});
    cleaned_by = started(&counts_up__entry, &(struct numbers){1, 1});
    lettered('b');
    started(&dives__entry, &(struct dive){1, 100});
    tl_fiber *ready = NULL;
    CHECK_OK(tl_fiber_create(pool, &ready, leaves_two, {'z'}));
    lettered('c'); // the last to run ends first: only its frames need not be copied back
    CHECK_OK(tl_pool_destroy(pool));
#ifdef NDEBUG
    CHECK_STRING("cCaArbB", ends);
#else
    CHECK_STRING("aArbBcC", ends);
#endif
}

// What is refused.

TL_FIBER(yields_a_local, tl_nothing, unused)
{
    int local = 0;
    void *value = &local;
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_yield(&value));
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_resume(cleaned_by, &value));
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_transfer(cleaned_by, &value));
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_exit(&value));
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_fiber_set_result(&value));
    CHECK_POINTER(&local, value);
    value = &pool; // not on the dense stack
    CHECK_OK(tl_yield(&value));
}

TEST(values_that_point_to_the_shared_stack_are_misuse)
{
    if (CHECK_ASAN)
        SKIP("AddressSanitizer may keep locals elsewhere");
    open_pool(2);
    tl_fiber *fiber = NULL;
    cleaned_by = NULL;
    CHECK_OK(tl_fiber_create(pool, &cleaned_by, counts_up, {1, 1}));
    CHECK_OK(tl_fiber_create(pool, &fiber, yields_a_local, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(misuse_of_descriptions)
{
    char control[4096];
    tl_fiber *fiber = NULL;
    tl_pool_info info;
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_pool_create(&(tl_pool_desc){.stacks = (tl_stacks)2}, &pool));
    CHECK_POINTER(NULL, pool);
    open_pool(1);
    info = tl_pool_get_info(pool);
    CHECK_INT(TL_STACKS_DENSE, info.stacks);
    CHECK_MISUSE(TL_ERROR_ARGUMENT,
                 tl_fiber_create_with(pool, (&(tl_fiber_desc){.control = control}), &fiber, leaves_two, {'a'}));
    CHECK_POINTER(NULL, fiber);
    CHECK_OK(tl_fiber_create(pool, &fiber, leaves_two, {'a'}));
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_fiber_create(pool, &fiber, leaves_two, {'a'}));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    info = tl_pool_get_info(pool);
    CHECK_INT(TL_STACKS_OWN, info.stacks);
    CHECK_OK(tl_pool_destroy(pool));
    // The size of a shared stack counts once.
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 1 << 30, .stack_count = 200000, .stacks = TL_STACKS_DENSE},
                            &pool));
    CHECK_OK(tl_pool_destroy(pool));
}

static pthread_barrier_t barrier;

TL_FIBER(runs_long, tl_nothing, unused)
{
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
}

static void *run_it(void *fiber)
{
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    return NULL;
}

TEST(while_another_thread_is_on_the_stack_no_other_fiber_can_be)
{
    pthread_t thread;
    tl_fiber *running = NULL, *other = NULL;
    open_pool(2);
    CHECK_INT(0, pthread_barrier_init(&barrier, NULL, 2));
    CHECK_OK(tl_fiber_create(pool, &running, runs_long, {0}));
    CHECK_OK(tl_fiber_create(pool, &other, counts_up, {7, 1}));
    CHECK_INT(0, pthread_create(&thread, NULL, run_it, running));
    pthread_barrier_wait(&barrier);
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_resume(other, NULL));
    pthread_barrier_wait(&barrier);
    CHECK_INT(0, pthread_join(thread, NULL));
    CHECK_UINT(7, next(other, 0)); // nothing was lost
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(resumes_once, tl_fiber *, other)
{
    CHECK_RESULT(TL_FINISHED, tl_resume(*other, NULL));
}

TL_FIBER(relays, tl_fiber *, other)
{
    CHECK_OK(tl_resume(*other, NULL)); // the fiber that waits for this one is copied off
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
}

TEST(while_one_waits_on_another_thread_no_other_fiber_can_run)
{
    pthread_t thread;
    tl_fiber *waits = NULL, *other = NULL, *third = NULL;
    open_pool(3);
    CHECK_INT(0, pthread_barrier_init(&barrier, NULL, 2));
    CHECK_OK(tl_fiber_create(pool, &other, counts_up, {7, 1}));
    CHECK_OK(tl_fiber_create(pool, &third, counts_up, {8, 1}));
    tl_fiber *relay = own_fiber(&relays__entry, &other);
    CHECK_OK(tl_fiber_create(pool, &waits, resumes_once, relay));
    CHECK_INT(0, pthread_create(&thread, NULL, run_it, waits));
    pthread_barrier_wait(&barrier);
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_resume(third, NULL));
    pthread_barrier_wait(&barrier);
    CHECK_INT(0, pthread_join(thread, NULL));
    CHECK_UINT(8, next(third, 0));
    CHECK_OK(tl_pool_destroy(pool));
}

static void *resume_it(void *fiber)
{
    CHECK_OK(tl_resume(fiber, NULL));
    return NULL;
}

TEST(a_fiber_may_go_on_on_another_thread)
{
    pthread_t thread;
    open_pool(2);
    tl_fiber *diver = started(&dives__entry, &(struct dive){10, 20}), *other = lettered('a');
    for (int i = 1; i < 8; ++i) {
        CHECK_INT(0, pthread_create(&thread, NULL, resume_it, diver));
        CHECK_INT(0, pthread_join(thread, NULL));
        CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(other));
    }
    CHECK_RESULT(TL_FINISHED, tl_resume(diver, NULL));
    CHECK_OK(tl_fiber_cancel(other));
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_pool_destroy(pool));
}
