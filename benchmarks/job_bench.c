// SPDX-License-Identifier: MIT
// job_bench [rounds [file.csv]]: Telar's jobs next to TBB's, where that is installed. Each round measures both, one
// after the other; ratios are formed within a round.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "job_peer.h"
#include "measure.h"

enum {
    WORKERS = 2,
    FLAT = 200000,
    FIBONACCI = 22,
    FIBONACCI_JOBS = 28656,
    LOOP = 4096,
    WAKES = 200,
    IDLE_SECONDS = 10
};

typedef enum row {
    FLAT_ROW,
    FORK_JOIN_ROW,
    LOOP_ROW,
    WAKE_ROW,
    ROWS,
} row;

static const char *const names[ROWS] = {"200,000 flat jobs, each", "fork-join fib(22), each of 28,656 jobs",
                                        "parallel_for over real work", "a lone job, until it begins"};

/// The last peer is the reference of the ratios: TBB, or where it is missing one of Telar's.
static const job_peer *const peers[] = {
    &job_peer_kernel,
    &job_peer_telar,
    &job_peer_telar_pinned,
#ifdef HAVE_TBB
    &job_peer_tbb,
#endif
};
enum { PEERS = sizeof peers / sizeof *peers };

/// Some 2.5 microseconds of arithmetic, which hardly uses memory.
static void work(size_t i, void *context)
{
    double *results = context;
    double x = (double)i;
    for (int k = 0; k < 1000; ++k)
        x = x * 0.999999 + 0.5;
    results[i] = x;
}

static double results[LOOP];

/// Returns the nanoseconds that the loop takes without any job system.
static double loop_alone(void)
{
    double begin = now();
    for (size_t i = 0; i < LOOP; ++i)
        work(i, results);
    return now() - begin;
}

static double median_wake(const job_peer *peer)
{
    double times[WAKES];
    for (int i = 0; i < WAKES; ++i) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL); // long enough for all workers to fall asleep
        times[i] = peer->wake();
    }
    return spread_of(times, WAKES).median;
}

static double measure(const job_peer *peer, row what)
{
    double begin = now();
    switch (what) {
    case FLAT_ROW: peer->flat(FLAT); return (now() - begin) / FLAT;
    case FORK_JOIN_ROW:
        if (peer->fork_join(FIBONACCI) != 17711)
            exit(1);
        return (now() - begin) / FIBONACCI_JOBS;
    case LOOP_ROW: peer->loop(LOOP, work, results); return now() - begin;
    default: return median_wake(peer);
    }
}

/// Works for a while, until the threads are awake and each has a CPU.
static void warm_up(const job_peer *peer)
{
    for (double begin = now(); peer->loop != NULL && now() - begin < 50e6;)
        peer->loop(LOOP, work, results);
}

/// Returns the CPU time that the threads of an idle system take, as a part of one CPU.
static double idle_share(const job_peer *peer)
{
    struct timespec before, after;
    peer->open(WORKERS);
    peer->flat(1000);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    sleep(IDLE_SECONDS);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    peer->close();
    double seconds = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) * 1e-9;
    return seconds / IDLE_SECONDS;
}

static double values[PEERS][ROWS][MAX_ROUNDS], ratios[PEERS][ROWS][MAX_ROUNDS], scaling[PEERS][MAX_ROUNDS];

static bool can(const job_peer *peer, row what)
{
    return what == WAKE_ROW || peer->flat != NULL;
}

static void measure_round(int round)
{
    for (int p = 0; p < PEERS; ++p) {
        peers[p]->open(WORKERS);
        for (row r = 0; r < ROWS; ++r) {
            if (!can(peers[p], r))
                continue;
            warm_up(peers[p]);
            double alone = r == LOOP_ROW ? loop_alone() : 0;
            if (r == LOOP_ROW)
                warm_up(peers[p]);
            values[p][r][round] = measure(peers[p], r);
            if (r == LOOP_ROW)
                scaling[p][round] = 100 * alone / WORKERS / values[p][r][round];
        }
        peers[p]->close();
    }
    for (int p = 0; p < PEERS; ++p)
        for (row r = 0; r < ROWS; ++r)
            ratios[p][r][round] = values[p][r][round] / values[PEERS - 1][r][round];
}

static void print_row(const char *name, const char *peer, const char *unit, spread of, const spread *ratio, FILE *csv)
{
    printf("    %-40s %-20s %10.1f %s (%.1f to %.1f)", name, peer, of.median, unit, of.least, of.most);
    if (ratio != NULL)
        print_spread(*ratio, "    %.3f (%.3f to %.3f)");
    putchar('\n');
    if (csv == NULL)
        return;
    fprintf(csv, "\"%s\",\"%s\",%s,%.3f,%.3f,%.3f", name, peer, unit, of.median, of.least, of.most);
    if (ratio != NULL)
        fprintf(csv, ",%.3f,%.3f,%.3f\n", ratio->median, ratio->least, ratio->most);
    else
        fputs(",,,\n", csv);
}

static void print_all(int rounds, FILE *csv)
{
    for (row r = 0; r < ROWS; ++r) {
        for (int p = 0; p < PEERS; ++p) {
            if (!can(peers[p], r))
                continue;
            spread ratio = spread_of(ratios[p][r], rounds);
            print_row(names[r], peers[p]->name, "ns", spread_of(values[p][r], rounds), &ratio, csv);
        }
    }
    for (int p = 0; p < PEERS; ++p)
        if (can(peers[p], LOOP_ROW))
            print_row("the loop, of perfect scaling", peers[p]->name, "%", spread_of(scaling[p], rounds), NULL, csv);
}

int main(int argc, char **argv)
{
    FILE *csv = argc > 2 ? fopen(argv[2], "a") : NULL;
    int rounds = read_rounds(argc > 2 ? 2 : argc, argv);
    for (int round = 0; round < rounds; ++round)
        measure_round(round);
    if (csv != NULL)
        fputs("workload,peer,unit,value,least,most,ratio,ratio_least,ratio_most\n", csv);
    print_all(rounds, csv);
    for (int p = 0; p < PEERS && rounds > 1; ++p) {
        if (!can(peers[p], FLAT_ROW))
            continue;
        double percent = 100 * idle_share(peers[p]);
        print_row("idle for 10 s, of one CPU", peers[p]->name, "%", (spread){percent, percent, percent}, NULL, csv);
    }
    return csv != NULL && fclose(csv) != 0;
}
