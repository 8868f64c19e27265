// SPDX-License-Identifier: MIT
// fiber_bench [rounds [file.csv]]: what a fiber costs, next to the peers found when this was built, all in one run.
// fiber_bench quick: a fiftieth of one round, and no workload of a million fibers.
// fiber_bench only <workload>: the default number of rounds of that workload.
// fiber_bench count <peer> <pairs|lives> <times>: does only that, for a tool that counts instructions.
//
// Machines are shared and noisy, so the figures to read are the ratios: each round measures every peer once, one after
// another, and forms the ratios to the reference within the round. The program prints the medians over the rounds, with
// the least and the most.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "peer.h"

// The first peer is the reference of the ratios.
static const peer *const peers[] = {
#ifdef HAVE_BOOST_CONTEXT
    &peer_boost,         &peer_telar,    &peer_telar_float, &peer_telar_dense, &peer_telar_page, &peer_boost_prefetched,
    &peer_boost_spaced,  &peer_ucontext, &peer_memory,
#elif !defined(HAVE_POSIX)
    &peer_windows, &peer_telar, &peer_telar_float, &peer_telar_dense, &peer_telar_page,
#else
    &peer_ucontext, &peer_telar, &peer_telar_float, &peer_telar_dense, &peer_telar_page, &peer_memory,
#endif
#ifdef __x86_64__
    &peer_control_words,
#endif
};
enum { PEERS = sizeof peers / sizeof peers[0], KIB = 1024, MILLION = 1000000, MOST_ROUNDS_OF_A_MILLION = 5 };

/// One group of rows: a workload that each peer does, and how many times, so that a measurement takes 20 ms or more.
typedef struct workload {
    const char *name;
    peer_fibers fibers; ///< count 0: lives of single fibers
    uint32_t switches;
} workload;

static const workload workloads[] = {
    {"one hot fiber", {1, 64 * KIB, false, false}, 4 * MILLION},
    {"create, run, destroy", {0, 64 * KIB, false, false}, MILLION},
    {"create, run, destroy (stacks of 128 KiB, Boost's default)", {0, 128 * KIB, false, false}, MILLION},
    {"16 in turn", {16, 8 * KIB, false, false}, 4 * MILLION},
    {"256 in turn", {256, 8 * KIB, false, false}, 4 * MILLION},
    {"4,096 in turn", {4096, 8 * KIB, false, false}, 2 * MILLION},
    {"20,000 in turn", {20000, 8 * KIB, false, false}, 2 * MILLION},
    {"100,000 in turn", {100000, 8 * KIB, false, false}, 2 * MILLION},
    {"100,000 in turn, shuffled", {100000, 8 * KIB, true, false}, 2 * MILLION},
    {"1,000,000 in turn", {MILLION, 8 * KIB, false, false}, 3 * MILLION},
    {"1,000,000 in turn, shuffled", {MILLION, 8 * KIB, true, false}, 3 * MILLION},
    {"1,000,000 in turn, 400 bytes deep", {MILLION, 8 * KIB, false, true}, 3 * MILLION},
    {"1,000,000 in turn, stacks of 64 KiB", {MILLION, 64 * KIB, false, false}, 3 * MILLION},
};

void *need(void *pointer)
{
    if (pointer == NULL) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return pointer;
}

void shuffle(void **pointers, uint32_t count)
{
    uint64_t state = 1;
    for (uint32_t i = count; i > 1; --i) {
        state = state * 6364136223846793005u + 1442695040888963407u; // the constants of Knuth's MMIX
        uint32_t other = (uint32_t)((state >> 32) % i);
        void *last = pointers[i - 1];
        pointers[i - 1] = pointers[other];
        pointers[other] = last;
    }
}

/// Returns whether a peer only shows what guards cost. As that is the same in all rows, it takes part in few of them.
static bool is_about_guards(const peer *which)
{
#ifdef HAVE_BOOST_CONTEXT
    if (which == &peer_boost_spaced)
        return true;
#endif
    return which == &peer_telar_page;
}

static bool takes_part(const peer *which, const workload *work)
{
    uint32_t count = work->fibers.count;
    bool is_usual = !work->fibers.deep && work->fibers.stack_size == 8 * KIB;
    if (work->fibers.deep && which->kind == PEER_HAS_NO_FIBERS)
        return false;
    if (!is_usual && is_about_guards(which))
        return false;
    return count == 0 ? which->churn != NULL : count >= which->fewest && count <= which->most;
}

static uint32_t divisor = 1; ///< how many times fewer switches a quick run makes

/// Returns the nanoseconds for a resume and the yield that answers it, or for the life of a fiber. Stores in `bytes`
/// the memory that a fiber takes.
static double measure(const peer *which, const workload *work, double *bytes)
{
    uint32_t times = work->switches / divisor;
    if (which->kind == PEER_MAKES_SYSTEM_CALLS)
        times /= 10;
    if (work->fibers.count == 0) {
        which->churn(1000, work->fibers.stack_size);
        double begin = now();
        which->churn(times, work->fibers.stack_size);
        return (now() - begin) / times;
    }
    double before = bytes_in_use();
    which->open(&work->fibers);
    *bytes = (bytes_in_use() - before) / work->fibers.count;
    uint32_t rounds = (times + work->fibers.count - 1) / work->fibers.count;
    which->turn(rounds / 10 + 1);
    double begin = now();
    which->turn(rounds);
    double elapsed = now() - begin;
    which->close();
    return elapsed / ((double)rounds * work->fibers.count);
}

static void print_row(const workload *work, const peer *which, spread time, spread ratio, double bytes, FILE *csv)
{
    printf("    %-20s", which->name);
    print_spread(time, "%8.1f ns (%.1f to %.1f)");
    print_spread(ratio, "    %.2f (%.2f to %.2f)");
    if (work->fibers.count == MILLION)
        printf("    %.0f bytes each", bytes);
    putchar('\n');
    fflush(stdout);
    if (csv == NULL)
        return;
    fprintf(csv, "\"%s\",%u,%zu,%s,%s,%.2f,%.2f,%.2f,%.3f,%.3f,%.3f,", work->name, work->fibers.count,
            work->fibers.stack_size,
            work->fibers.shuffled ? "shuffled"
            : work->fibers.deep   ? "deep"
                                  : "made",
            which->name, time.median, time.least, time.most, ratio.median, ratio.least, ratio.most);
    if (work->fibers.count == MILLION)
        fprintf(csv, "%.0f", bytes);
    fputc('\n', csv);
}

static void run(const workload *work, int rounds, FILE *csv)
{
    static double nanoseconds[PEERS][MAX_ROUNDS], ratios[PEERS][MAX_ROUNDS];
    double bytes[PEERS] = {0};
    if (work->fibers.count == MILLION && rounds > MOST_ROUNDS_OF_A_MILLION)
        rounds = MOST_ROUNDS_OF_A_MILLION;
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < PEERS; ++i)
            if (takes_part(peers[i], work))
                nanoseconds[i][round] = measure(peers[i], work, &bytes[i]);
        for (int i = 0; i < PEERS; ++i)
            ratios[i][round] = takes_part(peers[0], work) ? nanoseconds[i][round] / nanoseconds[0][round] : 1;
    }
    puts(work->name);
    for (int i = 0; i < PEERS; ++i)
        if (takes_part(peers[i], work))
            print_row(work, peers[i], spread_of(nanoseconds[i], rounds), spread_of(ratios[i], rounds), bytes[i], csv);
}

static int count(char **argv)
{
    uint32_t times = (uint32_t)strtoul(argv[4], NULL, 10);
    for (int i = 0; i < PEERS; ++i) {
        if (strcmp(peers[i]->name, argv[2]) != 0 || peers[i]->churn == NULL)
            continue;
        if (strcmp(argv[3], "lives") == 0) {
            peers[i]->churn(times, 64 * KIB);
        } else {
            peers[i]->open(&(peer_fibers){1, 64 * KIB, false, false});
            peers[i]->turn(times);
            peers[i]->close();
        }
        return 0;
    }
    fprintf(stderr, "fiber_bench: there is no peer \"%s\"\n", argv[2]);
    return 2;
}

static void print_head(int rounds)
{
    printf("medians of %d rounds (least to most), of a million at most %d; compiled with %s\n", rounds,
           MOST_ROUNDS_OF_A_MILLION, COMPILED_WITH);
    for (int i = 0; i < PEERS; ++i)
        printf("    %-20s%s\n", peers[i]->name, peers[i]->what);
    printf("the last figures are the ratios to %s\n", peers[0]->name);
}

static FILE *open_csv(const char *path)
{
    FILE *csv = need(fopen(path, "a"));
    fputs("workload,fibers,stack_bytes,order,peer,ns,ns_least,ns_most,ratio,ratio_least,ratio_most,bytes_each\n", csv);
    return csv;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "count") == 0)
        return count(argv);
    bool quick = argc == 2 && strcmp(argv[1], "quick") == 0;
    const char *only = argc == 3 && strcmp(argv[1], "only") == 0 ? argv[2] : NULL;
    FILE *csv = argc == 3 && only == NULL ? open_csv(argv[2]) : NULL;
    divisor = quick ? 50 : 1;
    int rounds = quick ? 1 : only != NULL ? DEFAULT_ROUNDS : read_rounds(csv != NULL ? 2 : argc, argv);
    print_head(rounds);
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; ++i) {
        bool asked =
            only != NULL ? strcmp(workloads[i].name, only) == 0 : !quick || workloads[i].fibers.count < MILLION;
        if (asked)
            run(&workloads[i], rounds, csv);
    }
    return csv != NULL && fclose(csv) != 0;
}
