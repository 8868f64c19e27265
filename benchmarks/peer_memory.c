// SPDX-License-Identifier: MIT
// No fibers, only the memory that resuming them cannot do without: of each stack, at the place that Telar would choose,
// one pair of cache lines is read and written. This is the limit of the machine for Telar, and for any stacks that have
// pages of their own.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "peer.h"

enum { GUARD = 16 * 1024, LINE_PAIR = 128, COLOURS = 8, AHEAD = 12 };

static char *mapping;
static size_t mapping_size;
static volatile uint64_t **pairs;
static uint32_t pair_count;

static void open(const peer_fibers *asked)
{
    size_t stride = asked->stack_size + GUARD;
    pair_count = asked->count;
    mapping_size = stride * pair_count;
    mapping = mmap(NULL, mapping_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    need(mapping != MAP_FAILED ? mapping : NULL);
    (void)madvise(mapping, mapping_size, MADV_NOHUGEPAGE);
    pairs = need(calloc(pair_count, sizeof *pairs));
    for (uint32_t i = 0; i < pair_count; ++i) {
        pairs[i] = (volatile uint64_t *)(mapping + stride * (i + 1) - LINE_PAIR * (i % COLOURS + 1));
        pairs[i][0] = 1;
    }
    if (asked->shuffled)
        shuffle((void **)pairs, pair_count);
}

static void turn(uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; ++round) {
        for (uint32_t i = 0; i < pair_count; ++i) {
            if (i + AHEAD < pair_count)
                __builtin_prefetch((const void *)pairs[i + AHEAD], 1);
            ++pairs[i][0];
            ++pairs[i][8];
        }
    }
}

static void close(void)
{
    munmap(mapping, mapping_size);
    free(pairs);
}

const peer peer_memory = {"memory alone",
                          "no fibers: a pair of cache lines of each stack is read and written, prefetched",
                          4096,
                          UINT32_MAX,
                          open,
                          turn,
                          close,
                          NULL,
                          PEER_HAS_NO_FIBERS};
