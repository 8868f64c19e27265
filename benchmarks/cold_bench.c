// SPDX-License-Identifier: MIT
// cold_bench [rounds [file.csv]]: what the first fiber on a stack costs, and how near that is to what the kernel alone
// takes for a guard and a page; and what rarer calls cost.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "measure.h"
#include "telar/fiber.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 // Linux 6.13
#endif

enum {
    STACKS = 50000,
    STACK_SIZE = 64 * 1024,
    GUARD = 16 * 1024,
    PAGE = 4096,
    ROWS = 9,
    TIMES = 1000,
    LARGE = 2 << 20
};

static void check(tl_result result)
{
    if (result < 0) {
        fprintf(stderr, "telar: %s\n", tl_result_string(result));
        exit(1);
    }
}

TL_FIBER(yields, tl_nothing, unused)
{
    tl_yield(NULL);
}

static tl_pool *make_pool(void)
{
    tl_pool *pool = NULL;
    check(tl_pool_create(&(tl_pool_desc){.stack_size = STACK_SIZE, .guard_size = GUARD, .stack_count = STACKS}, &pool));
    return pool;
}

/// Creates and starts a fiber on each stack of a pool, and destroys them. Returns the nanoseconds for each, up to its
/// start.
static double spawn_all(tl_pool *pool)
{
    static tl_fiber *fibers[STACKS];
    double begin = now();
    for (int i = 0; i < STACKS; ++i) {
        check(tl_fiber_create(pool, &fibers[i], yields, {0}));
        check(tl_resume(fibers[i], NULL));
    }
    double elapsed = now() - begin;
    for (int i = 0; i < STACKS; ++i)
        check(tl_fiber_destroy(fibers[i]));
    return elapsed / STACKS;
}

/// Returns the nanoseconds for the same system calls and page faults alone.
static double kernel_alone(void)
{
    size_t stride = STACK_SIZE + GUARD;
    char *mapping =
        mmap(NULL, stride * STACKS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED)
        exit(1);
    (void)madvise(mapping, stride * STACKS, MADV_NOHUGEPAGE);
    double begin = now();
    for (size_t i = 0; i < STACKS; ++i) {
        if (madvise(mapping + stride * i, GUARD, MADV_GUARD_INSTALL) != 0)
            (void)mprotect(mapping + stride * i, GUARD, PROT_NONE);
        *(volatile char *)(mapping + stride * (i + 1) - 1) = 1;
    }
    double elapsed = now() - begin;
    munmap(mapping, stride * STACKS);
    return elapsed / STACKS;
}

TL_FIBER(exits, tl_nothing, unused)
{
    tl_exit((void *)1);
}

TL_FIBER(returns_a_result, tl_nothing, unused)
{
    tl_fiber_set_result((void *)1);
}

/// Returns the nanoseconds for the life of a fiber that ends with a result.
static double live(tl_pool *pool, const tl_fiber_entry *entry)
{
    double begin = now();
    for (int i = 0; i < TIMES; ++i) {
        tl_fiber *fiber = NULL;
        void *result = NULL;
        check(tl_fiber_create_raw(pool, NULL, entry, &(tl_nothing){0}, &fiber));
        check(tl_resume(fiber, &result));
        check(tl_fiber_destroy(fiber));
    }
    return (now() - begin) / TIMES;
}

/// Returns the nanoseconds for creating and destroying a fiber on a large stack of the caller's.
static double create_on_own_stack(void)
{
    static char stack[LARGE];
    double begin = now();
    for (int i = 0; i < TIMES; ++i) {
        tl_fiber *fiber = NULL;
        check(tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = stack, .stack_size = LARGE}), &fiber, yields, {0}));
        check(tl_fiber_destroy(fiber));
    }
    return (now() - begin) / TIMES;
}

/// Returns the nanoseconds for asking how much of a large stack was used, when little of it was.
static double look_at_stack(void)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    check(tl_pool_create(&(tl_pool_desc){.stack_size = LARGE, .stack_count = 1}, &pool));
    check(tl_fiber_create(pool, &fiber, yields, {0}));
    double begin = now();
    size_t seen = 0;
    for (int i = 0; i < TIMES; ++i)
        seen += tl_fiber_get_stack(fiber).high_water;
    double elapsed = now() - begin;
    check(seen > 0 ? TL_OK : TL_ERROR_SYSTEM);
    check(tl_pool_destroy(pool));
    return elapsed / TIMES;
}

static void measure(double row[ROWS])
{
    row[0] = kernel_alone();
    tl_pool *pool = make_pool();
    row[1] = spawn_all(pool);
    row[2] = spawn_all(pool);
    check(tl_pool_destroy(pool));
    pool = make_pool();
    double begin = now();
    check(tl_pool_populate(pool, STACKS, PAGE));
    row[3] = (now() - begin) / STACKS;
    row[4] = spawn_all(pool);
    row[5] = live(pool, &exits__entry);
    row[6] = live(pool, &returns_a_result__entry);
    row[7] = create_on_own_stack();
    row[8] = look_at_stack();
    check(tl_pool_destroy(pool));
}

int main(int argc, char **argv)
{
    static const char *const names[ROWS] = {"the kernel alone: a guard and a page",
                                            "first fiber on a new stack",
                                            "next fiber on a stack",
                                            "tl_pool_populate, a stack",
                                            "first fiber on a populated stack",
                                            "a life that ends by tl_exit",
                                            "a life that returns a result",
                                            "create on an own stack of 2 MiB",
                                            "tl_fiber_get_stack, 2 MiB"};
    static double values[ROWS][MAX_ROUNDS], ratios[ROWS][MAX_ROUNDS];
    FILE *csv = argc > 2 ? fopen(argv[2], "a") : NULL;
    int rounds = read_rounds(argc > 2 ? 2 : argc, argv);
    for (int round = 0; round < rounds; ++round) {
        double row[ROWS];
        measure(row);
        for (int i = 0; i < ROWS; ++i) {
            values[i][round] = row[i];
            ratios[i][round] = row[i] / row[0];
        }
    }
    if (csv != NULL)
        fputs("what,ns,ns_least,ns_most,ratio,ratio_least,ratio_most\n", csv);
    for (int i = 0; i < ROWS; ++i) {
        spread time = spread_of(values[i], rounds), ratio = spread_of(ratios[i], rounds);
        printf("    %-38s", names[i]);
        print_spread(time, "%8.0f ns (%.0f to %.0f)");
        print_spread(ratio, "    %.3f (%.3f to %.3f)\n");
        if (csv != NULL)
            fprintf(csv, "\"%s\",%.1f,%.1f,%.1f,%.3f,%.3f,%.3f\n", names[i], time.median, time.least, time.most,
                    ratio.median, ratio.least, ratio.most);
    }
    return csv != NULL && fclose(csv) != 0;
}
