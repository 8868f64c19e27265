// SPDX-License-Identifier: MIT
/// Places and directions, and how to draw them at random.
#ifndef SWARM_VEC_H
#define SWARM_VEC_H

#include <math.h>

#include "telar/random.h"

typedef struct vec {
    float x, y;
} vec;

static inline vec add(vec a, vec b, float times)
{
    return (vec){a.x + b.x * times, a.y + b.y * times};
}

static inline float length(vec a)
{
    return sqrtf(a.x * a.x + a.y * a.y);
}

static inline float distance(vec a, vec b)
{
    return length((vec){a.x - b.x, a.y - b.y});
}

/// Returns a vector in the direction of `way` with the length `speed`.
static inline vec at_speed(vec way, float speed)
{
    float now = length(way);
    return now > 0 ? (vec){way.x / now * speed, way.y / now * speed} : (vec){speed, 0};
}

static inline vec towards(vec from, vec to, float speed)
{
    return at_speed((vec){to.x - from.x, to.y - from.y}, speed);
}

static inline float chance(tl_random *dice, float least, float most)
{
    return least + (most - least) * tl_random_unit(dice);
}

/// Returns a random place. Draws x before y: in an initialiser the compiler would be free to draw y first.
static inline vec somewhere(tl_random *dice, float left, float right, float top, float bottom)
{
    float x = chance(dice, left, right);
    float y = chance(dice, top, bottom);
    return (vec){x, y};
}

#endif
