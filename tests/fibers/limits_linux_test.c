// SPDX-License-Identifier: MIT
// The limits of Linux: kernels without calls that the library uses, and the number of mappings.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "check.h"
#include "many_fibers.h"

// The linker sends the library's calls here (--wrap), so that a case can make the system refuse them.
static bool no_guard_install, guards_are_lies, no_populate;
static int guards_installed;

int __real_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice)
{
    if ((advice == 102 && no_guard_install) || (advice == 23 && no_populate)) {
        errno = EINVAL;
        return -1;
    }
    guards_installed += advice == 102;
    return advice == 102 && guards_are_lies ? 0 : __real_madvise(address, size, advice);
}

/// Holds four numbers of its own while a million others run.
TL_FIBER(keeps_its_locals, struct place, place)
{
    uint64_t seed = place->index, mine[4];
    for (int i = 0; i < 4; ++i)
        mine[i] = check_random(&seed);
    for (uint64_t turn = 1; turn < TURNS; ++turn) {
        CHECK_OK(tl_yield(NULL));
        for (int i = 0; i < 4; ++i)
            mine[i] += turn;
    }
    seed = place->index;
    for (int i = 0; i < 4; ++i)
        CHECK_UINT(check_random(&seed) + TURNS * (TURNS - 1) / 2, mine[i]);
    tl_exit((void *)(uintptr_t)(place->index + 1));
}

TEST(a_million_guarded_fibers_alive)
{
    const long long needed = 6ll << 30, tolerance = 64 << 20;
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("a million stacks are too many for a sanitizer and for Valgrind");
#ifndef TELAR_BACKEND_ASSEMBLY
    SKIP("the C library's contexts are so large that a million take twice the memory");
#endif
    if (available_bytes() < needed)
        SKIP("this takes 4.2 GB, and less than 6 GiB of memory are available");
    tl_pool *pool = NULL;
    tl_pool_info info;
    tl_result made = tl_pool_create(
        &(tl_pool_desc){.stack_size = TL_STACK_MIN, .stack_count = MILLION, .guard = TL_GUARD_MADVISE}, &pool);
    if (made == TL_ERROR_GUARD)
        SKIP("this kernel has no MADV_GUARD_INSTALL");
    CHECK_OK(made);
    tl_fiber **fibers = calloc(MILLION, sizeof *fibers);
    CHECK(fibers != NULL);
    long long before = resident_bytes();
    for (uint32_t i = 0; i < MILLION; ++i)
        CHECK_OK(tl_fiber_create(pool, &fibers[i], keeps_its_locals, {i}));
    resume_a_million(fibers, 1);
    info = tl_pool_get_info(pool);
    CHECK_UINT(MILLION, info.in_use);
    check_guards(fibers, MILLION);
    long long alive = resident_bytes() + page_table_bytes() - before;
    CHECK(alive > MILLION * 4096ll && alive < MILLION * 4400ll);
    for (uint32_t i = 0; i < MILLION; ++i)
        CHECK_OK(tl_fiber_destroy(fibers[i]));
    CHECK_OK(tl_pool_trim(pool));
    CHECK(resident_bytes() - before < tolerance);
    CHECK_OK(tl_pool_destroy(pool));
    free(fibers);
}

static long max_map_count(void)
{
    long count = -1;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    if (file != NULL) {
        if (fscanf(file, "%ld", &count) != 1)
            count = -1;
        fclose(file);
    }
    return count;
}

TEST(mprotect_meets_the_limit_of_mappings_with_a_clear_error)
{
    enum { COUNT = 60000 };
    if (CHECK_TSAN || check_under_valgrind())
        SKIP("ThreadSanitizer and Valgrind have lower limits of their own");
    long most = max_map_count();
    if (most < 0 || most / 2 >= COUNT)
        SKIP("vm.max_map_count is %ld: out of this test's reach", most);
    tl_pool *pool = NULL;
    tl_fiber **fibers = calloc(COUNT, sizeof *fibers);
    CHECK(fibers != NULL);
    CHECK_OK(tl_pool_create(
        &(tl_pool_desc){.stack_size = TL_STACK_MIN, .stack_count = COUNT, .guard = TL_GUARD_MPROTECT}, &pool));
    uint32_t count = 0;
    tl_result result = TL_OK;
    while (count < COUNT && (result = tl_fiber_create(pool, &fibers[count], remembers, {count})) == TL_OK)
        CHECK_OK(tl_resume(fibers[count++], NULL));
    CHECK_RESULT(TL_ERROR_MAX_MAP_COUNT, result);
    CHECK_POINTER(NULL, fibers[count]);
    CHECK(count > (uint32_t)most / 2 - 1000 && count <= (uint32_t)most / 2);
    check_guards(fibers, count);
    resume_and_check(fibers, count); // all fibers that were made still work
    CHECK_OK(tl_pool_destroy(pool));
    free(fibers);
}

TEST(populating_on_an_older_kernel)
{
    no_populate = true;
    check_populating();
}

TEST(an_older_kernel_gets_mprotect)
{
    tl_pool *pool = NULL;
    tl_pool_info info;
    no_guard_install = true;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    info = tl_pool_get_info(pool);
    CHECK_INT(TL_GUARD_MPROTECT, info.guard);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_kernel_that_changes_its_mind_gets_mprotect)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    tl_pool_info info;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    no_guard_install = true; // from here on, as after mlockall
    CHECK_OK(tl_fiber_create(pool, &fiber, remembers, {0}));
    info = tl_pool_get_info(pool);
    CHECK_INT(TL_GUARD_MPROTECT, info.guard);
    CHECK_OK(tl_resume(fiber, NULL));
    resume_and_check(&fiber, 1);
    CHECK_OK(tl_pool_destroy(pool));
}

/// Makes a pool and a fiber in it, and checks the fiber's guard. Returns how the guard was made.
static tl_guard guard_of_new_pool(void)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    tl_pool_info info;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, remembers, {0}));
    info = tl_pool_get_info(pool);
    check_guards(&fiber, 1);
    CHECK_OK(tl_pool_destroy(pool));
    return info.guard;
}

static bool has_guard_install(void)
{
    tl_pool *pool = NULL;
    tl_result made = tl_pool_create(&(tl_pool_desc){.guard = TL_GUARD_MADVISE}, &pool);
    CHECK(made == TL_OK || made == TL_ERROR_GUARD);
    if (made == TL_OK)
        CHECK_OK(tl_pool_destroy(pool));
    return made == TL_OK;
}

TEST(guards_are_made_as_the_kernel_and_the_build_allow)
{
    bool has = has_guard_install();
#ifdef TELAR_REFUSE_MADVISE_GUARDS
    CHECK(!has);
    CHECK_INT(0, guards_installed);
#endif
    CHECK_INT(has ? TL_GUARD_MADVISE : TL_GUARD_MPROTECT, guard_of_new_pool());
}

TEST(a_kernel_that_only_claims_to_guard_gets_mprotect)
{
    guards_are_lies = true;
    CHECK_INT(TL_GUARD_MPROTECT, guard_of_new_pool());
    int asked = guards_installed;
    CHECK(asked <= 1);
    CHECK_INT(TL_GUARD_MPROTECT, guard_of_new_pool());
    CHECK(!has_guard_install());
    CHECK_INT(asked, guards_installed); // the kernel is not asked again
}

TEST(a_kernel_that_only_claims_to_guard_is_an_error_where_nothing_else_will_do)
{
    tl_pool *pool = NULL;
    guards_are_lies = true;
    CHECK_RESULT(TL_ERROR_GUARD, tl_pool_create(&(tl_pool_desc){.guard = TL_GUARD_MADVISE}, &pool));
    CHECK_POINTER(NULL, pool);
    CHECK_RESULT(TL_ERROR_GUARD,
                 tl_pool_create(&(tl_pool_desc){.guard = TL_GUARD_MADVISE, .stacks = TL_STACKS_DENSE}, &pool));
}

/// Lets the process open files as before, or none besides those that it has open.
static void allow_files(bool any)
{
    static struct rlimit before;
    if (before.rlim_max == 0)
        CHECK_INT(0, getrlimit(RLIMIT_NOFILE, &before));
    struct rlimit now = {any ? before.rlim_cur : 0, before.rlim_max};
    CHECK_INT(0, setrlimit(RLIMIT_NOFILE, &now));
}

TEST(a_guard_that_cannot_be_tried_counts_as_refused_and_is_tried_again)
{
    allow_files(false);
    CHECK(!has_guard_install());
    tl_pool *pool = NULL;
    tl_pool_info info;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    info = tl_pool_get_info(pool);
    CHECK_INT(TL_GUARD_MPROTECT, info.guard);
    CHECK_OK(tl_pool_destroy(pool));
    allow_files(true);
    bool has = has_guard_install();
    allow_files(false); // the answer is known, so no descriptor is needed any more
    CHECK_INT(has, has_guard_install());
    allow_files(true);
    if (!has)
        SKIP("this kernel has no MADV_GUARD_INSTALL");
    CHECK_INT(TL_GUARD_MADVISE, guard_of_new_pool());
}
