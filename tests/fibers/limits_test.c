// SPDX-License-Identifier: MIT
// Many fibers, and the limits of the system.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "telar/fiber.h"

// The linker sends the library's calls here (--wrap), so that a case can make the system refuse them.
static int mmap_refusals, guard_refusals_from = -1, guards;
static bool no_guard_install, guards_are_lies;
static int guards_installed;
static int no_populate; // errno of MADV_POPULATE_WRITE, or 0: it works

void *__real_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
int __real_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice);
int __real_mprotect(void *address, size_t size, int protection);
int __wrap_mprotect(void *address, size_t size, int protection);

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if (mmap_refusals > 0) {
        --mmap_refusals;
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(address, size, protection, flags, file, offset);
}

int __wrap_madvise(void *address, size_t size, int advice)
{
    if (advice == 102 && no_guard_install) {
        errno = EINVAL;
        return -1;
    }
    guards_installed += advice == 102;
    if (advice == 102 && guards_are_lies)
        return 0;
    if (advice == 23 && no_populate != 0) {
        errno = no_populate;
        return -1;
    }
    return __real_madvise(address, size, advice);
}

int __wrap_mprotect(void *address, size_t size, int protection)
{
    if (guard_refusals_from >= 0 && guards++ >= guard_refusals_from) {
        errno = ENOMEM;
        return -1;
    }
    return __real_mprotect(address, size, protection);
}

struct place {
    uint32_t index;
};

TL_FIBER(remembers, struct place, place)
{
    uint32_t local = place->index * 7;
    CHECK_OK(tl_yield(NULL));
    CHECK_UINT(place->index * 7, local);
    tl_exit((void *)(uintptr_t)(local + 1));
}

/// Returns whether the byte at an address is readable. Lets the kernel read it, which does not fault.
static bool is_readable(const char *address)
{
    int ends[2];
    CHECK_INT(0, pipe(ends));
    ssize_t written = write(ends[1], address, 1);
    CHECK(written == 1 || errno == EFAULT);
    CHECK_INT(0, close(ends[0]) | close(ends[1]));
    return written == 1;
}

/// Checks that the lowest byte of a stack is readable, and the bytes below it are not.
static void check_guard(const tl_fiber *fiber)
{
    tl_stack_info stack = tl_fiber_get_stack(fiber);
    CHECK(is_readable(stack.low));
    CHECK(!is_readable((const char *)stack.low - 1));
    CHECK(!is_readable((const char *)stack.low - 4096));
}

/// Checks the guards of some of the fibers, the first and the last among them.
static void check_guards(tl_fiber *const *fibers, uint32_t count)
{
    if (check_under_valgrind())
        return; // it objects when the kernel reads bytes that were never written
    for (uint32_t i = 0; i < count; i += 97)
        check_guard(fibers[i]);
    check_guard(fibers[count - 1]);
}

static void resume_and_yield(tl_fiber *const *fibers, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i)
        CHECK_OK(tl_resume(fibers[i], NULL));
}

static void resume_and_check(tl_fiber *const *fibers, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        void *value = NULL;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], &value));
        CHECK_UINT(i * 7 + 1, (uintptr_t)value);
    }
}

TEST(a_hundred_thousand_guarded_fibers_at_once)
{
    // Valgrind searches a list of all stacks at each switch: with 100,000 that would take a minute.
    uint32_t count = check_under_valgrind() ? 10000 : 100000;
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer follows at most 8,128 threads and fibers");
    tl_pool *pool = NULL;
    tl_pool_info info;
    tl_fiber **fibers = calloc(count, sizeof *fibers);
    CHECK(fibers != NULL);
    tl_result made =
        tl_pool_create(&(tl_pool_desc){.stack_size = 16384, .stack_count = count, .guard = TL_GUARD_MADVISE}, &pool);
    if (made == TL_ERROR_GUARD)
        SKIP("this kernel has no MADV_GUARD_INSTALL");
    CHECK_OK(made);
    for (uint32_t i = 0; i < count; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], remembers, {i}));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
    info = tl_pool_get_info(pool);
    CHECK_UINT(count, info.in_use);
    CHECK_INT(TL_GUARD_MADVISE, info.guard);
    check_guards(fibers, count);
    resume_and_check(fibers, count);
    CHECK_OK(tl_pool_destroy(pool));
    free(fibers);
}

/// Returns a figure from a file of /proc, in bytes; -1 if there is none.
static long long proc_bytes(const char *file, const char *key)
{
    char line[256];
    long long kilobytes = -1;
    FILE *table = fopen(file, "r");
    while (table != NULL && fgets(line, sizeof line, table) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kilobytes = atoll(line + strlen(key));
    if (table != NULL)
        fclose(table);
    return kilobytes < 0 ? -1 : kilobytes * 1024;
}

enum { MILLION = 1000000, TURNS = 10 };

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

/// Resumes a million fibers in turn until they end. Their next turn is number `first`.
static void resume_a_million(tl_fiber *const *fibers, uint32_t first)
{
    for (uint32_t turn = first; turn < TURNS; ++turn) {
        for (uint32_t i = 0; i < MILLION; ++i) {
            tl_prefetch_ahead(fibers, MILLION, i);
            CHECK_OK(tl_resume(fibers[i], NULL));
        }
    }
    for (uint32_t i = 0; i < MILLION; ++i) {
        void *result = NULL;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], &result));
        CHECK_UINT(i + 1, (uintptr_t)result);
    }
}

TEST(a_million_guarded_fibers_alive)
{
    const long long needed = 6ll << 30, tolerance = 64 << 20;
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("a million stacks are too many for a sanitizer and for Valgrind");
#ifndef TELAR_BACKEND_ASSEMBLY
    SKIP("the C library's contexts are so large that a million take twice the memory");
#endif
    if (proc_bytes("/proc/meminfo", "MemAvailable:") < needed)
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
    long long before = proc_bytes("/proc/self/status", "VmRSS:");
    for (uint32_t i = 0; i < MILLION; ++i)
        CHECK_OK(tl_fiber_create(pool, &fibers[i], keeps_its_locals, {i}));
    resume_a_million(fibers, 1);
    info = tl_pool_get_info(pool);
    CHECK_UINT(MILLION, info.in_use);
    check_guards(fibers, MILLION);
    long long alive = proc_bytes("/proc/self/status", "VmRSS:") + proc_bytes("/proc/self/status", "VmPTE:") - before;
    CHECK(alive > MILLION * 4096ll && alive < MILLION * 4400ll);
    for (uint32_t i = 0; i < MILLION; ++i)
        CHECK_OK(tl_fiber_destroy(fibers[i]));
    CHECK_OK(tl_pool_trim(pool));
    CHECK(proc_bytes("/proc/self/status", "VmRSS:") - before < tolerance);
    CHECK_OK(tl_pool_destroy(pool));
    free(fibers);
}

/// Has frames so small that they fit into the fiber's slot in the pool while they are off the stack.
TL_FIBER(keeps_a_local, struct place, place)
{
    uint32_t local = place->index * 7;
    for (int turn = 1; turn < TURNS; ++turn) {
        if (tl_yield(NULL) != TL_OK)
            CHECK_UNREACHED();
        ++local;
    }
    tl_exit((void *)(uintptr_t)(local - place->index * 7 == TURNS - 1 ? place->index + 1 : 0));
}

#ifdef __x86_64__
enum { MOST_FOR_A_DENSE_FIBER = 320 };
#else
enum { MOST_FOR_A_DENSE_FIBER = 430 }; // a switch saves more registers
#endif

TEST(a_million_dense_fibers_take_some_hundred_bytes_each)
{
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("a million fibers are too many for a sanitizer and for Valgrind");
#if !defined(TELAR_BACKEND_ASSEMBLY) || !defined(NDEBUG)
    SKIP("contexts of the C library, and frames that are not optimised, are larger");
#endif
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = MILLION, .stacks = TL_STACKS_DENSE}, &pool));
    tl_fiber **fibers = calloc(MILLION, sizeof *fibers);
    CHECK(fibers != NULL);
    memset(fibers, 1, MILLION * sizeof *fibers); // so that the array's own memory is resident already
    long long before = proc_bytes("/proc/self/status", "VmRSS:");
    for (uint32_t i = 0; i < MILLION; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], keeps_a_local, {i}));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
    long long suspended =
        proc_bytes("/proc/self/status", "VmRSS:") + proc_bytes("/proc/self/status", "VmPTE:") - before;
    CHECK(suspended > MILLION * 200ll && suspended <= MILLION * (long long)MOST_FOR_A_DENSE_FIBER);
    resume_a_million(fibers, 2);
    for (uint32_t i = 0; i < MILLION; ++i)
        CHECK_OK(tl_fiber_destroy(fibers[i]));
    CHECK_OK(tl_pool_trim(pool));
    CHECK(proc_bytes("/proc/self/status", "VmRSS:") - before < 16 << 20);
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

TEST(a_refused_guard_is_an_error_and_comes_back)
{
    tl_pool *pool = NULL;
    tl_fiber *first = NULL, *second = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4, .guard = TL_GUARD_MPROTECT}, &pool));
    CHECK_OK(tl_fiber_create(pool, &first, remembers, {0}));
    guard_refusals_from = guards = 0;
    CHECK_RESULT(TL_ERROR_MAX_MAP_COUNT, tl_fiber_create(pool, &second, remembers, {1}));
    CHECK_POINTER(NULL, second);
    guard_refusals_from = -1;
    CHECK_OK(tl_fiber_create(pool, &second, remembers, {1}));
    resume_and_yield((tl_fiber *[]){first, second}, 2);
    resume_and_check((tl_fiber *[]){first, second}, 2);
    CHECK_OK(tl_pool_destroy(pool));
}

/// Returns how many pages of a fiber's stack are resident.
static unsigned resident_pages(const tl_fiber *fiber)
{
    tl_stack_info stack;
    unsigned char pages[64];
    unsigned resident = 0;
    stack = tl_fiber_get_stack(fiber);
    CHECK_INT(0, mincore((void *)stack.low, stack.size, pages));
    for (size_t i = 0; i < stack.size / 4096; ++i)
        resident += pages[i] & 1;
    return resident;
}

/// Creates fibers on all eight stacks of a pool, and checks that `pages` pages are resident on each of the first
/// `populated` stacks, and one on the others.
static void check_resident(tl_pool *pool, unsigned populated, unsigned pages)
{
    tl_fiber *fibers[8];
    for (unsigned i = 0; i < 8; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], remembers, {i}));
        CHECK_UINT(i < populated ? pages : 1, resident_pages(fibers[i]));
        if (!check_under_valgrind())
            check_guard(fibers[i]);
    }
    resume_and_yield(fibers, 8);
    resume_and_check(fibers, 8);
    for (unsigned i = 8; i-- > 0;)
        CHECK_OK(tl_fiber_destroy(fibers[i]));
}

static void check_populating(void)
{
    tl_pool *pool = NULL;
    tl_pool_info info;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    CHECK_OK(tl_pool_populate(pool, 3, 3 * 4096 - 1));
    info = tl_pool_get_info(pool);
    CHECK_UINT(0, info.in_use);
    check_resident(pool, 3, 3);
    CHECK_OK(tl_pool_trim(pool));
    CHECK_OK(tl_pool_populate(pool, 2, 0));
    CHECK_OK(tl_pool_populate(pool, 6, 65536));
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_pool_populate(pool, 1, 0));
    CHECK_OK(tl_pool_trim(pool));
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_pool_populate(pool, 9, 8192)); // but it populates all eight
    check_resident(pool, 8, 2);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(populating_gives_stacks_memory_and_guards)
{
    check_populating();
}

TEST(populating_on_an_older_kernel)
{
    no_populate = EINVAL;
    check_populating();
}

TEST(populating_without_memory_leaves_the_pool_whole)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    no_populate = ENOMEM;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_pool_populate(pool, 3, 4096));
    no_populate = 0;
    CHECK_MISUSE(TL_ERROR_NULL, tl_pool_populate(NULL, 3, 4096));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_pool_populate(pool, 3, 65537));
    check_resident(pool, 0, 0);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(no_guard_at_all_is_no_pool)
{
    tl_pool *pool = NULL;
    no_guard_install = true;
    CHECK_RESULT(TL_ERROR_GUARD, tl_pool_create(&(tl_pool_desc){.guard = TL_GUARD_MADVISE}, &pool));
    CHECK_POINTER(NULL, pool);
    guard_refusals_from = 0;
    CHECK_RESULT(TL_ERROR_MAX_MAP_COUNT, tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_POINTER(NULL, pool);
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

TEST(out_of_memory)
{
    tl_pool *pool = NULL;
    mmap_refusals = 1;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_POINTER(NULL, pool);
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_pool_destroy(pool));
}
