// SPDX-License-Identifier: MIT
#include "world/entity.h"

#include "base/misuse.h"
#include "os/allocator.h"
#include "world/exclusive.h"

static tl__entity_record *slot(const tl_world *world, uint32_t index1)
{
    return index1 != 0 ? world->entities[index1 - 1] : NULL;
}

/// Notes that entities were created, destroyed or given another parent: their matrices need a new order.
static void matrices_change(tl_world *world)
{
    world->matrices.in_order = false;
}

static tl_entity id_of(const tl_world *world, uint32_t index1)
{
    return (tl_entity){index1, slot(world, index1)->generation};
}

tl__entity_record *tl__entity_find_present(const tl_world *world, tl_entity entity)
{
    if (world == NULL || entity.index1 == 0 || entity.index1 > world->entity_slots)
        return NULL;
    tl__entity_record *found = slot(world, entity.index1);
    return found->generation == entity.generation && (found->generation & 1) != 0 ? found : NULL;
}

tl__entity_record *tl__entity_find_alive(const tl_world *world, tl_entity entity)
{
    tl__entity_record *found = tl__entity_find_present(world, entity);
    return found != NULL && found->of_world.next != NULL ? found : NULL;
}

bool tl_entity_is_alive(const tl_world *world, tl_entity entity)
{
    return tl__entity_find_alive(world, entity) != NULL;
}

uint32_t tl_entity_count(const tl_world *world)
{
    return world != NULL ? world->entity_count : 0;
}

tl_entity tl_entity_next(const tl_world *world, tl_entity entity)
{
    if (world != NULL && entity.index1 < world->entity_slots)
        for (uint32_t index1 = entity.index1 + 1; index1 <= world->entity_slots; ++index1)
            if (tl__entity_find_alive(world, id_of(world, index1)) != NULL)
                return id_of(world, index1);
    return TL_NO_ENTITY;
}

/// Adds a free slot. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
static tl_result add_slot(tl_world *world)
{
    if (world->entity_slots == world->entity_capacity) {
        uint32_t capacity = world->entity_capacity == 0 ? 64 : world->entity_capacity * 2;
        if (!TL__GROW(world->entities, world->entity_capacity, capacity))
            return TL_ERROR_OUT_OF_MEMORY;
        world->entity_capacity = capacity;
    }
    tl__entity_record *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    world->entities[world->entity_slots++] = made;
    world->free_entity1 = world->entity_slots;
    return TL_OK;
}

static void link_to_parent(tl_world *world, uint32_t index1, tl_entity parent)
{
    tl__entity_record *entity = slot(world, index1), *above = tl__entity_find_alive(world, parent);
    entity->parent = parent;
    if (above == NULL)
        return;
    entity->older1 = above->newest_child1;
    entity->newer1 = 0;
    if (entity->older1 != 0)
        slot(world, entity->older1)->newer1 = index1;
    above->newest_child1 = index1;
}

/// Removes an entity from its parent's list of children. Does not change its `parent`.
static void unlink_from_parent(tl_world *world, tl__entity_record *entity)
{
    tl__entity_record *above = tl__entity_find_present(world, entity->parent);
    if (above == NULL)
        return;
    if (entity->newer1 != 0)
        slot(world, entity->newer1)->older1 = entity->older1;
    else
        above->newest_child1 = entity->older1;
    if (entity->older1 != 0)
        slot(world, entity->older1)->newer1 = entity->newer1;
    entity->older1 = entity->newer1 = 0;
}

tl_result tl_entity_create(tl_world *world, tl_entity parent, tl_entity *entity)
{
    if (entity != NULL)
        *entity = TL_NO_ENTITY;
    if (world == NULL || entity == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result result = tl__change_begin(world, __func__);
    if (result != TL_OK)
        return result;
    if (parent.index1 != 0 && tl__entity_find_alive(world, parent) == NULL)
        return TL_ERROR_STALE;
    if (world->free_entity1 == 0 && add_slot(world) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    uint32_t index1 = world->free_entity1;
    tl__entity_record *made = slot(world, index1);
    world->free_entity1 = made->next_free1;
    *made = (tl__entity_record){
        .index1 = index1,
        .generation = made->generation + 1,
        .transforms[0] = TL_TRANSFORM_INIT,
    };
    tl__list_init(&made->scripts);
    tl__list_init(&made->owned);
    link_to_parent(world, index1, parent);
    tl__list_append(&world->living_entities, &made->of_world);
    ++world->entity_count;
    matrices_change(world);
    *entity = (tl_entity){index1, made->generation};
    return TL_OK;
}

tl__entity_record *tl__entity_begin_to_destroy(tl_world *world, uint32_t index1)
{
    tl__entity_record *entity = slot(world, index1);
    --world->entity_count;
    matrices_change(world);
    unlink_from_parent(world, entity);
    tl__list_remove(&entity->of_world);
    return entity;
}

void tl__entity_release(tl_world *world, uint32_t index1)
{
    tl__entity_record *entity = slot(world, index1);
    if (++entity->generation == 0)
        return; // all generations are used up: reusing the slot would make stale ids valid again
    entity->next_free1 = world->free_entity1;
    world->free_entity1 = index1;
}

void tl__entities_free(tl_world *world)
{
    for (uint32_t i = 0; i < world->entity_slots; ++i)
        tl__free(world->entities[i], sizeof *world->entities[i]);
    tl__free(world->entities, world->entity_capacity * sizeof *world->entities);
}

tl_entity tl_entity_parent(const tl_world *world, tl_entity entity)
{
    const tl__entity_record *found = tl__entity_find_present(world, entity);
    return found != NULL && tl__entity_find_present(world, found->parent) != NULL ? found->parent : TL_NO_ENTITY;
}

tl_result tl_entity_set_parent(tl_world *world, tl_entity entity, tl_entity parent)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result result = tl__change_begin(world, __func__);
    if (result != TL_OK)
        return result;
    tl__entity_record *found = tl__entity_find_alive(world, entity);
    if (found == NULL || (parent.index1 != 0 && tl__entity_find_alive(world, parent) == NULL))
        return TL_ERROR_STALE;
    for (tl_entity above = parent; above.index1 != 0; above = tl_entity_parent(world, above))
        if (above.index1 == entity.index1)
            return tl__misuse(TL_ERROR_CYCLE, __func__);
    unlink_from_parent(world, found);
    link_to_parent(world, entity.index1, parent);
    matrices_change(world);
    return TL_OK;
}

void tl__entity_count_parallel(tl_world *world, tl_entity entity, uint32_t change)
{
    tl__entity_record *found = tl__entity_find_present(world, entity);
    if (found != NULL)
        found->parallel_scripts += change;
}

tl_result tl__entity_check(const tl_world *world, const tl__entity_record *found, const void *argument,
                           const char *call)
{
    if (world == NULL || argument == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    return found == NULL ? TL_ERROR_STALE : TL_OK;
}

void *tl_entity_user_data(const tl_world *world, tl_entity entity)
{
    const tl__entity_record *found = tl__entity_find_present(world, entity);
    return found != NULL ? found->user_data : NULL;
}

tl_result tl_entity_set_user_data(tl_world *world, tl_entity entity, void *user_data)
{
    tl_result result = tl__change_begin(world, __func__);
    if (result != TL_OK)
        return result;
    tl__entity_record *found = tl__entity_find_alive(world, entity);
    result = tl__entity_check(world, found, world, __func__);
    if (result == TL_OK)
        found->user_data = user_data;
    return result;
}
