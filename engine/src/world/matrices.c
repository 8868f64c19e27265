// SPDX-License-Identifier: MIT
// Computes the matrices of all entities: one depth of the hierarchy after another, so that a parent's matrix is
// computed before its children's, and the entities of each depth in parallel on all workers.
#include <cglm/struct.h>

#include "base/misuse.h"
#include "os/allocator.h"
#include "world/entity.h"
#include "world/exclusive.h"
#include "world/matrices.h"
#include "world/spread.h"
#include "world/transform.h"

enum { CACHE_LINE = 64 };

void tl__matrices_free(tl_world *world)
{
    tl__matrices *all = &world->matrices;
    tl__free_aligned(all->matrices, all->capacity * sizeof *all->matrices, CACHE_LINE);
    tl__free(all->order, all->capacity * sizeof *all->order);
    tl__free(all->depths, all->depth_capacity * sizeof *all->depths);
}

static tl_result reserve_matrices(tl__matrices *all, uint32_t count)
{
    if (count <= all->capacity)
        return TL_OK;
    uint32_t capacity = count + count / 2;
    tl_world_matrix *matrices = tl__allocate_aligned(capacity * sizeof *matrices, CACHE_LINE);
    if (matrices == NULL || !TL__GROW(all->order, all->capacity, capacity)) {
        tl__free_aligned(matrices, capacity * sizeof *matrices, CACHE_LINE);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    tl__free_aligned(all->matrices, all->capacity * sizeof *all->matrices, CACHE_LINE);
    all->matrices = matrices;
    all->capacity = capacity;
    return TL_OK;
}

static tl_result begin_depth(tl__matrices *all)
{
    if (all->depth_count + 1 >= all->depth_capacity) {
        uint32_t capacity = 2 * all->depth_capacity + 16;
        if (!TL__GROW(all->depths, all->depth_capacity, capacity))
            return TL_ERROR_OUT_OF_MEMORY;
        all->depth_capacity = capacity;
    }
    all->depths[++all->depth_count] = all->count;
    return TL_OK;
}

static void append_entity(tl__matrices *all, tl__entity_record *entity)
{
    entity->matrix_index = all->count;
    all->matrices[all->count].entity = (tl_entity){entity->index1, entity->generation};
    all->order[all->count++] = entity;
}

static void append_children(tl_world *world, const tl__entity_record *parent)
{
    for (uint32_t index1 = parent->newest_child1; index1 != 0; index1 = world->entities[index1 - 1]->older1)
        append_entity(&world->matrices, world->entities[index1 - 1]);
}

/// Sorts all entities by depth.
static tl_result sort(tl_world *world)
{
    tl__matrices *all = &world->matrices;
    if (reserve_matrices(all, world->entity_count) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    all->count = all->depth_count = 0;
    for (tl__link *link = world->living_entities.next; link != &world->living_entities; link = link->next)
        if (!tl_entity_is_alive(world, TL__ITEM(link, tl__entity_record, of_world)->parent))
            append_entity(all, TL__ITEM(link, tl__entity_record, of_world));
    for (uint32_t begin = 0, end; begin < all->count; begin = end) {
        end = all->count;
        if (begin_depth(all) != TL_OK)
            return TL_ERROR_OUT_OF_MEMORY;
        for (uint32_t at = begin; at < end; ++at)
            append_children(world, all->order[at]);
    }
    all->in_order = true;
    return TL_OK;
}

/// One depth of the hierarchy: its entities begin at `begin` in tl__matrices.order.
struct layer {
    const tl_world *world;
    uint32_t begin;
};

TL_FOR_RANGE_BODY(compute_some, struct layer, layer, first, end)
{
    const tl__matrices *all = &layer->world->matrices;
    for (size_t at = layer->begin + first; at < layer->begin + end; ++at) {
        const tl__entity_record *entity = all->order[at];
        tl_world_matrix *made = &all->matrices[at];
        if (layer->begin == 0) { // has no parent, or one that is being destroyed
            made->matrix = tl_entity_world_matrix(layer->world, made->entity);
            continue;
        }
        const tl__entity_record *parent = tl__entity_find_present(layer->world, entity->parent);
        made->matrix =
            glms_mat4_mul(all->matrices[parent->matrix_index].matrix, tl__entity_local_matrix(layer->world, entity));
    }
}

static void compute(tl_world *world, struct layer *layer, size_t count)
{
    enum { WORTH_A_JOB = 256 };
    if (!tl__may_spread(world) || count < 2 * WORTH_A_JOB ||
        tl_parallel_for(world->jobs, count, WORTH_A_JOB, compute_some, layer) != TL_OK)
        compute_some(layer, 0, count);
}

tl_result tl_world_compute_matrices(tl_world *world, const tl_world_matrix **matrices, uint32_t *count)
{
    if (count != NULL)
        *count = 0;
    if (world == NULL || matrices == NULL || count == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result result = tl__change_begin(world, __func__);
    if (result == TL_OK && !world->matrices.in_order)
        result = sort(world);
    if (result != TL_OK)
        return result;
    const tl__matrices *all = &world->matrices;
    for (uint32_t depth = 0, begin = 0; depth < all->depth_count; begin = all->depths[++depth])
        compute(world, &(struct layer){world, begin}, all->depths[depth + 1] - begin);
    *matrices = all->matrices;
    *count = all->count;
    return TL_OK;
}
