#include "world/seats.h"

#include "world/entity.h"

void tl__seats_compact(tl__parallel *parallel)
{
    tl__lane_compact(&parallel->lane);
}

tl_result tl__seat_reserve(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    parallel->lane.is_parallel = true;
    bool moved;
    return tl__lane_reserve(&parallel->lane, !tl__is_stepping(world), &moved);
}

static void count_for_owner(const tl__script *script, uint32_t change)
{
    tl__entity_count_parallel(script->world, script->owner, change);
}

void tl__seat_take(tl__script *script)
{
    tl__lane_append(&script->world->parallel.lane, script);
    count_for_owner(script, 1);
}

void tl__seat_give_back(tl__script *script)
{
    tl__seat_make_unready(script);
    tl__lane_remove(&script->world->parallel.lane, script->seat1 - 1);
    script->seat1 = 0;
    count_for_owner(script, UINT32_MAX);
}

bool tl__seat_is_ready(const tl__script *script)
{
    return tl__lane_has(&script->world->parallel.lane, TL__READY + TL__PARALLEL_PLACE, script->seat1 - 1);
}

void tl__seat_make_ready(tl__script *script)
{
    tl__lane_set(&script->world->parallel.lane, TL__READY + TL__PARALLEL_PLACE, script->seat1 - 1);
    script->world->parallel.any_ready = true;
}

void tl__seat_make_unready(tl__script *script)
{
    tl__lane *lane = &script->world->parallel.lane;
    tl__lane_clear(lane, TL__READY + TL__PARALLEL_PLACE, script->seat1 - 1);
    tl__lane_clear(lane, TL__NEXT + TL__PARALLEL_PLACE, script->seat1 - 1);
    tl__lane_clear(lane, TL__CALLED, script->seat1 - 1);
}

void tl__parallel_free(tl__parallel *parallel)
{
    tl__lane_free(&parallel->lane);
}
