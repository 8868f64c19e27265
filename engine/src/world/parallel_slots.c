// SPDX-License-Identifier: MIT
#include "world/parallel_slots.h"

#include "world/entity.h"

void tl__parallel_slots_compact(tl__parallel *parallel)
{
    tl__lane_compact(&parallel->lane);
}

tl_result tl__parallel_slot_reserve(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    parallel->lane.is_parallel = true;
    bool moved;
    return tl__lane_reserve(&parallel->lane, !tl__is_stepping(world), &moved);
}

static void count_for_owner(const tl__script_record *script, uint32_t change)
{
    tl__entity_count_parallel(script->world, script->owner, change);
}

void tl__parallel_slot_take(tl__script_record *script)
{
    tl__lane_append(&script->world->parallel.lane, script);
    count_for_owner(script, 1);
}

void tl__parallel_slot_give_back(tl__script_record *script)
{
    tl__parallel_slot_make_unready(script);
    tl__lane_remove(&script->world->parallel.lane, script->parallel_slot1 - 1);
    script->parallel_slot1 = 0;
    count_for_owner(script, UINT32_MAX);
}

bool tl__parallel_slot_is_ready(const tl__script_record *script)
{
    return tl__lane_has(&script->world->parallel.lane, TL__READY + TL__PARALLEL_ORDER, script->parallel_slot1 - 1);
}

void tl__parallel_slot_make_ready(tl__script_record *script)
{
    tl__lane_set(&script->world->parallel.lane, TL__READY + TL__PARALLEL_ORDER, script->parallel_slot1 - 1);
    script->world->parallel.any_ready = true;
}

void tl__parallel_slot_make_unready(tl__script_record *script)
{
    tl__lane *lane = &script->world->parallel.lane;
    tl__lane_clear(lane, TL__READY + TL__PARALLEL_ORDER, script->parallel_slot1 - 1);
    tl__lane_clear(lane, TL__NEXT_STEP + TL__PARALLEL_ORDER, script->parallel_slot1 - 1);
    tl__lane_clear(lane, TL__NEEDS_EXCLUSIVE, script->parallel_slot1 - 1);
}

void tl__parallel_free(tl__parallel *parallel)
{
    tl__lane_free(&parallel->lane);
}
