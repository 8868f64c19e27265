// SPDX-License-Identifier: MIT
// Each call in each wrong state: the documented answer, the hook called once, and the fiber unharmed.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../child.h"
#include "check.h"
#include "telar/fiber.h"

static tl_pool *pool;
static tl_fiber *self, *outer;
static bool reached_end;

TL_FIBER(suspends, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
    reached_end = true;
}

static tl_fiber *made(void)
{
    tl_fiber *fiber = NULL;
    if (pool == NULL)
        CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, suspends, {0}));
    return fiber;
}

static tl_fiber *suspended(void)
{
    tl_fiber *fiber = made();
    CHECK_OK(tl_resume(fiber, NULL));
    return fiber;
}

/// Checks that the fiber continues as if nothing had happened.
static void check_unharmed(tl_fiber *fiber)
{
    reached_end = false;
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK(reached_end);
}

TEST(null)
{
    tl_fiber *fiber = made();
    CHECK_MISUSE(TL_ERROR_NULL, tl_resume(NULL, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_cancel(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_destroy(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_reset(NULL, suspends, {0}));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_reset_raw(fiber, NULL, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_reset_raw(fiber, &suspends__entry, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_create(pool, NULL, suspends, {0}));
    tl_fiber *none = fiber;
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_create(NULL, &none, suspends, {0}));
    CHECK_POINTER(NULL, none);
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_create_raw(pool, NULL, NULL, NULL, &none));
    tl_fiber_entry nothing_to_run = {.args_align = 1}, unnamed = {.run = suspends__run, .args_align = 1};
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_create_raw(pool, NULL, &nothing_to_run, NULL, &none));
    CHECK_OK(tl_fiber_create_raw(pool, NULL, &unnamed, NULL, &none));
    CHECK_STRING("(unnamed)", tl_fiber_name(none));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_create_raw(pool, NULL, &suspends__entry, NULL, &none));
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_set_user_data(NULL, NULL));
    CHECK_UINT(0, tl_fiber_get_stack(NULL).size);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_trim(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_pool_create(NULL, &(tl_pool *){NULL}));
    CHECK_MISUSE(TL_ERROR_NULL, tl_pool_create(&(tl_pool_desc){0}, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_pool_destroy(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_pool_trim(NULL));
    CHECK_UINT(0, tl_pool_get_info(NULL).stack_count);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_OK(tl_resume(fiber, NULL));
    check_unharmed(fiber);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(finished)
{
    tl_fiber *fiber = suspended();
    check_unharmed(fiber);
    void *value = &pool;
    CHECK_MISUSE(TL_ERROR_FINISHED, tl_resume(fiber, &value));
    CHECK_POINTER(&pool, value);
    CHECK_MISUSE(TL_ERROR_FINISHED, tl_fiber_cancel(fiber));
    CHECK_OK(tl_fiber_trim(fiber));
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(transfers_to, tl_fiber *, target)
{
    CHECK_MISUSE(TL_ERROR_NULL, tl_transfer(NULL, NULL));
    CHECK_MISUSE(TL_ERROR_FINISHED, tl_transfer(*target, NULL));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_transfer(tl_fiber_current(), NULL));
    CHECK_OK(tl_yield(NULL));
    reached_end = true;
}

TEST(transfer_to_a_finished_one)
{
    tl_fiber *finished = suspended(), *fiber = NULL;
    check_unharmed(finished);
    CHECK_OK(tl_fiber_create(pool, &fiber, transfers_to, finished));
    CHECK_OK(tl_resume(fiber, NULL));
    check_unharmed(fiber);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(outside_any_fiber)
{
    tl_fiber *fiber = suspended();
    void *value = &pool;
    CHECK_MISUSE(TL_ERROR_NO_FIBER, tl_yield(&value));
    CHECK_MISUSE(TL_ERROR_NO_FIBER, tl_transfer(fiber, &value));
    CHECK_POINTER(&pool, value);
    CHECK_MISUSE(TL_ERROR_NO_FIBER, tl_exit(NULL));
    CHECK_MISUSE(TL_ERROR_NO_FIBER, tl_fiber_set_result(NULL));
    CHECK_POINTER(NULL, tl_fiber_current());
    CHECK_POINTER(NULL, tl_fiber_first_value());
    check_unharmed(fiber);
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(misuses_itself, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_resume(self, NULL));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_transfer(self, NULL));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_cancel(self));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_destroy(self));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_reset(self, suspends, {0}));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_trim(self));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_pool_destroy(pool));
    CHECK_OK(tl_yield(NULL));
    reached_end = true;
}

TEST(running)
{
    made();
    CHECK_OK(tl_fiber_create(pool, &self, misuses_itself, {0}));
    CHECK_OK(tl_resume(self, NULL));
    check_unharmed(self);
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(misuses_outer, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_WAITING, tl_resume(outer, NULL));
    CHECK_MISUSE(TL_ERROR_WAITING, tl_transfer(outer, NULL));
    CHECK_MISUSE(TL_ERROR_WAITING, tl_fiber_cancel(outer));
    CHECK_MISUSE(TL_ERROR_WAITING, tl_fiber_destroy(outer));
    CHECK_MISUSE(TL_ERROR_WAITING, tl_fiber_reset(outer, suspends, {0}));
    CHECK_MISUSE(TL_ERROR_WAITING, tl_fiber_trim(outer));
}

TL_FIBER(resumes_another, tl_fiber *, inner)
{
    CHECK_RESULT(TL_FINISHED, tl_resume(*inner, NULL));
    CHECK_OK(tl_yield(NULL));
    reached_end = true;
}

TEST(waiting)
{
    tl_fiber *inner = NULL;
    tl_pool *inner_pool = NULL;
    made();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &inner_pool));
    CHECK_OK(tl_fiber_create(inner_pool, &inner, misuses_outer, {0}));
    CHECK_OK(tl_fiber_create(pool, &outer, resumes_another, inner));
    CHECK_OK(tl_resume(outer, NULL));
    check_unharmed(outer);
    CHECK_OK(tl_pool_destroy(inner_pool));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(destroys_pool_of_outer, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_WAITING, tl_pool_destroy(pool));
}

TEST(pool_of_a_waiting_fiber)
{
    tl_fiber *inner = NULL;
    tl_pool *inner_pool = NULL;
    tl_fiber *bystander = suspended();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &inner_pool));
    CHECK_OK(tl_fiber_create(inner_pool, &inner, destroys_pool_of_outer, {0}));
    CHECK_OK(tl_fiber_create(pool, &outer, resumes_another, inner));
    CHECK_OK(tl_resume(outer, NULL));
    check_unharmed(outer);
    check_unharmed(bystander);
    CHECK_OK(tl_pool_destroy(inner_pool));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(pool_exhausted)
{
    tl_fiber *first = suspended();
    for (int i = 1; i < 8; ++i)
        suspended();
    tl_fiber *one_too_many = first;
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_fiber_create(pool, &one_too_many, suspends, {0}));
    CHECK_POINTER(NULL, one_too_many);
    check_unharmed(first);
    CHECK_OK(tl_fiber_destroy(first));
    CHECK_OK(tl_fiber_create(pool, &one_too_many, suspends, {0}));
    CHECK_OK(tl_resume(one_too_many, NULL));
    check_unharmed(one_too_many);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(arguments_too_large)
{
    tl_fiber *fiber = suspended();
    tl_fiber *none = fiber;
    static char bytes[128 * 1024];
    tl_fiber_entry entry = suspends__entry;
    for (size_t size = 64 * 1024 - 512; size <= sizeof bytes; size += 4096) {
        entry.args_size = size;
        CHECK_MISUSE(TL_ERROR_ARGS_SIZE, tl_fiber_create_raw(pool, NULL, &entry, bytes, &none));
        CHECK_POINTER(NULL, none);
        CHECK_MISUSE(TL_ERROR_ARGS_SIZE, tl_fiber_reset_raw(fiber, &entry, bytes));
    }
    entry.args_size = 16;
    static const size_t alignments[] = {0, 3, 24, 8192};
    for (int i = 0; i < 4; ++i) {
        entry.args_align = alignments[i];
        CHECK_MISUSE(TL_ERROR_ARGS_SIZE, tl_fiber_create_raw(pool, NULL, &entry, bytes, &none));
    }
    tl_pool_info info = tl_pool_get_info(pool);
    CHECK_UINT(1, info.in_use);
    CHECK_UINT(1, info.touched);
    check_unharmed(fiber);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(destroyed_twice)
{
    tl_fiber *fiber = suspended(), *next = NULL;
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_MISUSE(TL_ERROR_STALE, tl_fiber_destroy(fiber));
    CHECK_MISUSE(TL_ERROR_STALE, tl_resume(fiber, NULL));
    CHECK_MISUSE(TL_ERROR_STALE, tl_fiber_cancel(fiber));
    CHECK_MISUSE(TL_ERROR_STALE, tl_fiber_reset(fiber, suspends, {0}));
    CHECK_MISUSE(TL_ERROR_STALE, tl_fiber_trim(fiber));
    tl_pool_info info = tl_pool_get_info(pool);
    CHECK_UINT(0, info.in_use);
    CHECK_OK(tl_fiber_create(pool, &next, suspends, {0})); // which gets the same stack
    CHECK_POINTER(fiber, next);
    CHECK_OK(tl_resume(next, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

static void misuse_with_the_default_hook(void)
{
    tl_set_misuse_hook(NULL);
    _Exit(tl_fiber_destroy(NULL) == TL_ERROR_NULL ? 7 : 8);
}

TEST(default_hook_aborts_in_a_debug_build)
{
    char output[4096];
    int status = in_child(misuse_with_the_default_hook, output, sizeof output);
#ifdef NDEBUG
    CHECK(WIFEXITED(status));
    CHECK_INT(7, WEXITSTATUS(status));
#else
    CHECK(strstr(output, "tl_fiber_destroy") != NULL);
    CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != 7);
#endif
}

TEST(default_hook_is_restored_by_null)
{
    tl_misuse_hook ours = tl_set_misuse_hook(NULL);
    tl_misuse_hook standard = tl_set_misuse_hook(ours);
    CHECK(standard != NULL && standard != ours);
}
