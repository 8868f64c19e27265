#include <cglm/cglm.h>
#include <stdlib.h>

#include "world_internal.h"

static tl__entity *slot(const tl_world *world, uint32_t index1)
{
    return index1 != 0 ? world->entities[index1 - 1] : NULL;
}

static tl_entity id_of(const tl_world *world, uint32_t index1)
{
    return (tl_entity){index1, slot(world, index1)->generation};
}

tl__entity *tl__entity_find_present(const tl_world *world, tl_entity entity)
{
    if (world == NULL || entity.index1 == 0 || entity.index1 > world->entity_slots)
        return NULL;
    tl__entity *found = slot(world, entity.index1);
    return found->generation == entity.generation && (found->generation & 1) != 0 ? found : NULL;
}

static tl__entity *find_alive(const tl_world *world, tl_entity entity)
{
    tl__entity *found = tl__entity_find_present(world, entity);
    return found != NULL && !found->dying ? found : NULL;
}

bool tl_entity_is_alive(const tl_world *world, tl_entity entity)
{
    return find_alive(world, entity) != NULL;
}

uint32_t tl_entity_count(const tl_world *world)
{
    return world != NULL ? world->entity_count : 0;
}

tl_entity tl_entity_next(const tl_world *world, tl_entity entity)
{
    if (world != NULL && entity.index1 < world->entity_slots)
        for (uint32_t index1 = entity.index1 + 1; index1 <= world->entity_slots; ++index1)
            if (find_alive(world, id_of(world, index1)) != NULL)
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

static void link_to_parent(tl_world *world, uint32_t index1, tl_entity parent)
{
    tl__entity *entity = slot(world, index1), *above = find_alive(world, parent);
    entity->parent = parent;
    if (above == NULL)
        return;
    entity->older1 = above->newest_child1;
    entity->newer1 = 0;
    if (entity->older1 != 0)
        slot(world, entity->older1)->newer1 = index1;
    above->newest_child1 = index1;
}

/// Takes it out of its parent's list. Its `parent` stays.
static void unlink_from_parent(tl_world *world, tl__entity *entity)
{
    tl__entity *above = tl__entity_find_present(world, entity->parent);
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
    tl_result possible = tl__change_begin(world, __func__);
    if (possible != TL_OK)
        return possible;
    if (parent.index1 != 0 && find_alive(world, parent) == NULL)
        return TL_ERROR_STALE;
    if (world->free_entity1 == 0 && add_slot(world) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    uint32_t index1 = world->free_entity1;
    tl__entity *made = slot(world, index1);
    world->free_entity1 = made->next_free1;
    *made = (tl__entity){
        .index1 = index1,
        .generation = made->generation + 1,
        .transforms[0] = {.rotation = GLM_QUAT_IDENTITY_INIT, .scale = GLM_VEC3_ONE_INIT},
    };
    tl__list_init(&made->scripts);
    tl__list_init(&made->owned);
    link_to_parent(world, index1, parent);
    tl__list_append(&world->living_entities, &made->of_world);
    ++world->entity_count;
    tl__places_change(world);
    *entity = (tl_entity){index1, made->generation};
    return TL_OK;
}

/// From here on it is in nobody's list, it counts as dead, and nobody but destroy() can free its slot.
static tl__entity *begin_to_destroy(tl_world *world, uint32_t index1)
{
    tl__entity *entity = slot(world, index1);
    entity->dying = true;
    --world->entity_count;
    tl__places_change(world);
    unlink_from_parent(world, entity);
    tl__list_remove(&entity->of_world);
    return entity;
}

static void release(tl_world *world, uint32_t index1)
{
    tl__entity *entity = slot(world, index1);
    if (++entity->generation == 0)
        return; // all generations are used up; were the slot used again, ids of the dead would be valid again
    entity->next_free1 = world->free_entity1;
    world->free_entity1 = index1;
}

/// Destroys one that is alive, what is below it first. A loop, since a script's small stack has no room for a deep
/// recursion. Clean-ups may call anything on the way.
static void destroy(tl_world *world, uint32_t top1)
{
    uint32_t index1 = top1;
    tl__entity *entity = begin_to_destroy(world, index1);
    for (;;) {
        if (entity->newest_child1 != 0) {
            index1 = entity->newest_child1;
            entity = begin_to_destroy(world, index1);
            continue;
        }
        tl__scripts_cancel_all(&entity->scripts);
        tl__owned_destroy_all(&entity->owned);
        release(world, index1);
        if (index1 == top1)
            return;
        index1 = entity->parent.index1; // which waits for its children to be gone
        entity = slot(world, index1);
    }
}

/// Whether an entity is another, or below it.
static bool is_within(const tl_world *world, tl_entity entity, tl_entity top)
{
    while (entity.index1 != 0 && entity.index1 != top.index1)
        entity = tl_entity_parent(world, entity);
    return entity.index1 != 0;
}

/// Whether the running script, or one whose child it is, ends with an entity.
static bool runs_within(const tl_world *world, tl_entity top)
{
    const tl__script *script = tl__script_current();
    while (script != NULL && !(script->world == world && is_within(world, script->owner, top)))
        script = script->parent;
    return script != NULL;
}

/// @param waits  also for the ends of its scripts
static tl_result destroy_checked(tl_world *world, tl_entity entity, bool waits, const char *call)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    tl_result possible = tl__change_begin(world, call);
    if (possible != TL_OK)
        return possible;
    if (find_alive(world, entity) == NULL)
        return TL_ERROR_STALE;
    if (waits && runs_within(world, entity))
        return tl__misuse(TL_ERROR_CYCLE, call);
    bool before = world->breaks_shields;
    world->breaks_shields = before || waits;
    destroy(world, entity.index1);
    world->breaks_shields = before;
    tl__failures_report(world);
    return TL_OK;
}

tl_result tl_entity_destroy(tl_world *world, tl_entity entity)
{
    return destroy_checked(world, entity, false, __func__);
}

tl_result tl_entity_destroy_and_wait(tl_world *world, tl_entity entity)
{
    return destroy_checked(world, entity, true, __func__);
}

void tl__entities_destroy(tl_world *world)
{
    while (!tl__list_is_empty(&world->living_entities))
        destroy(world, TL__ITEM(world->living_entities.previous, tl__entity, of_world)->index1);
}

void tl__entities_free(tl_world *world)
{
    for (uint32_t i = 0; i < world->entity_slots; ++i)
        free(world->entities[i]);
    free(world->entities);
}

tl_result tl__owner_list(tl_world *world, tl_entity owner, bool for_script, tl__link **list)
{
    tl__entity *found = owner.index1 != 0 ? find_alive(world, owner) : NULL;
    if (owner.index1 != 0 && found == NULL)
        return TL_ERROR_STALE;
    if (world->closing)
        return TL_ERROR_POOL_CLOSING;
    if (for_script)
        *list = found != NULL ? &found->scripts : &world->scripts;
    else
        *list = found != NULL ? &found->owned : &world->owned;
    return TL_OK;
}

tl_result tl__owned_add(tl__owned *owned, tl_entity owner, tl__slots *slots)
{
    tl__link *list;
    tl_result result = tl__owner_list(owned->world, owner, false, &list);
    if (result == TL_OK)
        result = tl__slots_put(slots, owned, &owned->index1);
    if (result == TL_OK)
        tl__list_append(list, &owned->of_owner);
    return result;
}

void tl__owned_forget(tl__owned *owned, tl__slots *slots)
{
    tl__slots_take(slots, owned->index1);
    tl__list_remove(&owned->of_owner);
}

void tl__owned_destroy_all(tl__link *list)
{
    while (!tl__list_is_empty(list)) {
        tl__owned *newest = TL__ITEM(list->previous, tl__owned, of_owner);
        newest->destroy(newest);
    }
}

tl_entity tl_entity_parent(const tl_world *world, tl_entity entity)
{
    const tl__entity *found = tl__entity_find_present(world, entity);
    return found != NULL && tl__entity_find_present(world, found->parent) != NULL ? found->parent : TL_NO_ENTITY;
}

tl_result tl_entity_set_parent(tl_world *world, tl_entity entity, tl_entity parent)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result possible = tl__change_begin(world, __func__);
    if (possible != TL_OK)
        return possible;
    tl__entity *found = find_alive(world, entity);
    if (found == NULL || (parent.index1 != 0 && find_alive(world, parent) == NULL))
        return TL_ERROR_STALE;
    for (tl_entity above = parent; above.index1 != 0; above = tl_entity_parent(world, above))
        if (above.index1 == entity.index1)
            return tl__misuse(TL_ERROR_CYCLE, __func__);
    unlink_from_parent(world, found);
    link_to_parent(world, entity.index1, parent);
    tl__places_change(world);
    return TL_OK;
}

void tl__entity_count_parallel(tl_world *world, tl_entity entity, uint32_t change)
{
    tl__entity *found = tl__entity_find_present(world, entity);
    if (found != NULL)
        found->parallel_scripts += change;
}

/// TL_OK, or what is wrong, told.
static tl_result check(const tl_world *world, const tl__entity *found, const void *argument, const char *call)
{
    if (world == NULL || argument == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    return found == NULL ? TL_ERROR_STALE : TL_OK;
}

// Of an entity's two transforms `written` says which is the latest, by its lowest bit, and in the others in which round
// of scripts beside each other that was written. So while such a round goes on, all but the one that writes read the
// other one where it was written in this round, and the writer writes nothing that is read: it begins with the other
// one of before. Both orders of a read of `written` and its change give the same transform.

/// Whether the running script is the one that may write this entity beside others.
static bool is_writer(const tl_world *world, const tl__entity *entity)
{
    const tl__script *self = tl__script_current();
    return self != NULL && self->beside && self->world == world && self->owner.index1 == entity->index1 &&
           entity->parallel_scripts == 1;
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
    tl_result result = check(world, found, transform, __func__);
    if (result == TL_OK)
        *transform = *transform_of(world, found);
    return result;
}

tl_result tl_entity_set_transform(tl_world *world, tl_entity entity, const tl_transform *transform)
{
    tl__entity *found = find_alive(world, entity);
    tl_result result = check(world, found, transform, __func__);
    if (result != TL_OK)
        return result;
    if (is_writer(world, found)) {
        set_beside(world, found, transform);
        return TL_OK;
    }
    result = tl__change_begin(world, __func__);
    if (result == TL_OK && find_alive(world, entity) == NULL) // meanwhile
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
    tl_result result = check(world, found, matrix, __func__);
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

void *tl_entity_user_data(const tl_world *world, tl_entity entity)
{
    const tl__entity *found = tl__entity_find_present(world, entity);
    return found != NULL ? found->user_data : NULL;
}

tl_result tl_entity_set_user_data(tl_world *world, tl_entity entity, void *user_data)
{
    tl_result result = tl__change_begin(world, __func__);
    if (result != TL_OK)
        return result;
    tl__entity *found = find_alive(world, entity);
    result = check(world, found, world, __func__);
    if (result == TL_OK)
        found->user_data = user_data;
    return result;
}
