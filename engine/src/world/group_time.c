// SPDX-License-Identifier: MIT
#include "world/group_time.h"

#include <float.h>
#include <math.h>

#include "base/misuse.h"
#include "os/allocator.h"
#include "world/exclusive.h"
#include "world/ready.h"

enum { MAX_SCALE = 1000 };

tl_result tl__group_change_begin(const tl_group *group, const char *call)
{
    return group != NULL ? tl__change_begin(group->world, call) : tl__misuse(TL_ERROR_NULL, call);
}

static void compute_scale(tl_group *group)
{
    double scale = group->own_scale;
    for (uint32_t i = 0; i < group->factor_count; ++i)
        scale = fmin(scale * group->factors[i].scale, DBL_MAX); // finite, so that a later factor of 0 gives 0
    if (group->parent != NULL)
        scale *= group->parent->scale;
    group->scale = fmin(scale, MAX_SCALE);
    group->units_per_step = llround(group->scale * (double)group->world->units_per_step);
}

void tl__groups_update(tl_world *world)
{
    world->any_frozen = world->is_restrained = false;
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next) { // parents first
        tl_group *group = TL__ITEM(link, tl_group, of_world);
        bool was_frozen = group->frozen;
        group->frozen = group->freezes > 0 || (group->parent != NULL && group->parent->frozen);
        compute_scale(group);
        world->any_frozen = world->any_frozen || group->frozen;
        world->is_restrained = world->is_restrained || group->frozen || group->budget != 0;
        if (was_frozen && !group->frozen)
            tl__group_release(group);
    }
}

tl_result tl_group_freeze(tl_group *group)
{
    tl_result result = tl__group_change_begin(group, __func__);
    if (result != TL_OK)
        return result;
    if (group->freezes == UINT32_MAX)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    ++group->freezes;
    tl__groups_update(group->world);
    return TL_OK;
}

tl_result tl_group_thaw(tl_group *group)
{
    tl_result result = tl__group_change_begin(group, __func__);
    if (result != TL_OK)
        return result;
    if (group->freezes == 0)
        return tl__misuse(TL_ERROR_NOT_FROZEN, __func__);
    --group->freezes;
    tl__groups_update(group->world);
    return TL_OK;
}

tl_group *tl__group_freeze_here(tl_group *group)
{
    return tl_group_freeze(group) == TL_OK ? group : NULL;
}

void tl__group_thaw_at_end(tl_group **frozen)
{
    if (*frozen != NULL)
        tl_group_thaw(*frozen);
}

static tl_result begin_to_scale(const tl_group *group, double scale, const char *call)
{
    if (group != NULL && !(scale >= 0 && scale <= MAX_SCALE))
        return tl__misuse(TL_ERROR_ARGUMENT, call);
    return tl__group_change_begin(group, call);
}

tl_result tl_group_set_time_scale(tl_group *group, double scale)
{
    tl_result result = begin_to_scale(group, scale, __func__);
    if (result != TL_OK)
        return result;
    group->own_scale = scale;
    tl__groups_update(group->world);
    return TL_OK;
}

static tl_result add_factor(tl_group *group, double scale, tl_time_factor *factor)
{
    if (group->factor_count == group->factor_capacity) {
        uint32_t capacity = 2 * group->factor_capacity + 4;
        if (!TL__GROW(group->factors, group->factor_capacity, capacity))
            return TL_ERROR_OUT_OF_MEMORY;
        group->factor_capacity = capacity;
    }
    *factor = (tl_time_factor){group, ++group->world->time_factors_made};
    group->factors[group->factor_count++] = (struct tl__factor){factor->id, scale};
    tl__groups_update(group->world);
    return TL_OK;
}

tl_result tl_group_add_time_factor(tl_group *group, double scale, tl_time_factor *factor)
{
    if (factor == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    *factor = (tl_time_factor){0};
    tl_result result = begin_to_scale(group, scale, __func__);
    return result == TL_OK ? add_factor(group, scale, factor) : result;
}

tl_result tl_group_remove_time_factor(tl_time_factor factor)
{
    if (factor.group == NULL)
        return TL_ERROR_STALE;
    tl_result result = tl__group_change_begin(factor.group, __func__);
    if (result != TL_OK)
        return result;
    tl_group *group = factor.group;
    for (uint32_t i = 0; i < group->factor_count; ++i)
        if (group->factors[i].id == factor.id) {
            group->factors[i] = group->factors[--group->factor_count];
            tl__groups_update(group->world);
            return TL_OK;
        }
    return TL_ERROR_STALE;
}

tl_time_factor tl__time_factor_add_here(tl_group *group, double scale)
{
    tl_time_factor factor;
    if (tl_group_add_time_factor(group, scale, &factor) == TL_ERROR_OUT_OF_MEMORY)
        tl__misuse(TL_ERROR_OUT_OF_MEMORY, "tl_scoped_time_factor");
    return factor;
}

void tl__time_factor_remove_at_end(tl_time_factor *factor)
{
    if (factor->group != NULL)
        tl_group_remove_time_factor(*factor);
}
