// SPDX-License-Identifier: MIT
// parallel_bench [rounds [scripts]]: a frame of a million parallel scripts, each on a guarded stack of its own, all of
// which are resumed in each step: by the calling thread alone, and by two workers. Next to them as many bare fibers,
// resumed by one thread and by two workers.
//
// The program prints the medians over the rounds, with the least and the most, and the ratios, which are formed within
// a round.
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "telar/parallel.h"

enum { SCRIPTS = 1000000, FRAMES = 20, WARM_UP = 3, STACK_SIZE = 8192 };

static void check(tl_result result)
{
    if (result < 0) {
        fprintf(stderr, "parallel_bench: %s\n", tl_result_string(result));
        exit(1);
    }
}

typedef struct measured {
    double frame; ///< nanoseconds for a frame
    double bytes; ///< memory for each script or fiber
} measured;

typedef struct counting {
    uint32_t *count;
} counting;

TL_SCRIPT(counts, counting, me)
{
    for (uint32_t own = 1;; ++own) {
        *me->count = own;
        tl_wait_step();
    }
}

static void check_counts(const uint32_t *counts, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i)
        if (counts[i] != FRAMES + WARM_UP) {
            fprintf(stderr, "parallel_bench: one was resumed %u times\n", counts[i]);
            exit(1);
        }
}

/// Makes a job system with `count` workers; null if `count` is 0.
static tl_job_system *make_workers(uint32_t count)
{
    tl_job_system *jobs = NULL;
    if (count > 0)
        check(tl_job_system_create(&(tl_job_system_desc){.workers = count, .pin_threads = true}, &jobs));
    return jobs;
}

static measured measure_scripts(uint32_t count, uint32_t *counts, uint32_t workers)
{
    tl_job_system *jobs = make_workers(workers);
    double before = bytes_in_use();
    tl_world *world = NULL;
    check(tl_world_create(&(tl_world_desc){.max_scripts = count, .stack_size = STACK_SIZE, .jobs = jobs}, &world));
    for (uint32_t i = 0; i < count; ++i)
        check(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), NULL, counts, {&counts[i]}));
    for (int i = 0; i < WARM_UP; ++i)
        check(tl_world_step(world));
    double begin = now();
    for (int i = 0; i < FRAMES; ++i)
        check(tl_world_step(world));
    measured result = {(now() - begin) / FRAMES, (bytes_in_use() - before) / count};
    check_counts(counts, count);
    check(tl_world_destroy(world));
    if (jobs != NULL)
        check(tl_job_system_destroy(jobs));
    return result;
}

TL_FIBER(counts_barely, counting, me)
{
    for (uint32_t own = 1;; ++own) {
        *me->count = own;
        tl_yield(NULL);
    }
}

TL_FOR_RANGE_BODY(resume_some, tl_fiber *, fibers, first, end)
{
    for (size_t i = first; i < end; ++i) {
        tl_prefetch_ahead(fibers, end, i);
        check(tl_resume(fibers[i], NULL));
    }
}

static measured measure_fibers(uint32_t count, uint32_t *counts, uint32_t workers)
{
    tl_job_system *jobs = make_workers(workers);
    double before = bytes_in_use();
    tl_pool *pool = NULL;
    check(tl_pool_create(&(tl_pool_desc){.stack_count = count, .stack_size = STACK_SIZE}, &pool));
    tl_fiber **fibers = calloc(count, sizeof *fibers);
    check(fibers != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY);
    for (uint32_t i = 0; i < count; ++i)
        check(tl_fiber_create(pool, &fibers[i], counts_barely, {&counts[i]}));
    double begin = 0;
    for (int frame = 0; frame < FRAMES + WARM_UP; ++frame) {
        if (frame == WARM_UP)
            begin = now();
        if (jobs == NULL)
            resume_some(fibers, 0, count);
        else
            check(tl_parallel_for(jobs, count, 0, resume_some, fibers));
    }
    measured result = {(now() - begin) / FRAMES, (bytes_in_use() - before) / count};
    check_counts(counts, count);
    check(tl_pool_destroy(pool));
    free(fibers);
    if (jobs != NULL)
        check(tl_job_system_destroy(jobs));
    return result;
}

static const struct {
    const char *name;
    measured (*measure)(uint32_t count, uint32_t *counts, uint32_t workers);
    uint32_t workers;
} rows[] = {{"bare fibers, one thread", measure_fibers, 0},
            {"bare fibers, 2 workers", measure_fibers, 2},
            {"scripts, one thread", measure_scripts, 0},
            {"scripts, 2 workers", measure_scripts, 2}};

enum { ROWS = sizeof rows / sizeof *rows };

int main(int argc, char **argv)
{
    uint32_t count = argc == 3 ? (uint32_t)atoi(argv[2]) : SCRIPTS;
    int rounds = read_rounds(argc == 3 ? 2 : argc, argv);
    uint32_t *counts = calloc(count > 0 ? count : 1, sizeof *counts);
    check(counts != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY);
    static double frames[ROWS][MAX_ROUNDS], ratios[ROWS][MAX_ROUNDS], bytes[ROWS][MAX_ROUNDS];
    for (int round = 0; round < rounds; ++round)
        for (int i = 0; i < ROWS; ++i) {
            measured result = rows[i].measure(count, counts, rows[i].workers);
            frames[i][round] = result.frame / 1e6;
            ratios[i][round] = frames[i][round] / frames[0][round];
            bytes[i][round] = result.bytes;
        }
    printf("a frame in which %u are resumed once each: medians of %d rounds (least to most)\n", count, rounds);
    for (int i = 0; i < ROWS; ++i) {
        printf("    %-24s", rows[i].name);
        print_spread(spread_of(frames[i], rounds), "  %6.2f ms (%.2f to %.2f)");
        print_spread(spread_of(ratios[i], rounds), "  %.2f of bare fibers (%.2f to %.2f)");
        print_spread(spread_of(bytes[i], rounds), "  %.0f bytes each (%.0f to %.0f)\n");
    }
    free(counts);
    return 0;
}
