// SPDX-License-Identifier: MIT
// Fibers and threads: moving from one to another, and misuse across them. Threads take turns by a barrier, never by
// sleeping.
#include <pthread.h>

#include "check.h"
#include "telar/fiber.h"

void **tl__thread_script_slot(void); // fiber/thread.h, which the amalgam does not have

static tl_pool *pool;
static tl_fiber *fiber;
static pthread_barrier_t turn;

static void take_turn(void)
{
    pthread_barrier_wait(&turn);
}

static void make(void)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    CHECK_INT(0, pthread_barrier_init(&turn, NULL, 2));
}

static void finish(pthread_t thread)
{
    CHECK_INT(0, pthread_join(thread, NULL));
    CHECK_INT(0, pthread_barrier_destroy(&turn));
    CHECK_OK(tl_pool_destroy(pool));
}

static pthread_t start(void *(*run)(void *))
{
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, run, NULL));
    return thread;
}

TL_FIBER(migrates, tl_nothing, unused)
{
    int local = 42;
    void *thread = tl_fiber_first_value();
    for (intptr_t i = 0; i < 200; ++i) {
        CHECK_POINTER(fiber, tl_fiber_current());
        CHECK(pthread_equal((pthread_t)thread, pthread_self()));
        CHECK_INT(42, local);
        CHECK_OK(tl_yield(&thread));
    }
}

static void *second_half(void *unused)
{
    for (int i = 0; i < 100; ++i) {
        take_turn();
        void *value = (void *)pthread_self();
        CHECK_OK(tl_resume(fiber, &value));
        CHECK_POINTER(NULL, tl_fiber_current());
        take_turn();
    }
    return unused;
}

static _Thread_local int mine;

/// If fibers move between threads, a program must look up its own thread-local in a function like this one and nowhere
/// else, and the function must not be inlined. The empty asm keeps a compiler from concluding that it always returns
/// the same address: clang does, whether the function is inlined or not.
__attribute__((noinline)) static int *mine_here(void)
{
    int *here = &mine;
    __asm__ volatile("" : "+r"(here));
    return here;
}

static int *naive[2], *careful[2];

TL_FIBER(looks_twice, tl_nothing, unused)
{
    naive[0] = &mine;
    careful[0] = mine_here();
    CHECK_OK(tl_yield(NULL));
    naive[1] = &mine;
    careful[1] = mine_here();
}

static void *look_again(void *unused)
{
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    return unused;
}

TEST(a_thread_local_that_is_looked_up_by_a_function_is_the_right_one)
{
    make();
    CHECK_OK(tl_fiber_create(pool, &fiber, looks_twice, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    pthread_t thread = start(look_again);
    CHECK_INT(0, pthread_join(thread, NULL));
    CHECK_POINTER(mine_here(), careful[0]);
    CHECK(careful[1] != careful[0]);
    CHECK_OK(tl_pool_destroy(pool));
}

/// Shows that the tests here would notice an address kept across a switch: where a compiler keeps one, this sees it.
TEST(a_compiler_that_keeps_a_thread_locals_address_is_seen)
{
    make();
    CHECK_OK(tl_fiber_create(pool, &fiber, looks_twice, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_INT(0, pthread_join(start(look_again), NULL));
    if (naive[1] != naive[0])
        SKIP("this compiler, so set, looks it up again");
    CHECK_POINTER(mine_here(), naive[1]); // the address on the wrong thread
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(waits_for_its_parent, tl_fiber *, parent)
{
    CHECK_INT(TL_FIBER_WAITING, tl_fiber_get_status(*parent));
    CHECK_OK(tl_yield(NULL));
    CHECK_INT(TL_FIBER_WAITING, tl_fiber_get_status(*parent));
}

TL_FIBER(takes_over, tl_nothing, unused)
{
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(fiber));
    void *thread = tl_fiber_first_value();
    CHECK(pthread_equal((pthread_t)thread, pthread_self()));
    CHECK_OK(tl_yield(NULL));
}

/// Makes, in one function, all calls that look up thread-locals in the library, again and again around switches: if the
/// optimiser kept an address from one thread, a check would fail on the other.
TL_FIBER(asks_wherever_it_is, tl_nothing, unused)
{
    void *thread = tl_fiber_first_value();
    for (int i = 0; i < 200; ++i) {
        CHECK(pthread_equal((pthread_t)thread, pthread_self()));
        CHECK_POINTER(fiber, tl_fiber_current());
        CHECK_INT(TL_FIBER_RUNNING, tl_fiber_get_status(tl_fiber_current()));
        CHECK(!tl_fiber_is_unwinding());
        tl_fiber *inner = NULL;
        CHECK_OK(tl_fiber_create(pool, &inner, waits_for_its_parent, fiber));
        CHECK_OK(tl_resume(inner, NULL));
        void **script_slot = tl__thread_script_slot();
        CHECK_OK(tl_yield(&thread)); // the other of two threads resumes it
        CHECK(tl__thread_script_slot() != script_slot);
        CHECK_POINTER(fiber, tl_fiber_current());
        CHECK_RESULT(TL_FINISHED, tl_resume(inner, NULL)); // it may have begun on the other thread
        CHECK_OK(tl_fiber_destroy(inner));
        tl_fiber *next = NULL;
        CHECK_OK(tl_fiber_create(pool, &next, takes_over, {0}));
        CHECK_OK(tl_transfer(next, &thread)); // which yields to the thread that resumed this fiber
        CHECK_OK(tl_fiber_destroy(next));
    }
}

TEST(what_is_looked_up_is_of_the_thread_that_asks)
{
    make();
    CHECK_OK(tl_fiber_create(pool, &fiber, asks_wherever_it_is, {0}));
    pthread_t thread = start(second_half);
    for (int i = 0; i < 100; ++i) {
        void *value = (void *)pthread_self();
        CHECK_OK(tl_resume(fiber, &value));
        take_turn();
        take_turn();
    }
    CHECK_OK(tl_fiber_cancel(fiber));
    finish(thread);
}

TEST(a_fiber_continues_on_another_thread)
{
    make();
    CHECK_OK(tl_fiber_create(pool, &fiber, migrates, {0}));
    pthread_t thread = start(second_half);
    for (int i = 0; i < 100; ++i) {
        void *value = (void *)pthread_self();
        CHECK_OK(tl_resume(fiber, &value));
        take_turn(); // the other thread's turn
        take_turn(); // our turn again
    }
    void *value = (void *)pthread_self();
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, &value));
    finish(thread);
}

TL_FIBER(runs_until_released, tl_nothing, unused)
{
    take_turn(); // the other thread misuses the fiber
    take_turn();
    CHECK_OK(tl_yield(NULL));
}

static void *misuse_running(void *unused)
{
    take_turn();
    CHECK_INT(TL_FIBER_RUNNING, tl_fiber_get_status(fiber));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_resume(fiber, NULL));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_cancel(fiber));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_trim(fiber));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_destroy(fiber));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_reset(fiber, runs_until_released, {0}));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_pool_destroy(pool));
    take_turn();
    return unused;
}

TEST(another_threads_running_fiber)
{
    make();
    CHECK_OK(tl_fiber_create(pool, &fiber, runs_until_released, {0}));
    pthread_t thread = start(misuse_running);
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    finish(thread);
}

TL_FIBER(counts, intptr_t, times)
{
    for (intptr_t i = 0; i < *times; ++i) {
        void *value = (void *)i;
        CHECK_OK(tl_yield(&value));
    }
}

static void *run_own_pool(void *unused)
{
    tl_pool *own = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &own));
    for (int round = 0; round < 50; ++round) {
        tl_fiber *counter = NULL;
        CHECK_OK(tl_fiber_create(own, &counter, counts, 20));
        for (intptr_t i = 0; i < 20; ++i) {
            void *value = NULL;
            CHECK_OK(tl_resume(counter, &value));
            CHECK_INT(i, (intptr_t)value);
        }
        CHECK_OK(tl_fiber_destroy(counter));
    }
    CHECK_OK(tl_pool_destroy(own));
    return unused;
}

TEST(each_thread_with_its_own_pool)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i)
        threads[i] = start(run_own_pool);
    for (int i = 0; i < 4; ++i)
        CHECK_INT(0, pthread_join(threads[i], NULL));
}

struct meeting {
    tl_fiber **self;
};

/// Runs while the other thread runs a fiber of its own.
TL_FIBER(meets, struct meeting, me)
{
    for (int i = 0; i < 100; ++i) {
        take_turn();
        CHECK_POINTER(*me->self, tl_fiber_current());
        CHECK_INT(TL_FIBER_RUNNING, tl_fiber_get_status(*me->self));
        take_turn();
        CHECK_OK(tl_yield(NULL));
    }
}

static void run_meeting(void)
{
    tl_pool *own = NULL;
    tl_fiber *self = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &own));
    CHECK_OK(tl_fiber_create(own, &self, meets, {&self}));
    for (int i = 0; i < 100; ++i) {
        CHECK_OK(tl_resume(self, NULL));
        CHECK_POINTER(NULL, tl_fiber_current());
    }
    CHECK_OK(tl_pool_destroy(own));
}

static void *meet(void *unused)
{
    run_meeting();
    return unused;
}

TEST(two_threads_inside_fibers_at_once)
{
    make();
    pthread_t thread = start(meet);
    run_meeting();
    finish(thread);
}
