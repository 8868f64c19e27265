// SPDX-License-Identifier: MIT
/// What there is of each group.
#ifndef TELAR_ENGINE_WORLD_GROUP_RECORD_H
#define TELAR_ENGINE_WORLD_GROUP_RECORD_H

#include "base/list.h"
#include "telar/group.h"
#include "world/time.h"

struct tl_group {
    tl_world *world;
    tl__link of_world;
    tl_group *parent; ///< made before it, or null
    const char *name;
    tl__time now[TL__GROUP_CLOCKS];
    tl__time units_per_step; ///< at its time scale
    double own_scale;        ///< what tl_group_set_time_scale set
    double scale;            ///< the product of that, of its factors and of its parent's
    struct tl__factor {
        uint64_t id;
        double scale;
    } * factors; ///< the factors that were added and not removed
    uint32_t factor_count, factor_capacity;
    uint32_t freezes; ///< how often it was frozen and not yet thawed
    tl__wheel timers[TL__GROUP_CLOCKS];
    tl__link stopped;                 ///< ready scripts that were let through, but then it was frozen
    tl__link held;                    ///< ready scripts that have to wait for the budget or for the thaw
    uint32_t held_count, let_through; ///< in both lists; ready ones, but for those that waited for this step
    uint32_t let_through_parallel;    ///< ready ones among the parallel scripts
    uint32_t budget, admitted; ///< most resumes in a step, 0 for any number; how many were let through in this one
    uint64_t step_batch;   ///< when those that waited for its latest step were let through (tl__script_record.batch)
    uint64_t former_batch; ///< the same for the step before
    uint32_t script_count;
    uint32_t timer_room; ///< timers that its wheels have room for
    uint32_t arm_timers; ///< how many timers of arms may be set at most
    bool frozen;         ///< it or a group above it
    bool has_step;       ///< it had the latest step: it was not frozen when that began
};

#endif
