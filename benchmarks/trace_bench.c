// SPDX-License-Identifier: MIT
// trace_bench [rounds]: what tracing costs while it is on. A frame of the sample swarm (5,000 scripts, with jobs), and
// a resume with its yield, each traced and not, by turns in the same round; and how long it takes to save a million
// events.
//
// The program prints the medians over the rounds, with the least and the most, and the ratios, which are formed within
// a round.
#include <stdio.h>
#include <stdlib.h>

#include "creatures.h"
#include "measure.h"
#include "telar/trace.h"

enum { FRAMES = 20, TURNS = 10, PAIRS = 20000 };

static void check(tl_result result)
{
    if (result < 0) {
        fprintf(stderr, "trace_bench: %s\n", tl_result_string(result));
        exit(1);
    }
}

/// Returns the nanoseconds for some frames.
static double time_frames(void)
{
    double begin = now();
    for (int i = 0; i < FRAMES; ++i) {
        check(tl_world_step(meadow.world));
        check(tl_world_end_frame(meadow.world));
        tl_trace_frame();
    }
    return now() - begin;
}

TL_FIBER(yields, tl_nothing, unused)
{
    for (;;)
        tl_yield(NULL);
}

static tl_fiber *bare;

static double time_pairs(void)
{
    double begin = now();
    for (int i = 0; i < PAIRS; ++i)
        tl_resume(bare, NULL);
    return now() - begin;
}

/// Sets *plain and *traced to the nanoseconds for one of `count` per call of `run`.
static void compare(double (*run)(void), double count, double *plain, double *traced)
{
    *plain = *traced = 0;
    for (int i = 0; i < TURNS; ++i) {
        *plain += run() / count / TURNS;
        check(tl_trace_start(NULL));
        *traced += run() / count / TURNS;
        tl_trace_stop();
    }
}

static size_t written;

static bool count_bytes(const void *bytes, size_t size, void *unused)
{
    (void)bytes, (void)unused;
    written += size;
    return true;
}

/// Returns the milliseconds that it takes to save a million events.
static double time_save(void)
{
    check(tl_trace_start(NULL));
    for (int i = 0; i < 1000000; ++i)
        tl_trace_mark("a mark");
    tl_trace_stop();
    double begin = now();
    check(tl_trace_write(TL_TRACE_PERFETTO, 0, count_bytes, NULL));
    return (now() - begin) / 1e6;
}

int main(int argc, char **argv)
{
    int rounds = read_rounds(argc, argv);
    double plain[2][MAX_ROUNDS], traced[2][MAX_ROUNDS], ratio[2][MAX_ROUNDS], save[MAX_ROUNDS];
    tl_job_system *jobs = NULL;
    tl_pool *pool = NULL;
    check(tl_job_system_create(&(tl_job_system_desc){.workers = 0}, &jobs));
    check(creatures_open(1, jobs));
    check(tl_pool_create(&(tl_pool_desc){.stack_size = 16384, .stack_count = 1}, &pool));
    check(tl_fiber_create(pool, &bare, yields, {0}));
    time_frames();
    for (int round = 0; round < rounds; ++round) {
        compare(time_frames, FRAMES, &plain[0][round], &traced[0][round]);
        compare(time_pairs, PAIRS, &plain[1][round], &traced[1][round]);
        for (int i = 0; i < 2; ++i)
            ratio[i][round] = traced[i][round] / plain[i][round];
        save[round] = time_save();
    }
    static const char *const names[] = {"a frame of the swarm", "a resume and its yield"};
    for (int i = 0; i < 2; ++i) {
        printf("%s\n", names[i]);
        print_spread(spread_of(plain[i], rounds), "  not traced  %11.1f ns  (%.1f to %.1f)\n");
        print_spread(spread_of(traced[i], rounds), "  traced      %11.1f ns  (%.1f to %.1f)\n");
        print_spread(spread_of(ratio[i], rounds), "  ratio       %11.3f     (%.3f to %.3f)\n");
    }
    print_spread(spread_of(save, rounds), "saving a million events: %.0f ms (%.0f to %.0f)\n");
    check(tl_pool_destroy(pool));
    check(tl_world_destroy(meadow.world));
    check(tl_job_system_destroy(jobs));
    return 0;
}
