// SPDX-License-Identifier: MIT
/// telar/entity.h: entities, the things of a world: where they are, which is part of which, and what is destroyed with
/// them.
///
///     tl_entity door;
///     tl_entity_create(world, TL_NO_ENTITY, &door);
///     tl_spawn(world, door, NULL, swing, {.degrees = 90});            // telar/script.h
///     tl_entity_destroy(world, door);                                 // ends swing, too
///
/// The thread rule is that of the world (telar/world.h).
#ifndef TELAR_ENTITY_H
#define TELAR_ENTITY_H

#include <cglm/types-struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/api.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An entity's id, valid as long as the entity lives. Zero is no entity. The id of an entity that was destroyed never
/// becomes valid again.
typedef struct tl_entity {
    uint32_t index1, generation;
} tl_entity;

#ifdef __cplusplus
#define TL_NO_ENTITY (tl_entity{0, 0})
#else
#define TL_NO_ENTITY ((tl_entity){0, 0})
#endif

/// Where an entity is, relative to its parent. Units are the game's own. The types are cglm's unions (cglm/struct.h):
/// they can be assigned, returned and put into an initialiser. (In C++ their numbers are in `.raw`, since cglm has the
/// names `.x`, `.y` and `.z` only in C.)
typedef struct tl_transform {
    vec3s position;
    versors rotation; ///< a unit quaternion: x, y, z, w
    vec3s scale;
} tl_transform;

/// An initialiser of a tl_transform: at the origin, not rotated, scale 1.
#define TL_TRANSFORM_INIT                                                                                              \
    {                                                                                                                  \
        {{0, 0, 0}}, {{0, 0, 0, 1}},                                                                                   \
        {                                                                                                              \
            {                                                                                                          \
                1, 1, 1                                                                                                \
            }                                                                                                          \
        }                                                                                                              \
    }

/// Makes an entity at its parent's origin, not rotated, with scale 1. TL_NO_ENTITY as `parent` makes one without a
/// parent.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (the parent); TL_ERROR_OUT_OF_MEMORY. On any error *entity is none.
/// @thread one at a time; @suspends never
TL_API tl_result tl_entity_create(tl_world *world, tl_entity parent, tl_entity *entity);

/// Destroys an entity: first its children (newest first), each with its own children; then its scripts (newest first),
/// whose clean-ups run; then its events and channels. The clean-ups can still read the entity's transform, matrix,
/// parent and user data, but not change them. Scripts that wait for one of its scripts, events or channels become
/// ready, and their waits return TL_CANCELLED. A script that destroys its own entity runs until its next wait, which
/// does not return.
///
/// A script that waits for jobs, or is in a shield (tl_scoped_shield), lives on until these are over, and so do its
/// variables and its argument. Before you free memory that it or its jobs use, such as the data of a level, call
/// tl_entity_destroy_and_wait instead.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
TL_API tl_result tl_entity_destroy(tl_world *world, tl_entity entity);

/// Destroys an entity as tl_entity_destroy does, and returns when all scripts of the entity and of its descendants have
/// ended: shields are broken, and the thread helps with the jobs that these scripts wait for until they are done.
/// (Scripts that were cancelled before this call are not waited for; to wait for those, give them a
/// tl_script_desc.counter.)
///
///     tl_entity_destroy_and_wait(world, level->root);
///     free(level);
///
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_STALE
///   - TL_ERROR_CYCLE: the running script, or a parent of it, would end with the entity
/// @thread one at a time; @suspends never, but runs jobs
TL_API tl_result tl_entity_destroy_and_wait(tl_world *world, tl_entity entity);

/// Returns whether an entity is alive: false for TL_NO_ENTITY, and from the beginning of its destruction on.
/// @thread one at a time; @suspends never
TL_API bool tl_entity_is_alive(const tl_world *world, tl_entity entity);

/// Returns how many entities are alive; 0 for a null world.
TL_API uint32_t tl_entity_count(const tl_world *world);

/// Returns the living entity after another one, or the first after TL_NO_ENTITY; TL_NO_ENTITY at the end:
///
///     for (tl_entity e = tl_entity_next(w, TL_NO_ENTITY); e.index1 != 0; e = tl_entity_next(w, e))
///
/// Entities may be created and destroyed during such a walk, also the current one. An entity that exists during the
/// whole walk is visited once, an entity that is created during it at most once.
/// @thread one at a time; @suspends never
TL_API tl_entity tl_entity_next(const tl_world *world, tl_entity entity);

/// Returns an entity's parent; TL_NO_ENTITY for an entity without one, and for an entity that is gone.
TL_API tl_entity tl_entity_parent(const tl_world *world, tl_entity entity);

/// Makes an entity a child of another one, or of none (TL_NO_ENTITY). Its transform stays as it is, relative to the new
/// parent.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (either); TL_ERROR_CYCLE (the parent is the entity itself or its
///   descendant)
/// @thread one at a time; @suspends never
TL_API tl_result tl_entity_set_parent(tl_world *world, tl_entity entity, tl_entity parent);

/// Returns an entity's transform; all zeros, even for the scale, for an entity that is gone and for a null world, which
/// is misuse.
/// @thread one at a time; @suspends never
TL_API tl_transform tl_entity_get_transform(const tl_world *world, tl_entity entity);

/// Sets an entity's transform.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
TL_API tl_result tl_entity_set_transform(tl_world *world, tl_entity entity, const tl_transform *transform);

/// Returns an entity's local-to-world matrix, through all its parents; zeros for an entity that is gone and for a null
/// world, which is misuse.
/// @thread one at a time; @suspends never
TL_API mat4s tl_entity_world_matrix(const tl_world *world, tl_entity entity);

/// An entity and its local-to-world matrix.
typedef struct tl_world_matrix {
    mat4s matrix; ///< from its own space to the world's
    tl_entity entity;
} tl_world_matrix;

/// Computes the local-to-world matrices of all living entities, which a renderer needs, on all workers of the world's
/// job system. Parents come before their children.
/// @param matrices  receives an array of `*count`, owned by the world; valid until the next call or the world's end
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_OUT_OF_MEMORY. On any error *count is 0
/// @thread one at a time; @suspends never
TL_API tl_result tl_world_compute_matrices(tl_world *world, const tl_world_matrix **matrices, uint32_t *count);

/// Returns the pointer that tl_entity_set_user_data set; null at first, and for an entity that is gone.
TL_API void *tl_entity_user_data(const tl_world *world, tl_entity entity);
/// Stores a pointer of the game's own in an entity.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
TL_API tl_result tl_entity_set_user_data(tl_world *world, tl_entity entity, void *user_data);

#ifdef __cplusplus
}
#endif

#endif
