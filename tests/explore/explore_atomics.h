// SPDX-License-Identifier: MIT
/// The atomic words of fibers/src/base/atomics.h. Before each operation on them, another thread may continue
/// (explore.h).
#ifndef TELAR_EXPLORE_ATOMICS_H
#define TELAR_EXPLORE_ATOMICS_H

void explore_read(const void *plain);
void explore_write(const void *plain);

#define tl__reads(plain) explore_read(plain)
#define tl__writes(plain) explore_write(plain)

uint64_t explore_load(const uint64_t *word, memory_order order);
void explore_store(uint64_t *word, uint64_t value, memory_order order);

typedef enum explore_change {
    EXPLORE_EXCHANGE,
    EXPLORE_ADD,
    EXPLORE_SUB,
} explore_change;
uint64_t explore_rmw(uint64_t *word, explore_change change, uint64_t value, memory_order order);
bool explore_cas(uint64_t *word, uint64_t *expected, uint64_t value, memory_order order);

#define tl__load(word, order) explore_load((word), (order))
#define tl__store(word, value, order) explore_store((word), (value), (order))
#define tl__exchange(word, value, order) explore_rmw((word), EXPLORE_EXCHANGE, (value), (order))
#define tl__add(word, value, order) explore_rmw((word), EXPLORE_ADD, (value), (order))
#define tl__sub(word, value, order) explore_rmw((word), EXPLORE_SUB, (value), (order))
#define tl__cas(word, expected, value, order) explore_cas((word), (expected), (value), (order))

void explore_pause(void);

static inline void tl__pause(uint32_t *turns)
{
    ++*turns;
    explore_pause();
}

/// A second passes between any two calls, which is much.
static inline uint64_t tl__nanoseconds(void)
{
    static uint64_t now;
    return now += 1000000000;
}

#endif
