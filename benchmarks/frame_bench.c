// SPDX-License-Identifier: MIT
// frame_bench [rounds [file.csv [scene]]], frame_bench quick: what entity scripts cost for each script and step. Telar
// next to a state machine written by hand, bare fibers, C++20 coroutines (where the compiler has them) and Lua 5.4
// (where it is installed).
//
// Each round measures all peers in turn. The program prints the medians over the rounds, with the least and the most,
// and the ratios to the scene's reference, which are formed within a round.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_peer.h"
#include "measure.h"

enum { SIZES = 5, MAX_PEERS = 32 };
static const uint32_t sizes[SIZES] = {100, 5000, 10000, 100000, 1000000};

typedef struct scene {
    const char *name; ///< name in the file
    const char *what; ///< the thing whose cost is printed
    const char *reference;
    frame_scene reference_scene;
    uint32_t steps_before; ///< warm-up: steps until all steps are alike
    uint32_t size_mask;    ///< bit i: it is measured with sizes[i]
} scene;

enum { USUAL_SIZES = 0x1b, ALL_SIZES = 0x1f, SMALL_SIZES = 0x3 };
static const scene scenes[SCENES] = {
    [SCENE_STEP] = {"step", "a script that waits for the next step", "bare fibers", SCENE_STEP, 3, ALL_SIZES},
    [SCENE_TIMED] = {"timed", "a wait of 0.1 to 2 s, at 60 steps a second", "C++20 coroutine, std::priority_queue",
                     SCENE_TIMED, 3 * STEPS_PER_SECOND, USUAL_SIZES},
    [SCENE_EVENT] = {"event", "a script that waits for the event of each step", "bare fibers", SCENE_STEP, 3,
                     ALL_SIZES},
    [SCENE_RACE] = {"race", "a race of an event, a channel and one second", "bare fibers", SCENE_STEP,
                    2 * STEPS_PER_SECOND, USUAL_SIZES},
    [SCENE_CHANNEL] = {"channel", "an item from one script to another", "bare fibers", SCENE_STEP, 3, USUAL_SIZES},
    [SCENE_LIFE] = {"life", "a script's life: spawned, run, ended", "bare fibers", SCENE_LIFE, 3, USUAL_SIZES},
    [SCENE_CHILD] = {"child", "a child that ends at once, by tl_sync", "bare fibers", SCENE_CHILD, 3, SMALL_SIZES},
};

static bool is_quick; ///< measures briefly, only to see that the program runs
static const frame_peer *peers[MAX_PEERS];
static int peer_count;
uint64_t times_gone_on;
static double costs[MAX_PEERS][SIZES][MAX_ROUNDS];

void *need(void *pointer)
{
    if (pointer == NULL) {
        fprintf(stderr, "frame_bench: no memory\n");
        exit(1);
    }
    return pointer;
}

static void add_peers(const frame_peer *list)
{
    for (; list->name != NULL; ++list)
        peers[peer_count++] = list;
}

/// Returns the nanoseconds for each time that a script continued.
static double measure(const frame_peer *peer, uint32_t count)
{
    const double least_nanoseconds = is_quick ? 1e6 : 50e6;
    uint32_t steps = scenes[peer->scene].steps_before;
    peer->open(count);
    peer->run(steps);
    if (peer->scene == SCENE_TIMED || peer->scene == SCENE_RACE)
        steps = STEPS_PER_SECOND;
    times_gone_on = 0;
    double begin = now(), elapsed;
    do {
        peer->run(steps);
        elapsed = now() - begin;
    } while (elapsed < least_nanoseconds);
    uint64_t went_on = times_gone_on;
    peer->close();
    if (went_on == 0) {
        fprintf(stderr, "frame_bench: %s: no script went on\n", peer->name);
        exit(1);
    }
    return elapsed / (double)went_on;
}

static bool is_measured(const frame_peer *peer, int size)
{
    if (is_quick && sizes[size] > 5000)
        return false;
    return scenes[peer->scene].size_mask >> size & 1;
}

/// A million scripts take a while to make, so a third of the rounds is enough; but at least three, so that one round
/// that was disturbed is not the median.
static int rounds_of(int size, int rounds)
{
    enum { FEWEST = 3 };
    int fewer = rounds / 3 > FEWEST ? rounds / 3 : FEWEST;
    return sizes[size] < 1000000 || rounds < fewer ? rounds : fewer;
}

static void measure_all(int rounds)
{
    for (int round = 0; round < rounds; ++round)
        for (int size = 0; size < SIZES; ++size)
            for (int i = 0; i < peer_count; ++i)
                if (is_measured(peers[i], size) && round < rounds_of(size, rounds))
                    costs[i][size][round] = measure(peers[i], sizes[size]);
}

static int reference_of(const scene *of)
{
    for (int i = 0; i < peer_count; ++i)
        if (peers[i]->scene == of->reference_scene && strcmp(peers[i]->name, of->reference) == 0)
            return i;
    return -1;
}

static void print_peer(int peer, int size, int rounds, FILE *file)
{
    const scene *of = &scenes[peers[peer]->scene];
    int reference = reference_of(of);
    double cost[MAX_ROUNDS], ratio[MAX_ROUNDS];
    for (int round = 0; round < rounds; ++round) {
        cost[round] = costs[peer][size][round];
        ratio[round] = reference >= 0 ? cost[round] / costs[reference][size][round] : 0;
    }
    spread spread_of_cost = spread_of(cost, rounds), spread_of_ratio = spread_of(ratio, rounds);
    printf("    %-42s", peers[peer]->name);
    print_spread(spread_of_cost, "%8.1f ns (%.1f to %.1f)");
    if (reference >= 0)
        print_spread(spread_of_ratio, "  %.2f (%.2f to %.2f)");
    printf("\n");
    if (file != NULL)
        fprintf(file, "%s,\"%s\",%u,%.2f,%.2f,%.2f,%.3f,%.3f,%.3f\n", of->name, peers[peer]->name, sizes[size],
                spread_of_cost.median, spread_of_cost.least, spread_of_cost.most, spread_of_ratio.median,
                spread_of_ratio.least, spread_of_ratio.most);
}

static bool any_of(frame_scene kind, int size)
{
    for (int i = 0; i < peer_count; ++i)
        if (peers[i]->scene == kind && is_measured(peers[i], size))
            return true;
    return false;
}

static void print_all(int rounds, FILE *file)
{
    if (file != NULL)
        fprintf(file, "scene,peer,scripts,ns,ns_least,ns_most,ratio,ratio_least,ratio_most\n");
    for (int kind = 0; kind < SCENES; ++kind)
        for (int size = 0; size < SIZES; ++size) {
            if (!any_of((frame_scene)kind, size))
                continue;
            printf("%s; %u of them; ratio to %s%s\n", scenes[kind].what, sizes[size], scenes[kind].reference,
                   scenes[kind].reference_scene == (frame_scene)kind ? "" : " that are resumed once");
            for (int i = 0; i < peer_count; ++i)
                if (peers[i]->scene == (frame_scene)kind)
                    print_peer(i, size, rounds_of(size, rounds), file);
        }
}

/// Opens the file to write to, and keeps the peers of one scene.
static FILE *read_arguments(int argc, char **argv)
{
    FILE *file = fopen(argv[2], "a");
    if (file == NULL) {
        perror(argv[2]);
        exit(2);
    }
    int kept = 0;
    for (int i = 0; i < peer_count; ++i)
        if (argc == 3 || strcmp(scenes[peers[i]->scene].name, argv[3]) == 0)
            peers[kept++] = peers[i];
    peer_count = kept;
    return file;
}

int main(int argc, char **argv)
{
    add_peers(plain_peers);
#ifdef HAVE_COROUTINES
    add_peers(cpp20_peers);
#endif
    add_peers(telar_peers);
#ifdef HAVE_LUA
    add_peers(lua_peers);
#endif
    FILE *file = argc == 3 || argc == 4 ? read_arguments(argc, argv) : NULL;
    is_quick = argc == 2 && strcmp(argv[1], "quick") == 0;
    int rounds = is_quick ? 1 : read_rounds(file != NULL ? 2 : argc, argv);
    measure_all(rounds);
    print_all(rounds, file);
    return file != NULL && fclose(file) != 0;
}
