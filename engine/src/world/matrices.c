// Where all entities are: one depth after another, so that each finds its parent's matrix done, and each depth over all
// workers.
#include <cglm/cglm.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/misuse.h"
#include "world/entity.h"
#include "world/exclusive.h"
#include "world/matrices.h"
#include "world/spread.h"
#include "world/transform.h"

void tl__places_free(tl_world *world)
{
    free(world->places.placed);
    free(world->places.order);
    free(world->places.depths);
}

static tl_result reserve(tl__places *places, uint32_t count)
{
    if (count <= places->capacity)
        return TL_OK;
    uint32_t capacity = count + count / 2;
    tl_placed *placed = aligned_alloc(64, ((size_t)capacity * sizeof *placed + 63) / 64 * 64);
    if (placed == NULL || !TL__GROW(places->order, capacity)) {
        free(placed);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    free(places->placed);
    places->placed = placed;
    places->capacity = capacity;
    return TL_OK;
}

static tl_result begin_depth(tl__places *places)
{
    if (places->depth_count + 1 >= places->depth_capacity) {
        uint32_t capacity = 2 * places->depth_capacity + 16;
        if (!TL__GROW(places->depths, capacity))
            return TL_ERROR_OUT_OF_MEMORY;
        places->depth_capacity = capacity;
    }
    places->depths[++places->depth_count] = places->count;
    return TL_OK;
}

static void append(tl__places *places, tl__entity *entity)
{
    entity->place = places->count;
    places->placed[places->count].entity = (tl_entity){entity->index1, entity->generation};
    places->order[places->count++] = entity;
}

static void append_children(tl_world *world, const tl__entity *parent)
{
    for (uint32_t index1 = parent->newest_child1; index1 != 0; index1 = world->entities[index1 - 1]->older1)
        append(&world->places, world->entities[index1 - 1]);
}

/// Sorts all entities by depth.
static tl_result sort(tl_world *world)
{
    tl__places *places = &world->places;
    if (reserve(places, world->entity_count) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    places->count = places->depth_count = 0;
    for (tl__link *link = world->living_entities.next; link != &world->living_entities; link = link->next)
        if (!tl_entity_is_alive(world, TL__ITEM(link, tl__entity, of_world)->parent))
            append(places, TL__ITEM(link, tl__entity, of_world));
    for (uint32_t begin = 0, end; begin < places->count; begin = end) {
        end = places->count;
        if (begin_depth(places) != TL_OK)
            return TL_ERROR_OUT_OF_MEMORY;
        for (uint32_t at = begin; at < end; ++at)
            append_children(world, places->order[at]);
    }
    places->in_order = true;
    return TL_OK;
}

/// Some of one depth, counted from where that begins.
struct layer {
    const tl_world *world;
    uint32_t begin;
};

TL_FOR_RANGE_BODY(place_some, struct layer, layer, first, end)
{
    const tl__places *places = &layer->world->places;
    for (size_t at = layer->begin + first; at < layer->begin + end; ++at) {
        const tl__entity *entity = places->order[at];
        tl_placed *placed = &places->placed[at];
        if (layer->begin == 0) { // above it is nothing, or what is being destroyed
            tl_entity_world_matrix(layer->world, placed->entity, placed->matrix);
            continue;
        }
        tl__entity_local_matrix(layer->world, entity, placed->matrix);
        const tl__entity *parent = tl__entity_find_present(layer->world, entity->parent);
        glm_mat4_mul(places->placed[parent->place].matrix, placed->matrix, placed->matrix);
    }
}

static void place(tl_world *world, struct layer *layer, size_t count)
{
    enum { WORTH_A_JOB = 256 };
    if (!tl__may_spread(world) || count < 2 * WORTH_A_JOB ||
        tl_parallel_for(world->jobs, count, WORTH_A_JOB, place_some, layer) != TL_OK)
        place_some(layer, 0, count);
}

tl_result tl_world_place_all(tl_world *world, const tl_placed **placed, uint32_t *count)
{
    if (count != NULL)
        *count = 0;
    if (world == NULL || placed == NULL || count == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result possible = tl__change_begin(world, __func__);
    if (possible == TL_OK && !world->places.in_order)
        possible = sort(world);
    if (possible != TL_OK)
        return possible;
    const tl__places *places = &world->places;
    for (uint32_t depth = 0, begin = 0; depth < places->depth_count; begin = places->depths[++depth])
        place(world, &(struct layer){world, begin}, places->depths[depth + 1] - begin);
    *placed = places->placed;
    *count = places->count;
    return TL_OK;
}
