// SPDX-License-Identifier: MIT
// The lists from which debuggers find all that exists (fiber/roots.h).
#include "fiber/roots.h"

#include <stdlib.h>

#include "check.h"
#include "fiber/pool_layout.h"
#include "fiber/thread.h"
#include "job/system.h"
#include "roots_count.h"
#include "thread_ends.h"

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
        CHECK_UINT(2u - (unsigned)i, count_roots(TL__ROOT_POOL));
    }
}

TEST(a_pool_that_cannot_be_made_is_not_listed)
{
    tl_pool *pool = NULL;
    CHECK_MISUSE(TL_ERROR_STACK_SIZE, tl_pool_create(&(tl_pool_desc){.stack_size = 1}, &pool));
    CHECK_UINT(0, count_roots(TL__ROOT_POOL));
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
        CHECK_UINT(i + 1, count_roots(TL__ROOT_OWN_FIBER));
    }
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[0], NULL));
    CHECK_UINT(FIBERS, count_roots(TL__ROOT_OWN_FIBER));
    for (size_t i = 0; i < FIBERS; ++i) {
        CHECK_OK(tl_fiber_destroy(fibers[(i + 1) % FIBERS]));
        CHECK_UINT(FIBERS - 1 - i, count_roots(TL__ROOT_OWN_FIBER));
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
    CHECK_UINT(0, count_roots(TL__ROOT_OWN_FIBER));
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_OK(tl_pool_destroy(pool));
    free(control);
}

/// Returns how many threads are listed, this one among them.
static void *resume_and_count(void *fiber)
{
    size_t before = count_roots(TL__ROOT_THREAD);
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_UINT(before + 1, count_roots(TL__ROOT_THREAD));
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
    CHECK_UINT(0, count_roots(TL__ROOT_THREAD));
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(tl_fiber_create(stacks, &inner, yield_once, {0}));
        CHECK_POINTER(inner, on_thread(resume_and_count, inner));
        CHECK_UINT(0, count_roots(TL__ROOT_THREAD));
    }
    CHECK_OK(tl_fiber_create(stacks, &inner, yield_once, {0}));
    resume_and_count(inner);
    CHECK_UINT(1, count_roots(TL__ROOT_THREAD));
    CHECK_OK(tl_pool_destroy(stacks));
}

TEST(job_systems_are_listed_with_their_pools)
{
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_POINTER(jobs, TL__OF_ROOT(tl__roots[TL__ROOT_JOB_SYSTEM], tl_job_system, root));
    CHECK_UINT(2, count_roots(TL__ROOT_POOL));
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_UINT(0, count_roots(TL__ROOT_JOB_SYSTEM));
    CHECK_UINT(0, count_roots(TL__ROOT_POOL));
    CHECK(count_roots(TL__ROOT_THREAD) <= 1); // this one, if it has run a job's clean-ups; the worker has ended
}
