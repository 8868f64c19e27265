// SPDX-License-Identifier: MIT
/// What there is of each entity.
#ifndef TELAR_ENGINE_WORLD_ENTITY_RECORD_H
#define TELAR_ENGINE_WORLD_ENTITY_RECORD_H

#include "base/atomics.h"
#include "base/list.h"
#include "telar/entity.h"

/// What ends with an entity besides scripts: events and channels begin with one.
typedef struct tl__owned {
    tl__link of_owner;
    void (*destroy)(struct tl__owned *self);
    tl_world *world;
    const char *name;
    uint32_t index1;
} tl__owned;

typedef struct tl__entity_record {
    tl__link
        of_world; ///< in the list of the living, while it is one: one that is being destroyed can be looked at, no more
    uint32_t index1;
    uint32_t generation; ///< odd while it is there, even while its slot is free
    tl_entity parent;
    uint32_t newest_child1, older1, newer1; ///< a list through the living children; slots counted from 1, 0 for none
    uint32_t next_free1;
    uint32_t parallel_scripts; ///< how many of its scripts are such
    uint32_t matrix_index;     ///< its index in the world's matrices (matrices.c)
    tl__word written;          ///< transform.c's: which transform is the latest, and when it was written
    tl_transform transforms[2];
    void *user_data;
    tl__link scripts;
    tl__link owned; ///< events and channels
} tl__entity_record;

#endif
