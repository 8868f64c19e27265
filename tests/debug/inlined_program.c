// SPDX-License-Identifier: MIT
// A fiber is suspended, another one waits for a mutex on a thread of its own, and main stops in a function that is
// inlined there, and outside that: see inlined_test.py. There is no job system.
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <string.h>

#include "telar/dump.h"
#include "telar/fiber.h"
#include "telar/lock.h"
#include "telar/pool.h"

static volatile int seen;

static __attribute__((noinline)) void suspend_here(void)
{
    tl_yield(NULL);
    __asm__ volatile("" ::: "memory"); // so that the call above is no tail call
}

TL_FIBER(waiter, tl_nothing, unused)
{
    suspend_here();
    __asm__ volatile("" ::: "memory");
}

/// For the debugger to call.
__attribute__((noinline, used)) static int look_beyond(void)
{
    return seen;
}

static tl_mutex shield = {.name = "shield"};
static sem_t begins;

TL_FIBER(blocked, tl_nothing, unused)
{
    sem_post(&begins);
    tl_mutex_lock(&shield);
    tl_mutex_unlock(&shield);
}

static void *run_blocked(void *unused)
{
    tl_pool *pool;
    tl_fiber *fiber;
    if (tl_pool_create(&(tl_pool_desc){0}, &pool) == TL_OK && tl_fiber_create(pool, &fiber, blocked, {0}) == TL_OK)
        tl_resume(fiber, NULL);
    tl_pool_destroy(pool);
    return unused;
}

static void look_for_wait(const char *text, size_t size, void *found)
{
    static const char thread[] = "thread \"blocked\"";
    *(bool *)found |= size >= sizeof thread - 1 && memcmp(text, thread, sizeof thread - 1) == 0;
}

static void wait_until_blocked(void)
{
    sem_wait(&begins);
    for (bool found = false; !found;)
        tl_dump(&(tl_dump_desc){.write = look_for_wait, .user_data = &found});
}

static inline __attribute__((always_inline)) void look_closely(void)
{
    seen += 1;
    seen += 2; // inlined
    seen += 3;
}

int main(void)
{
    tl_pool *pool;
    tl_fiber *fiber;
    if (tl_pool_create(&(tl_pool_desc){0}, &pool) != TL_OK || tl_fiber_create(pool, &fiber, waiter, {0}) != TL_OK ||
        tl_resume(fiber, NULL) != TL_OK)
        return 1;
    pthread_t thread;
    sem_init(&begins, 0, 0);
    tl_mutex_lock(&shield);
    if (pthread_create(&thread, NULL, run_blocked, NULL) != 0)
        return 1;
    wait_until_blocked();
    look_closely();
    seen += 4; // in main
    seen += 5;
    tl_mutex_unlock(&shield);
    pthread_join(thread, NULL);
    return tl_pool_destroy(pool) == TL_OK && look_beyond() != 0 ? 0 : 1;
}
