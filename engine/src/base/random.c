// SPDX-License-Identifier: MIT
#include "telar/random.h"

uint64_t tl_random_next(tl_random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = random->state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

uint32_t tl_random_below(tl_random *random, uint32_t bound)
{
    if (bound == 0)
        return 0;
    // Rejecting the lowest few of the 2^32 values leaves a multiple of `bound`, so that all results are equally likely.
    uint32_t unfair = (uint32_t)-bound % bound, drawn;
    do
        drawn = (uint32_t)(tl_random_next(random) >> 32);
    while (drawn < unfair);
    return drawn % bound;
}

float tl_random_unit(tl_random *random)
{
    return (float)(tl_random_next(random) >> 40) * 0x1p-24f;
}
