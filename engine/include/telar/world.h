/// telar/world.h: a world of entities and scripts that goes on in fixed steps.
///
///     tl_world *world = NULL;
///     tl_world_create(&(tl_world_desc){0}, &world);
///     tl_entity door;
///     tl_entity_create(world, TL_NO_ENTITY, &door);
///     tl_spawn(world, door, NULL, swing, {.degrees = 90});            // telar/script.h
///     while (playing)
///         tl_world_step(world);
///     tl_world_destroy(world);
///
/// What a step does, in this order:
///   1. time goes on by one step: real time by 1/steps_per_second, game time by that times the time scale;
///   2. scripts whose time has come become ready, those that wait for a predicate too;
///   3. ready scripts run, by phase, then by priority (higher first), then by creation (older first), until none is
///      ready. One that becomes ready meanwhile runs in this same step, in its place among those not yet run.
///
/// Nothing here reads the time or a random generator of the system: the same calls give the same run.
///
/// Threads: one at a time for each world; another one from step to step is fine. Where nothing else is said, a call
/// here and in the headers of scripts, events and channels keeps to that, and never suspends.
#ifndef TELAR_WORLD_H
#define TELAR_WORLD_H

#include <cglm/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_world tl_world;

/// Zero in any field picks the default.
typedef struct tl_world_desc {
    uint32_t steps_per_second; ///< 1 to 1,000,000; default 60
    uint32_t max_scripts;      ///< how many there can be at once; default 4096
    size_t stack_size;         ///< bytes of stack for each script; default 64 KiB
} tl_world_desc;

/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (steps_per_second); TL_ERROR_OUT_OF_MEMORY; what tl_pool_create
///   answers for stacks. On any error *world is null.
/// @thread any; @suspends never
tl_result tl_world_create(const tl_world_desc *desc, tl_world **world);

/// Destroys the world, its entities (newest first) and with them their scripts, its own scripts (newest first), events
/// and channels. Clean-ups run.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_IN_SCRIPT (then nothing is destroyed)
/// @thread one at a time; @suspends never
tl_result tl_world_destroy(tl_world *world);

/// Does one step.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_IN_SCRIPT
/// @thread one at a time; @suspends never
tl_result tl_world_step(tl_world *world);

/// The world of the running script; null outside any script.
/// @thread any; @suspends never
tl_world *tl_world_current(void);

/// How fast game time goes against real time from the next step on: 0 (stands still) to 1000; 1 at first. It is kept to
/// 1/16384 or finer. Game time ends, and stands still, after 8 years of itself.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT
/// @thread one at a time; @suspends never
tl_result tl_world_set_time_scale(tl_world *world, double scale);

typedef struct tl_world_time {
    uint64_t steps;      ///< how many were done
    double real_seconds; ///< since the world was made, as the steps count them
    double game_seconds; ///< the same, scaled
    double real_delta;   ///< seconds of real time that a step takes
    double game_delta;   ///< seconds of game time that a step takes at the present scale
    double scale;        ///< the time scale
} tl_world_time;

/// The time in the world; all zero for null.
/// @thread one at a time; @suspends never
tl_world_time tl_world_get_time(const tl_world *world);

/// An entity's name, valid as long as it lives. Zero is none; one that was destroyed is never valid again.
typedef struct tl_entity {
    uint32_t index1, generation;
} tl_entity;

#ifdef __cplusplus
#define TL_NO_ENTITY (tl_entity{0, 0})
#else
#define TL_NO_ENTITY ((tl_entity){0, 0})
#endif

/// Where an entity is, relative to its parent. Units are the game's own.
typedef struct tl_transform {
    vec3 position;
    versor rotation; ///< a unit quaternion: x, y, z, w
    vec3 scale;
} tl_transform;

/// Makes an entity at the origin: no rotation, scale 1. TL_NO_ENTITY as parent: none.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (the parent); TL_ERROR_OUT_OF_MEMORY. On any error *entity is none.
/// @thread one at a time; @suspends never
tl_result tl_entity_create(tl_world *world, tl_entity parent, tl_entity *entity);

/// Destroys an entity: first its children (newest first), each with all of theirs; then its scripts (newest first),
/// whose clean-ups run. These can still look at it: its transform, its matrix, its parent and its user data, but no
/// more than look. Whoever waited for one of these goes on in this step, and is told TL_CANCELLED. A script that
/// destroys its own entity goes on to its next wait, which does not return.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
tl_result tl_entity_destroy(tl_world *world, tl_entity entity);

/// False for none, for one that was destroyed and for one that is being destroyed.
/// @thread one at a time; @suspends never
bool tl_entity_is_alive(const tl_world *world, tl_entity entity);

/// How many are alive.
uint32_t tl_entity_count(const tl_world *world);

/// Walks over all that are alive: for (tl_entity e = tl_entity_next(w, TL_NO_ENTITY); e.index1 != 0;
/// e = tl_entity_next(w, e)). Entities may be created and destroyed on the way, the present one too: each that lives
/// from the walk's beginning to its end is met once; one created meanwhile is met or not, and never twice.
/// @thread one at a time; @suspends never
tl_entity tl_entity_next(const tl_world *world, tl_entity entity);

/// TL_NO_ENTITY for one without, and for one that is gone.
tl_entity tl_entity_parent(const tl_world *world, tl_entity entity);

/// Makes it a child of another, or of none. Its transform stays as it is, relative to the new parent.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (either); TL_ERROR_CYCLE (its own descendant, or itself)
/// @thread one at a time; @suspends never
tl_result tl_entity_set_parent(tl_world *world, tl_entity entity, tl_entity parent);

/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
tl_result tl_entity_get_transform(const tl_world *world, tl_entity entity, tl_transform *transform);
tl_result tl_entity_set_transform(tl_world *world, tl_entity entity, const tl_transform *transform);

/// From its own space to the world's, through all its parents.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
tl_result tl_entity_world_matrix(const tl_world *world, tl_entity entity, mat4 matrix);

/// A pointer of yours; null at first, and for an entity that is gone.
void *tl_entity_user_data(const tl_world *world, tl_entity entity);
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
tl_result tl_entity_set_user_data(tl_world *world, tl_entity entity, void *user_data);

#ifdef __cplusplus
}
#endif

#endif
