// SPDX-License-Identifier: MIT
#include "trace/lanes.h"

#include "os/allocator.h"

static size_t lane_home(const tl__trace_lanes *lanes, uint64_t address)
{
    return (size_t)((address >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 20) % lanes->capacity;
}

/// Returns the place of an address, or the free place where it belongs.
static tl__trace_lane *lane_place(const tl__trace_lanes *lanes, uint64_t address)
{
    size_t at = lane_home(lanes, address);
    while (lanes->lanes[at].address != 0 && lanes->lanes[at].address != address)
        at = (at + 1) % lanes->capacity;
    return &lanes->lanes[at];
}

tl__trace_lane *tl__trace_lanes_find(const tl__trace_lanes *lanes, uint64_t address)
{
    if (lanes->capacity == 0)
        return NULL;
    tl__trace_lane *place = lane_place(lanes, address);
    return place->address != 0 ? place : NULL;
}

static bool grow_table(tl__trace_lanes *lanes)
{
    enum { LEAST = 256 };
    tl__trace_lanes larger = {.count = lanes->count, .capacity = lanes->capacity == 0 ? LEAST : 2 * lanes->capacity};
    larger.lanes = tl__allocate_zeros(larger.capacity * sizeof *larger.lanes);
    if (larger.lanes == NULL)
        return false;
    for (size_t i = 0; i < lanes->capacity; ++i)
        if (lanes->lanes[i].address != 0)
            *lane_place(&larger, lanes->lanes[i].address) = lanes->lanes[i];
    tl__trace_lanes_free(lanes);
    *lanes = larger;
    return true;
}

tl__trace_lane *tl__trace_lanes_add(tl__trace_lanes *lanes, uint64_t address)
{
    if (2 * lanes->count >= lanes->capacity && !grow_table(lanes))
        return NULL;
    tl__trace_lane *place = lane_place(lanes, address);
    if (place->address == 0) {
        *place = (tl__trace_lane){.address = address, .part = TL__LANE_NOWHERE};
        ++lanes->count;
    }
    return place;
}

void tl__trace_lanes_remove(tl__trace_lanes *lanes, tl__trace_lane *lane)
{
    size_t hole = (size_t)(lane - lanes->lanes);
    // Moves back each of those behind that would not be found any more.
    for (size_t at = (hole + 1) % lanes->capacity; lanes->lanes[at].address != 0; at = (at + 1) % lanes->capacity) {
        size_t from_home = (at + lanes->capacity - lane_home(lanes, lanes->lanes[at].address)) % lanes->capacity;
        size_t from_hole = (at + lanes->capacity - hole) % lanes->capacity;
        if (from_home >= from_hole) {
            lanes->lanes[hole] = lanes->lanes[at];
            hole = at;
        }
    }
    lanes->lanes[hole] = (tl__trace_lane){0};
    --lanes->count;
}

void tl__trace_lanes_free(tl__trace_lanes *lanes)
{
    tl__free(lanes->lanes, lanes->capacity * sizeof *lanes->lanes);
    *lanes = (tl__trace_lanes){0};
}
