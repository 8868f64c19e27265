// SPDX-License-Identifier: MIT
/// The fibers that a trace speaks of, found by their addresses.
#ifndef TELAR_TRACE_LANES_H
#define TELAR_TRACE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TL__LANE_ZONES = 32, ///< most zones of a fiber that are shown one inside the other
    TL__LANE_NOWHERE = UINT16_MAX,
};

/// A fiber, from the first event about it to its end.
typedef struct tl__trace_lane {
    uint64_t address; ///< 0: this place of the table is free
    uint8_t kind;     ///< tl__trace_kind: TL__TRACE_RUN_...
    bool is_open;     ///< its track has a slice that has not ended
    bool is_ready;
    uint16_t part;       ///< the ring in whose thread it runs; TL__LANE_NOWHERE
    uint16_t zone_count; ///< may be more than there is room for
    uint32_t name;
    uint32_t track, zone_track; ///< 0: none yet
    uint64_t flow;              ///< that has woken it; 0: none
    uint32_t zones[TL__LANE_ZONES];
} tl__trace_lane;

/// A hash table with linear probing, at most half full. Zeros: empty.
typedef struct tl__trace_lanes {
    tl__trace_lane *lanes;
    size_t count, capacity;
} tl__trace_lanes;

/// Returns the lane of an address; null if there is none.
tl__trace_lane *tl__trace_lanes_find(const tl__trace_lanes *lanes, uint64_t address);
/// The same, but adds it. Returns null if there is no memory. All pointers to lanes become invalid.
tl__trace_lane *tl__trace_lanes_add(tl__trace_lanes *lanes, uint64_t address);
/// All pointers to lanes become invalid.
void tl__trace_lanes_remove(tl__trace_lanes *lanes, tl__trace_lane *lane);
void tl__trace_lanes_free(tl__trace_lanes *lanes);

#endif
