// SPDX-License-Identifier: MIT
/// The record of an entity.
#ifndef TELAR_ENGINE_WORLD_ENTITY_RECORD_H
#define TELAR_ENGINE_WORLD_ENTITY_RECORD_H

#include "base/atomics.h"
#include "base/list.h"
#include "telar/entity.h"

/// The first member of an event or channel: a link to its owner, with which it is destroyed.
typedef struct tl__owned {
    tl__link of_owner;
    void (*destroy)(struct tl__owned *self);
    tl_world *world;
    const char *name;
    uint32_t index1;
} tl__owned;

typedef struct tl__entity_record {
    tl__link of_world; ///< in tl_world.living_entities; in no list while it is being destroyed and can only be read
    uint32_t index1;
    uint32_t generation; ///< odd: the entity exists; even: the slot is free
    tl_entity parent;
    uint32_t newest_child1, older1, newer1; ///< list of its living children, by slots counted from 1; 0: none
    uint32_t next_free1;
    uint32_t parallel_scripts; ///< number of its parallel scripts
    uint32_t matrix_index;     ///< its index in the world's matrices (matrices.c)
    tl__word written;          ///< which transform is current, and the round that wrote it (transform.c)
    tl_transform transforms[2];
    void *user_data;
    tl__link scripts;
    tl__link owned; ///< its events and channels
} tl__entity_record;

#endif
