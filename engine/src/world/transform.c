// SPDX-License-Identifier: MIT
#include "world/transform.h"

#include <cglm/struct.h>

#include "world/current.h"
#include "world/entity.h"
#include "world/exclusive.h"
#include "world/marks.h"

// Bit 0 of `written` selects the current one of an entity's two transforms; the other bits hold the parallel round that
// wrote it. While a round lasts, a transform written in it is seen by its writer alone: all other scripts read the one
// from before the round. The writer's first write of a round goes to the transform that is not current, which no script
// reads. So a reader gets the same transform whether it loads `written` before the writer stores it or after.

/// Whether the running script is the one that may write this entity in parallel.
static bool is_writer(const tl_world *world, const tl__entity_record *entity)
{
    const tl__script_record *self = tl__script_here();
    return self != NULL && tl__is_marked(self, TL__IN_PARALLEL) && self->world == world &&
           self->owner.index1 == entity->index1 && entity->parallel_scripts == 1;
}

static bool was_written_now(const tl_world *world, uint64_t written)
{
    return world->parallel.running && written >> 1 == world->parallel.rounds;
}

static const tl_transform *transform_of(const tl_world *world, const tl__entity_record *entity)
{
    uint64_t written = tl__load(&entity->written, memory_order_relaxed); // either order is right: see above
    bool before = was_written_now(world, written) && !is_writer(world, entity);
    return &entity->transforms[(written & 1) ^ before];
}

static void set_in_parallel(const tl_world *world, tl__entity_record *entity, const tl_transform *transform)
{
    // relaxed: in this round only this script writes it; the end of the jobs of earlier rounds orders their writes.
    uint64_t written = tl__load(&entity->written, memory_order_relaxed);
    if (!was_written_now(world, written))
        written = world->parallel.rounds << 1 | ((written & 1) ^ 1);
    entity->transforms[written & 1] = *transform;
    tl__store(&entity->written, written, memory_order_relaxed); // either order is right: see above
}

tl_transform tl_entity_get_transform(const tl_world *world, tl_entity entity)
{
    const tl__entity_record *found = tl__entity_find_present(world, entity);
    return tl__entity_check(world, found, world, __func__) == TL_OK ? *transform_of(world, found) : (tl_transform){0};
}

tl_result tl_entity_set_transform(tl_world *world, tl_entity entity, const tl_transform *transform)
{
    tl__entity_record *found = tl__entity_find_alive(world, entity);
    tl_result result = tl__entity_check(world, found, transform, __func__);
    if (result != TL_OK)
        return result;
    if (is_writer(world, found)) {
        set_in_parallel(world, found, transform);
        return TL_OK;
    }
    result = tl__change_begin(world, __func__);
    if (result == TL_OK && tl__entity_find_alive(world, entity) == NULL) // destroyed meanwhile
        result = TL_ERROR_STALE;
    if (result == TL_OK)
        found->transforms[found->written & 1] = *transform;
    return result;
}

mat4s tl__entity_local_matrix(const tl_world *world, const tl__entity_record *entity)
{
    const tl_transform *at = transform_of(world, entity);
    mat4s matrix = glms_translate_make(at->position);
    return glms_scale(glms_quat_rotate(matrix, at->rotation), at->scale);
}

mat4s tl_entity_world_matrix(const tl_world *world, tl_entity entity)
{
    const tl__entity_record *found = tl__entity_find_present(world, entity);
    if (tl__entity_check(world, found, world, __func__) != TL_OK)
        return (mat4s){0};
    mat4s matrix = tl__entity_local_matrix(world, found);
    while ((found = tl__entity_find_present(world, found->parent)) != NULL)
        matrix = glms_mat4_mul(tl__entity_local_matrix(world, found), matrix);
    return matrix;
}
