#include <cglm/cglm.h>
#include <stdlib.h>

#include "world_internal.h"

static tl__entity *slot(const tl_world *world, uint32_t index1)
{
    return index1 != 0 ? world->entities[index1 - 1] : NULL;
}

static tl_entity id_of(const tl_world *world, uint32_t index1)
{
    return index1 != 0 ? (tl_entity){index1, slot(world, index1)->generation} : TL_NO_ENTITY;
}

tl__entity *tl__entity_find(const tl_world *world, tl_entity entity)
{
    if (world == NULL || entity.index1 == 0 || entity.index1 > world->entity_slots)
        return NULL;
    tl__entity *found = slot(world, entity.index1);
    return found->generation == entity.generation && (found->generation & 1) != 0 ? found : NULL;
}

bool tl_entity_is_alive(const tl_world *world, tl_entity entity)
{
    return tl__entity_find(world, entity) != NULL;
}

uint32_t tl_entity_count(const tl_world *world)
{
    return world != NULL ? world->entity_count : 0;
}

tl_entity tl_entity_next(const tl_world *world, tl_entity entity)
{
    if (world != NULL)
        for (uint32_t index1 = entity.index1 + 1; index1 <= world->entity_slots; ++index1)
            if (slot(world, index1)->generation & 1)
                return id_of(world, index1);
    return TL_NO_ENTITY;
}

/// Makes one more slot. TL_OK or TL_ERROR_OUT_OF_MEMORY.
static tl_result add_slot(tl_world *world)
{
    if (world->entity_slots == world->entity_capacity) {
        uint32_t capacity = world->entity_capacity == 0 ? 64 : world->entity_capacity * 2;
        tl__entity **entities = realloc(world->entities, capacity * sizeof(tl__entity *));
        if (entities == NULL)
            return TL_ERROR_OUT_OF_MEMORY;
        world->entities = entities;
        world->entity_capacity = capacity;
    }
    tl__entity *made = calloc(1, sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    world->entities[world->entity_slots++] = made;
    world->free_entity1 = world->entity_slots;
    return TL_OK;
}

static void link_to_parent(tl_world *world, uint32_t index1, uint32_t parent1)
{
    tl__entity *entity = slot(world, index1), *parent = slot(world, parent1);
    entity->parent1 = parent1;
    if (parent == NULL)
        return;
    entity->older1 = parent->newest_child1;
    entity->newer1 = 0;
    if (entity->older1 != 0)
        slot(world, entity->older1)->newer1 = index1;
    parent->newest_child1 = index1;
}

static void unlink_from_parent(tl_world *world, tl__entity *entity)
{
    tl__entity *parent = slot(world, entity->parent1);
    if (parent == NULL)
        return;
    if (entity->newer1 != 0)
        slot(world, entity->newer1)->older1 = entity->older1;
    else
        parent->newest_child1 = entity->older1;
    if (entity->older1 != 0)
        slot(world, entity->older1)->newer1 = entity->newer1;
    entity->parent1 = entity->older1 = entity->newer1 = 0;
}

tl_result tl_entity_create(tl_world *world, tl_entity parent, tl_entity *entity)
{
    if (entity != NULL)
        *entity = TL_NO_ENTITY;
    if (world == NULL || entity == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (parent.index1 != 0 && tl__entity_find(world, parent) == NULL)
        return tl__misuse(TL_ERROR_STALE, __func__);
    if (world->free_entity1 == 0 && add_slot(world) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    uint32_t index1 = world->free_entity1;
    tl__entity *made = slot(world, index1);
    world->free_entity1 = made->next_free1;
    *made = (tl__entity){
        .generation = made->generation + 1,
        .transform = {.rotation = GLM_QUAT_IDENTITY_INIT, .scale = GLM_VEC3_ONE_INIT},
    };
    tl__list_init(&made->scripts);
    link_to_parent(world, index1, parent.index1);
    ++world->entity_count;
    *entity = (tl_entity){index1, made->generation};
    return TL_OK;
}

/// From here on it is nobody's child, no id finds it, and nobody but destroy() can free its slot.
static tl__entity *begin_to_destroy(tl_world *world, uint32_t index1, uint32_t above1)
{
    tl__entity *entity = slot(world, index1);
    ++entity->generation;
    --world->entity_count;
    unlink_from_parent(world, entity);
    entity->above1 = above1;
    return entity;
}

/// Destroys one that is alive, below it first. A loop, since a script's small stack has no room for a deep recursion.
/// Clean-ups may call anything on the way.
static void destroy(tl_world *world, uint32_t index1)
{
    tl__entity *entity = begin_to_destroy(world, index1, 0);
    while (entity != NULL) {
        if (entity->newest_child1 != 0) {
            uint32_t child1 = entity->newest_child1;
            entity = begin_to_destroy(world, child1, index1);
            index1 = child1;
            continue;
        }
        tl__scripts_cancel_all(&entity->scripts);
        entity->next_free1 = world->free_entity1;
        world->free_entity1 = index1;
        index1 = entity->above1;
        entity = slot(world, index1);
    }
}

tl_result tl_entity_destroy(tl_world *world, tl_entity entity)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (tl__entity_find(world, entity) == NULL)
        return tl__misuse(TL_ERROR_STALE, __func__);
    destroy(world, entity.index1);
    return TL_OK;
}

void tl__entities_destroy(tl_world *world)
{
    for (uint32_t index1 = world->entity_slots; index1 > 0; --index1)
        if (slot(world, index1)->generation & 1)
            destroy(world, index1);
    for (uint32_t i = 0; i < world->entity_slots; ++i)
        free(world->entities[i]);
    free(world->entities);
}

tl_entity tl_entity_parent(const tl_world *world, tl_entity entity)
{
    const tl__entity *found = tl__entity_find(world, entity);
    return found != NULL ? id_of(world, found->parent1) : TL_NO_ENTITY;
}

tl_result tl_entity_set_parent(tl_world *world, tl_entity entity, tl_entity parent)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl__entity *found = tl__entity_find(world, entity);
    if (found == NULL || (parent.index1 != 0 && tl__entity_find(world, parent) == NULL))
        return tl__misuse(TL_ERROR_STALE, __func__);
    for (uint32_t above1 = parent.index1; above1 != 0; above1 = slot(world, above1)->parent1)
        if (above1 == entity.index1)
            return tl__misuse(TL_ERROR_CYCLE, __func__);
    unlink_from_parent(world, found);
    link_to_parent(world, entity.index1, parent.index1);
    return TL_OK;
}

/// The entity, or null after having told what is wrong.
static tl__entity *need(const tl_world *world, tl_entity entity, const void *argument, const char *call,
                        tl_result *result)
{
    tl__entity *found = tl__entity_find(world, entity);
    *result = world == NULL || argument == NULL ? TL_ERROR_NULL : found == NULL ? TL_ERROR_STALE : TL_OK;
    if (*result == TL_OK)
        return found;
    tl__misuse(*result, call);
    return NULL;
}

tl_result tl_entity_get_transform(const tl_world *world, tl_entity entity, tl_transform *transform)
{
    tl_result result;
    const tl__entity *found = need(world, entity, transform, __func__, &result);
    if (found != NULL)
        *transform = found->transform;
    return result;
}

tl_result tl_entity_set_transform(tl_world *world, tl_entity entity, const tl_transform *transform)
{
    tl_result result;
    tl__entity *found = need(world, entity, transform, __func__, &result);
    if (found != NULL)
        found->transform = *transform;
    return result;
}

static void local_matrix(const tl_transform *transform, mat4 matrix)
{
    tl_transform copy = *transform; // cglm's arguments are not const
    glm_translate_make(matrix, copy.position);
    glm_quat_rotate(matrix, copy.rotation, matrix);
    glm_scale(matrix, copy.scale);
}

tl_result tl_entity_world_matrix(const tl_world *world, tl_entity entity, mat4 matrix)
{
    tl_result result;
    const tl__entity *found = need(world, entity, matrix, __func__, &result);
    if (found == NULL)
        return result;
    local_matrix(&found->transform, matrix);
    while ((found = slot(world, found->parent1)) != NULL) {
        mat4 above;
        local_matrix(&found->transform, above);
        glm_mat4_mul(above, matrix, matrix);
    }
    return TL_OK;
}

void *tl_entity_user_data(const tl_world *world, tl_entity entity)
{
    const tl__entity *found = tl__entity_find(world, entity);
    return found != NULL ? found->user_data : NULL;
}

tl_result tl_entity_set_user_data(tl_world *world, tl_entity entity, void *user_data)
{
    tl_result result;
    tl__entity *found = need(world, entity, world, __func__, &result);
    if (found != NULL)
        found->user_data = user_data;
    return result;
}
