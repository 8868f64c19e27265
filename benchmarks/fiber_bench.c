// fiber_bench [rounds]: what a fiber costs, beside the peers found when this was built, all in one run.
//
// Machines are shared and noisy, so the figures to read are the ratios: each round measures every peer once, one after
// another, and forms the ratios within the round. Printed are the medians over the rounds, with the least and the most.
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "peer.h"

static const peer *const peers[] = {
    &peer_telar,
    &peer_telar_float,
#ifdef HAVE_BOOST_CONTEXT
    &peer_boost,
#endif
    &peer_ucontext,
};
enum { PEERS = sizeof peers / sizeof peers[0] };

/// One line of the table: a workload that each peer does, and how often, so that a measurement takes some 20 ms or
/// more.
typedef struct workload {
    const char *name;
    uint32_t fibers; ///< 0 for create+run+destroy
    uint32_t switches;
} workload;

static const workload workloads[] = {
    {"resume+yield, one hot fiber", 1, 4000000}, {"create+run+destroy", 0, 1000000},
    {"16 fibers in turn", 16, 4000000},          {"256 fibers in turn", 256, 4000000},
    {"4,096 fibers in turn", 4096, 2000000},     {"100,000 fibers in turn", 100000, 1000000},
};

void *need(void *pointer)
{
    if (pointer == NULL) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return pointer;
}

/// Nanoseconds for each resume and the yield that answers it, or for each life of a fiber.
static double measure(const peer *which, const workload *work)
{
    uint32_t times = work->switches;
    if (which == &peer_ucontext)
        times /= 10; // a system call each
    if (work->fibers == 0) {
        which->churn(1000);
        double begin = now();
        which->churn(times);
        return (now() - begin) / times;
    }
    which->open(work->fibers);
    uint32_t rounds = (times + work->fibers - 1) / work->fibers;
    which->turn(rounds / 10 + 1);
    double begin = now();
    which->turn(rounds);
    double elapsed = now() - begin;
    which->close();
    return elapsed / ((double)rounds * work->fibers);
}

static void run(const workload *work, int rounds)
{
    static double nanoseconds[PEERS][MAX_ROUNDS], ratios[PEERS][MAX_ROUNDS];
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < PEERS; ++i)
            nanoseconds[i][round] = measure(peers[i], work);
        for (int i = 1; i < PEERS; ++i)
            ratios[i][round] = nanoseconds[0][round] / nanoseconds[i][round];
    }
    printf("%s\n", work->name);
    for (int i = 0; i < PEERS; ++i) {
        printf("    %-28s", peers[i]->name);
        print_spread(nanoseconds[i], rounds, "%8.1f ns (%.1f to %.1f)");
        if (i > 0)
            print_spread(ratios[i], rounds, "    Telar takes %.2f of it (%.2f to %.2f)");
        putchar('\n');
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int rounds = read_rounds(argc, argv);
    printf("medians of %d rounds (least to most); stacks of %d KiB\n", rounds, PEER_STACK_SIZE / 1024);
    for (int i = 0; i < PEERS; ++i)
        printf("    %-28s%s\n", peers[i]->name, peers[i]->what);
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; ++i)
        run(&workloads[i], rounds);
    return 0;
}
