/// telar/group.h: groups of scripts, each with a clock and a budget of its own.
///
///     tl_group *ui = NULL;
///     tl_group_create(world, &(tl_group_desc){.name = "ui"}, &ui);
///     tl_spawn_with(world, (&(tl_script_desc){.group = ui}), NULL, blink, {button});
///
///     tl_group_freeze(tl_world_group(world), true);       // the game stands still, the menu does not
///     tl_group_set_time_scale(enemies, 0.25);             // slow motion for some
///     tl_group_set_budget(crowd, 200);                    // no more than 200 resumes of these in a step
///
/// Every script is in one group: the one its description names, or else that of the script that spawned it, or else
/// the world's. There it stays, and there its children are.
///
/// Each step advances a group's time: its count of steps by one, its game time by the step's seconds times its scale.
/// A frozen group's time stands still, and none of its scripts runs: those that are woken meanwhile, by an event or by
/// real time, run in the first step after it thaws.
///
/// A budget spreads what a group has to do over steps. When more of its scripts are ready than it may resume in a step,
/// the rest run in the next ones before any that became ready later: first come, first served, whatever their priority,
/// so none starves. Waiting for a predicate takes one resume each time it is asked; the first run of a child
/// (telar/concurrency.h) is part of its parent's.
#ifndef TELAR_GROUP_H
#define TELAR_GROUP_H

#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_group tl_group;

/// Zero in any field picks the default.
typedef struct tl_group_desc {
    const char *name; ///< not copied, so keep it alive; default "group"
    uint32_t budget;  ///< the most resumes in a step; default: no limit
} tl_group_desc;

/// Makes a group, which the world destroys.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_OUT_OF_MEMORY. On any error *group is null.
/// @thread one at a time; @suspends never
tl_result tl_group_create(tl_world *world, const tl_group_desc *desc, tl_group **group);

/// The group of scripts that are in no other; null for null.
tl_group *tl_world_group(tl_world *world);

/// The running script's group; null outside any script.
tl_group *tl_group_current(void);

/// How fast game time goes against real time from the next step on: 0 (stands still, while scripts that wait for other
/// things go on) to 1000; 1 at first. It is kept to 1/16384 or finer. Game time ends, and stands still, after 8 years
/// of itself.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT
/// @thread one at a time; @suspends never
tl_result tl_group_set_time_scale(tl_group *group, double scale);

/// Freezes a group, or thaws it. A script that freezes its own group runs until its next wait.
/// @return TL_OK; TL_ERROR_NULL
/// @thread one at a time; @suspends never
tl_result tl_group_freeze(tl_group *group, bool frozen);

/// The most resumes in a step from now on; 0 for no limit.
/// @return TL_OK; TL_ERROR_NULL
/// @thread one at a time; @suspends never
tl_result tl_group_set_budget(tl_group *group, uint32_t budget);

typedef struct tl_group_info {
    const char *name;
    uint64_t steps;   ///< how many it had, not counting those that it was frozen for
    double seconds;   ///< of game time
    double delta;     ///< seconds of game time that a step takes at the present scale; 0 while it is frozen
    double scale;     ///< the time scale
    bool frozen;      ///<
    uint32_t budget;  ///< 0 for no limit
    uint32_t scripts; ///< how many it has
    uint32_t held;    ///< how many of these are ready, but held back by the budget or because the group is frozen
} tl_group_info;

/// Returns what a group is and does; zeros for null, which is misuse.
/// @thread one at a time; @suspends never
tl_group_info tl_group_get_info(const tl_group *group);

/// Seconds of game time that a step takes in the running script's group: what to multiply a speed with. 0 outside.
double tl_delta_seconds(void);

/// The running script's own game time: what its latest wait was for, where that was a time, and else
/// the step's. Differences of these are what passed, to the microsecond, at any step rate. 0 outside.
double tl_local_seconds(void);

#ifdef __cplusplus
}
#endif

#endif
