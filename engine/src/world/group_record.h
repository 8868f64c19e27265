// SPDX-License-Identifier: MIT
/// The record of a group.
#ifndef TELAR_ENGINE_WORLD_GROUP_RECORD_H
#define TELAR_ENGINE_WORLD_GROUP_RECORD_H

#include "base/list.h"
#include "telar/group.h"
#include "world/time.h"

struct tl_group {
    tl_world *world;
    tl__link of_world;
    tl_group *parent; ///< created before this group; null: none
    const char *name;
    tl__time now[TL__GROUP_CLOCKS];
    tl__time units_per_step; ///< units of game time per step, at its time scale
    double own_scale;        ///< as set by tl_group_set_time_scale
    double scale;            ///< the product of `own_scale`, the factors and the parent's scale
    struct tl__factor {
        uint64_t id;
        double scale;
    } * factors; ///< time factors that were added and not yet removed
    uint32_t factor_count, factor_capacity;
    uint32_t freezes; ///< calls of tl_group_freeze without a tl_group_thaw so far
    tl__wheel timers[TL__GROUP_CLOCKS];
    tl__link stopped;                 ///< ready scripts that were let through before the group was frozen
    tl__link held;                    ///< ready scripts that wait for the budget or for the group to thaw
    uint32_t held_count, let_through; ///< scripts in both lists; ready scripts, without those that waited by a bit
    uint32_t let_through_parallel;    ///< ready scripts with a parallel slot
    uint32_t budget, admitted;        ///< most resumes in a step, 0: no limit; scripts let through in this step
    uint64_t step_batch;   ///< batch of the scripts that waited for its latest step (tl__script_record.batch)
    uint64_t former_batch; ///< `step_batch` of the step before
    uint32_t script_count;
    uint32_t timer_room; ///< timers that its wheels have room for
    uint32_t arm_timers; ///< most timers of arms that may be set at once
    bool frozen;         ///< this group or one above it is frozen
    bool has_step;       ///< takes part in the latest step: it was not frozen when that step began
};

#endif
