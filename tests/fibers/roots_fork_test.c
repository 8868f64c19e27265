// SPDX-License-Identifier: MIT
// The lists of fiber/roots.h in a child of fork.
#include <pthread.h>
#include <sched.h>

#include "child.h"
#include "roots_count.h"
#include "telar/lock.h"
#include "thread_ends.h"

TL_FIBER(yield_once, tl_nothing, unused)
{
    tl_yield(NULL);
}

static atomic_bool stops, goes;
static char output[4096];

static void *resume_and_stay(void *fiber)
{
    CHECK_OK(tl_resume(fiber, NULL));
    atomic_store(&goes, true);
    while (!atomic_load(&stops))
        sched_yield();
    return NULL;
}

static void check_one_thread_is_left(void)
{
    CHECK_UINT(1, count_roots(TL__ROOT_THREAD));
    CHECK_UINT(1, count_roots(TL__ROOT_POOL));
    CHECK_RESULT(TL_FINISHED, tl_resume(inner, NULL));
    CHECK_OK(tl_pool_destroy(stacks));
    CHECK_UINT(0, count_roots(TL__ROOT_POOL));
}

TEST(a_child_of_fork_lists_its_one_thread)
{
    pthread_t other;
    make_stacks(TL_STACKS_OWN);
    CHECK_OK(tl_fiber_create(stacks, &outer, yield_once, {0}));
    CHECK_OK(tl_fiber_create(stacks, &inner, yield_once, {0}));
    CHECK_OK(tl_resume(inner, NULL));
    CHECK_INT(0, pthread_create(&other, NULL, resume_and_stay, outer));
    while (!atomic_load(&goes))
        sched_yield();
    int status = in_child(check_one_thread_is_left, output, sizeof output);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        check_fail(__FILE__, __LINE__, "the child ended with status %x: %s", (unsigned)status, output);
    CHECK_UINT(2, count_roots(TL__ROOT_THREAD));
    atomic_store(&stops, true);
    CHECK_INT(0, pthread_join(other, NULL));
    CHECK_OK(tl_pool_destroy(stacks));
}

static void check_this_thread_is_listed(void)
{
    CHECK_UINT(1, count_roots(TL__ROOT_THREAD));
}

TEST(a_child_of_a_thread_that_only_used_a_lock_lists_it)
{
    tl_mutex mutex = {0};
    CHECK_OK(tl_mutex_lock(&mutex)); // the library's first call in this process
    CHECK_OK(tl_mutex_unlock(&mutex));
    CHECK_INT(0, in_child(check_this_thread_is_listed, output, sizeof output));
}

static void *make_roots(void *unused)
{
    tl__root mine = {0};
    while (!atomic_load(&stops)) {
        tl__root_add(TL__ROOT_WORLD, &mine);
        atomic_store(&goes, true);
        tl__root_remove(&mine);
    }
    return unused;
}

static void add_a_root(void)
{
    tl__root mine = {0};
    tl__root_add(TL__ROOT_WORLD, &mine); // hangs if the lock was held at the fork, until in_child's alarm
    count_roots(TL__ROOT_WORLD);
    tl__root_remove(&mine);
}

TEST(a_fork_finds_whole_lists_whatever_other_threads_do)
{
    enum { FORKS = 300 };
    if (CHECK_TSAN || check_under_valgrind())
        SKIP("hundreds of children of a process with threads are too many for ThreadSanitizer and Valgrind");
    pthread_t other;
    CHECK_INT(0, pthread_create(&other, NULL, make_roots, NULL));
    while (!atomic_load(&goes))
        sched_yield();
    for (int i = 0; i < FORKS; ++i)
        CHECK_INT(0, in_child(add_a_root, output, sizeof output));
    atomic_store(&stops, true);
    CHECK_INT(0, pthread_join(other, NULL));
}
