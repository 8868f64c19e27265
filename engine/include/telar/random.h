// SPDX-License-Identifier: MIT
/// telar/random.h: random numbers that are the same everywhere for the same seed.
///
///     tl_random dice = {.state = seed};
///     uint32_t eyes = 1 + tl_random_below(&dice, 6);
///
/// The generator is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). Do
/// not use it for secrets. Only one thread at a time may use a generator; no call suspends, and no pointer may be null.
#ifndef TELAR_RANDOM_H
#define TELAR_RANDOM_H

#include <stdint.h>

#include "telar/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A random number generator. Any number is a good seed.
typedef struct tl_random {
    uint64_t state;
} tl_random;

/// Returns 64 random bits.
/// @thread any, one at a time for each generator; @suspends never
TL_API uint64_t tl_random_next(tl_random *random);

/// Returns a number from 0 up to, not including, `bound`, each equally likely; 0 for a bound of 0.
TL_API uint32_t tl_random_below(tl_random *random, uint32_t bound);

/// Returns a number from 0 up to, not including, 1.
TL_API float tl_random_unit(tl_random *random);

#ifdef __cplusplus
}
#endif

#endif
