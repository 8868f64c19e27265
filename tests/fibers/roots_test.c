// SPDX-License-Identifier: MIT
// The lists from which debuggers find all that exists (fiber/roots.h).
#include "fiber/roots.h"

#include <stdlib.h>

#include "check.h"
#include "fiber/pool_layout.h"
#include "fiber/thread.h"
#include "job/system.h"
#include "telar/lock.h"
#include "thread_ends.h"
#ifndef _WIN32
#include <pthread.h>

#include "../child.h"
#endif

static size_t count(tl__root_kind kind)
{
    size_t found = 0;
    tl__roots_lock();
    for (const tl__root *root = tl__roots[kind]; root != NULL; root = root->next) {
        CHECK_POINTER(root, *root->at);
        ++found;
    }
    tl__roots_unlock();
    return found;
}

TL_FIBER(yield_once, tl_nothing, unused)
{
    tl_yield(NULL);
}

TEST(pools_are_listed_until_they_are_destroyed)
{
    tl_pool *pools[3];
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(tl_pool_create(&(tl_pool_desc){.stacks = i == 1 ? TL_STACKS_DENSE : TL_STACKS_OWN}, &pools[i]));
        CHECK_POINTER(pools[i], TL__OF_ROOT(tl__roots[TL__ROOT_POOL], tl_pool, root));
    }
    for (int i = 0; i < 3; ++i) { // the one in the middle of the list first
        CHECK_OK(tl_pool_destroy(pools[(i + 1) % 3]));
        CHECK_UINT(2u - (unsigned)i, count(TL__ROOT_POOL));
    }
}

TEST(a_pool_that_cannot_be_made_is_not_listed)
{
    tl_pool *pool = NULL;
    CHECK_MISUSE(TL_ERROR_STACK_SIZE, tl_pool_create(&(tl_pool_desc){.stack_size = 1}, &pool));
    CHECK_UINT(0, count(TL__ROOT_POOL));
}

TEST(fibers_in_no_pool_are_listed_until_they_are_destroyed)
{
    enum { SIZE = 32768, FIBERS = 3 };
    tl_fiber *fibers[FIBERS];
    char *stacks_of_ours = malloc((size_t)SIZE * FIBERS), *control = malloc(tl_fiber_control_size());
    CHECK(stacks_of_ours != NULL && control != NULL);
    for (size_t i = 0; i < FIBERS; ++i) {
        tl_fiber_desc desc = {
            .stack = stacks_of_ours + i * SIZE, .stack_size = SIZE, .control = i == 1 ? control : NULL};
        CHECK_OK(tl_fiber_create_with(NULL, &desc, &fibers[i], yield_once, {0}));
        CHECK_OK(tl_resume(fibers[i], NULL));
        CHECK_UINT(i + 1, count(TL__ROOT_OWN_FIBER));
    }
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[0], NULL));
    CHECK_UINT(FIBERS, count(TL__ROOT_OWN_FIBER));
    for (size_t i = 0; i < FIBERS; ++i) {
        CHECK_OK(tl_fiber_destroy(fibers[(i + 1) % FIBERS]));
        CHECK_UINT(FIBERS - 1 - i, count(TL__ROOT_OWN_FIBER));
    }
    free(stacks_of_ours);
    free(control);
}

TEST(a_fiber_whose_block_lies_apart_is_found_by_its_pool_alone)
{
    char *control = malloc(tl_fiber_control_size());
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK(control != NULL);
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.control = control}), &fiber, yield_once, {0}));
    CHECK_POINTER(fiber, pool->slots[0].fiber);
    CHECK_UINT(0, count(TL__ROOT_OWN_FIBER));
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_OK(tl_pool_destroy(pool));
    free(control);
}

/// Returns how many threads are listed, this one among them.
static void *resume_and_count(void *fiber)
{
    size_t before = count(TL__ROOT_THREAD);
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_UINT(before + 1, count(TL__ROOT_THREAD));
    const tl__thread_state *here = TL__OF_ROOT(tl__roots[TL__ROOT_THREAD], tl__thread_state, listed);
    CHECK_POINTER(&here->root, here->current);
#ifndef _WIN32
    CHECK_INT(tl__thread_system_id(), here->system_id);
#endif
    return fiber;
}

TEST(threads_that_have_resumed_a_fiber_are_listed_until_they_end)
{
    make_stacks(TL_STACKS_OWN);
    CHECK_UINT(0, count(TL__ROOT_THREAD));
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(tl_fiber_create(stacks, &inner, yield_once, {0}));
        CHECK_POINTER(inner, on_thread(resume_and_count, inner));
        CHECK_UINT(0, count(TL__ROOT_THREAD));
    }
    CHECK_OK(tl_fiber_create(stacks, &inner, yield_once, {0}));
    resume_and_count(inner);
    CHECK_UINT(1, count(TL__ROOT_THREAD));
    CHECK_OK(tl_pool_destroy(stacks));
}

TEST(job_systems_are_listed_with_their_pools)
{
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_POINTER(jobs, TL__OF_ROOT(tl__roots[TL__ROOT_JOB_SYSTEM], tl_job_system, root));
    CHECK_UINT(2, count(TL__ROOT_POOL));
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_UINT(0, count(TL__ROOT_JOB_SYSTEM));
    CHECK_UINT(0, count(TL__ROOT_POOL));
    CHECK(count(TL__ROOT_THREAD) <= 1); // this one, if it has run a job's clean-ups; the worker has ended
}

#ifndef _WIN32 // which has no fork

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
    CHECK_UINT(1, count(TL__ROOT_THREAD));
    CHECK_UINT(1, count(TL__ROOT_POOL));
    CHECK_RESULT(TL_FINISHED, tl_resume(inner, NULL));
    CHECK_OK(tl_pool_destroy(stacks));
    CHECK_UINT(0, count(TL__ROOT_POOL));
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
    CHECK_UINT(2, count(TL__ROOT_THREAD));
    atomic_store(&stops, true);
    CHECK_INT(0, pthread_join(other, NULL));
    CHECK_OK(tl_pool_destroy(stacks));
}

static void check_this_thread_is_listed(void)
{
    CHECK_UINT(1, count(TL__ROOT_THREAD));
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
    count(TL__ROOT_WORLD);
    tl__root_remove(&mine);
}

TEST(a_fork_finds_whole_lists_whatever_other_threads_do)
{
    enum { FORKS = 300 };
    if (CHECK_TSAN || check_under_valgrind())
        SKIP("so many children with threads are too many for ThreadSanitizer and Valgrind");
    pthread_t other;
    CHECK_INT(0, pthread_create(&other, NULL, make_roots, NULL));
    while (!atomic_load(&goes))
        sched_yield();
    for (int i = 0; i < FORKS; ++i)
        CHECK_INT(0, in_child(add_a_root, output, sizeof output));
    atomic_store(&stops, true);
    CHECK_INT(0, pthread_join(other, NULL));
}
#endif
