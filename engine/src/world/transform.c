#include "world/transform.h"

#include <cglm/cglm.h>

#include "world/current.h"
#include "world/entity.h"
#include "world/exclusive.h"
#include "world/marks.h"

// Of an entity's two transforms `written` says which is the latest, by its lowest bit, and in the others in which round
// of parallel scripts that was written. So while such a round lasts, all but the one that writes read the
// other one where it was written in this round, and the writer writes nothing that is read: it begins with the other
// one of before. Both orders of a read of `written` and its change give the same transform.

/// Whether the running script is the one that may write this entity in parallel.
static bool is_writer(const tl_world *world, const tl__entity *entity)
{
    const tl__script *self = tl__script_current();
    return self != NULL && tl__is_marked(self, TL__BESIDE) && self->world == world &&
           self->owner.index1 == entity->index1 && entity->parallel_scripts == 1;
}

static bool was_written_now(const tl_world *world, uint64_t written)
{
    return world->parallel.running && written >> 1 == world->parallel.rounds;
}

static const tl_transform *transform_of(const tl_world *world, const tl__entity *entity)
{
    uint64_t written = tl__load(&entity->written, memory_order_relaxed); // as said above
    bool before = was_written_now(world, written) && !is_writer(world, entity);
    return &entity->transforms[(written & 1) ^ before];
}

static void set_beside(const tl_world *world, tl__entity *entity, const tl_transform *transform)
{
    uint64_t written = tl__load(&entity->written, memory_order_relaxed);
    if (!was_written_now(world, written))
        written = world->parallel.rounds << 1 | ((written & 1) ^ 1);
    entity->transforms[written & 1] = *transform;
    tl__store(&entity->written, written, memory_order_relaxed); // as said above
}

tl_result tl_entity_get_transform(const tl_world *world, tl_entity entity, tl_transform *transform)
{
    const tl__entity *found = tl__entity_find_present(world, entity);
    tl_result result = tl__entity_check(world, found, transform, __func__);
    if (result == TL_OK)
        *transform = *transform_of(world, found);
    return result;
}

tl_result tl_entity_set_transform(tl_world *world, tl_entity entity, const tl_transform *transform)
{
    tl__entity *found = tl__entity_find_alive(world, entity);
    tl_result result = tl__entity_check(world, found, transform, __func__);
    if (result != TL_OK)
        return result;
    if (is_writer(world, found)) {
        set_beside(world, found, transform);
        return TL_OK;
    }
    result = tl__change_begin(world, __func__);
    if (result == TL_OK && tl__entity_find_alive(world, entity) == NULL) // meanwhile
        result = TL_ERROR_STALE;
    if (result == TL_OK)
        found->transforms[found->written & 1] = *transform;
    return result;
}

void tl__entity_local_matrix(const tl_world *world, const tl__entity *entity, mat4 matrix)
{
    tl_transform copy = *transform_of(world, entity); // cglm's arguments are not const
    glm_translate_make(matrix, copy.position);
    glm_quat_rotate(matrix, copy.rotation, matrix);
    glm_scale(matrix, copy.scale);
}

tl_result tl_entity_world_matrix(const tl_world *world, tl_entity entity, mat4 matrix)
{
    const tl__entity *found = tl__entity_find_present(world, entity);
    tl_result result = tl__entity_check(world, found, matrix, __func__);
    if (result != TL_OK)
        return result;
    tl__entity_local_matrix(world, found, matrix);
    while ((found = tl__entity_find_present(world, found->parent)) != NULL) {
        mat4 above;
        tl__entity_local_matrix(world, found, above);
        glm_mat4_mul(above, matrix, matrix);
    }
    return TL_OK;
}
