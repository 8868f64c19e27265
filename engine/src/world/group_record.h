/// What there is of each group.
#ifndef TELAR_ENGINE_WORLD_GROUP_RECORD_H
#define TELAR_ENGINE_WORLD_GROUP_RECORD_H

#include "base/list.h"
#include "telar/group.h"
#include "world/time.h"

struct tl_group {
    tl_world *world;
    tl__link of_world;
    const char *name;
    tl__time now[TL__GROUP_CLOCKS];
    tl__time units_per_step; ///< scaled
    tl__wheel timers[TL__GROUP_CLOCKS];
    tl__link stopped;                 ///< ready scripts that were let through, but then it was frozen
    tl__link held;                    ///< ready scripts that have to wait for the budget or for the thaw
    uint32_t held_count, let_through; ///< in both lists; ready ones, but for those that waited for this step
    uint32_t let_through_beside;      ///< ready ones among the parallel scripts
    uint32_t budget, admitted; ///< most resumes in a step, 0 for any number; how many were let through in this one
    uint64_t step_batch;       ///< when those that waited for its latest step were let through (tl__script.batch)
    uint64_t former_batch;     ///< the same for the step before
    uint32_t script_count;
    uint32_t timer_room; ///< timers that its wheels have room for
    uint32_t arm_timers; ///< how many timers of arms may be set at most
    bool frozen;
    bool has_step; ///< it had the latest step: it was not frozen when that began
};

#endif
