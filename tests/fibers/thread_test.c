// Fibers and threads: moving from one to another, and misuse across them. Threads take turns by a barrier, never by
// sleeping.
#include <pthread.h>

#include "check.h"
#include "telar/fiber.h"

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

TEST(a_fiber_goes_on_on_another_thread)
{
    make();
    CHECK_OK(tl_fiber_create(pool, &fiber, migrates, {0}));
    pthread_t thread = start(second_half);
    for (int i = 0; i < 100; ++i) {
        void *value = (void *)pthread_self();
        CHECK_OK(tl_resume(fiber, &value));
        take_turn(); // the other one's
        take_turn(); // ours again
    }
    void *value = (void *)pthread_self();
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, &value));
    finish(thread);
}

TL_FIBER(runs_until_told, tl_nothing, unused)
{
    take_turn(); // the other thread tries its misuse
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
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_reset(fiber, runs_until_told, {0}));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_pool_destroy(pool));
    take_turn();
    return unused;
}

TEST(another_threads_running_fiber)
{
    make();
    CHECK_OK(tl_fiber_create(pool, &fiber, runs_until_told, {0}));
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

/// Inside while the other thread is inside a fiber of its own.
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
