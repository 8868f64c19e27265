// SPDX-License-Identifier: MIT
/// telar/group.h: groups of scripts, each with a clock and a budget of its own.
///
///     tl_group *game = tl_world_group(world), *ui, *enemies, *crowd;
///     tl_group_create(world, &(tl_group_desc){.name = "ui"}, &ui);
///     tl_group_create(world, &(tl_group_desc){.name = "enemies", .parent = game}, &enemies);
///     tl_group_create(world, &(tl_group_desc){.name = "crowd", .parent = game, .budget = 200}, &crowd);
///
///     tl_group_freeze(game);                  // the game, its enemies and its crowd stand still; the menu does not
///     tl_group_thaw(game);
///     tl_group_set_time_scale(enemies, 0.25); // slow motion for some
///
///     TL_SCRIPT(cutscene, struct cutscene, me)
///     {
///         tl_scoped_freeze(me->enemies);              // to the end of the block, however the script ends
///         tl_scoped_time_factor(me->world_group, 0.5);
///         ...
///     }
///
/// Every script is in one group: the one that its description names, by default that of the script that spawned it, or
/// else the world's. It stays in that group, and its children are in it, too.
///
/// Each step advances a group's time: its count of steps by one, its game time by the step's seconds times its time
/// scale. While a group is frozen, its time stands still, and none of its scripts runs: scripts that are woken
/// meanwhile, by an event or by real time, run in the first step after it thaws.
///
/// Groups nest (tl_group_desc.parent). Freezes and time factors add up, so that a menu and a cutscene, for example, do
/// not undo each other's. A group is frozen while it has been frozen more often than thawed, or while its parent is
/// frozen. Its effective time scale is the product of its own scale (tl_group_set_time_scale), of all factors that were
/// added to it, and of its parent's effective time scale.
///
/// A budget spreads a group's work over several steps. When more of its scripts are ready than it may resume in a step,
/// the rest run in the next steps, before any script that became ready later: first come, first served, whatever their
/// priority, so none starves. Each call of a predicate counts as one resume; the first run of a child
/// (telar/concurrency.h) is part of its parent's resume.
#ifndef TELAR_GROUP_H
#define TELAR_GROUP_H

#include "telar/api.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_group tl_group;

/// Zero in any field picks the default.
typedef struct tl_group_desc {
    const char *name; ///< not copied, so keep it alive; default "group"
    tl_group *parent; ///< a group of the same world; default: none, the group depends on no other
    uint32_t budget;  ///< most resumes in one step, of this group's own scripts; default: no limit
} tl_group_desc;

/// Makes a group. It lives as long as the world.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_OTHER_WORLD: the parent belongs to another world
///   - TL_ERROR_OUT_OF_MEMORY
///
/// On any error *group is null.
/// @thread one at a time; @suspends never
TL_API tl_result tl_group_create(tl_world *world, const tl_group_desc *desc, tl_group **group);

/// Returns a world's own group, in which a script is by default; null for a null world.
TL_API tl_group *tl_world_group(tl_world *world);

/// Returns the running script's group; null outside any script.
TL_API tl_group *tl_group_current(void);

/// Freezes a group and all groups below it, until the group is thawed as often as it was frozen. A script that freezes
/// its own group runs until its next wait.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (it was frozen 2^32 - 1 times already)
/// @thread one at a time; @suspends never
TL_API tl_result tl_group_freeze(tl_group *group);

/// Undoes one tl_group_freeze.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_NOT_FROZEN
/// @thread one at a time; @suspends never
TL_API tl_result tl_group_thaw(tl_group *group);

/// tl_scoped_freeze(group); freezes a group until the enclosing block is left, in any way. Use it wherever a
/// declaration is allowed. A null group is misuse (TL_ERROR_NULL), and the block then runs without freezing anything.
/// @thread one at a time; @suspends never
#define tl_scoped_freeze(group)                                                                                        \
    TL__SCOPED(tl_group *, TL__UNIQUE(tl__frozen_), tl__group_thaw_at_end, tl__group_freeze_here(group))

/// Sets a group's own time scale (how fast its game time passes) from the next step on; 1 at first. 0 pauses its game
/// time; scripts that wait for anything else keep running. The effective scale, the product with all of the group's
/// factors and with its parent's scale, is rounded to 1/16384 or finer and is at most 1000. Game time stops at 8 years.
/// @param scale  0 to 1000
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT
/// @thread one at a time; @suspends never
TL_API tl_result tl_group_set_time_scale(tl_group *group, double scale);

/// A factor of a group's time scale, valid until it is removed. All zeros: no factor.
typedef struct tl_time_factor {
    tl_group *group;
    uint64_t id;
} tl_time_factor;

/// Multiplies a group's time scale by `scale`, from the next step on, until the factor is removed.
/// @param scale   0 to 1000
/// @param factor  receives what tl_group_remove_time_factor takes
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT; TL_ERROR_OUT_OF_MEMORY. On any error *factor is all zeros.
/// @thread one at a time; @suspends never
TL_API tl_result tl_group_add_time_factor(tl_group *group, double scale, tl_time_factor *factor);

/// Removes a factor from its group's time scale. The group's world must still exist.
/// @return TL_OK; TL_ERROR_STALE (a factor of zeros, or one that was removed before)
/// @thread one at a time; @suspends never
TL_API tl_result tl_group_remove_time_factor(tl_time_factor factor);

/// tl_scoped_time_factor(group, scale); multiplies a group's time scale by `scale` until the enclosing block is left,
/// in any way. Use it wherever a declaration is allowed. The errors of tl_group_add_time_factor go to the misuse hook,
/// and the block then runs with the time scale unchanged.
/// @thread one at a time; @suspends never
#define tl_scoped_time_factor(group, scale)                                                                            \
    TL__SCOPED(tl_time_factor, TL__UNIQUE(tl__factor_), tl__time_factor_remove_at_end,                                 \
               tl__time_factor_add_here(group, scale))

/// Sets the maximum number of resumes of a group's own scripts in one step, from now on; 0 for no limit. Ready scripts
/// over the limit run in the following steps.
/// @return TL_OK; TL_ERROR_NULL
/// @thread one at a time; @suspends never
TL_API tl_result tl_group_set_budget(tl_group *group, uint32_t budget);

typedef struct tl_group_info {
    const char *name;
    uint64_t steps;   ///< steps so far, not counting those in which it was frozen
    double seconds;   ///< game time so far, in seconds
    double delta;     ///< seconds of game time that a step takes at the present scale; 0 while it is frozen
    double scale;     ///< the time scale, with all factors and the parent's
    bool frozen;      ///< it is frozen, or a group above it is
    uint32_t freezes; ///< tl_group_freeze calls that no tl_group_thaw has undone yet
    tl_group *parent; ///< null for none
    uint32_t budget;  ///< 0 for no limit
    uint32_t scripts; ///< number of scripts in it
    uint32_t held;    ///< how many of these are ready, but held back by the budget or because the group is frozen
} tl_group_info;

/// Returns a group's name, clocks, limits and number of scripts; zeros for a null group, which is misuse.
/// @thread one at a time; @suspends never
TL_API tl_group_info tl_group_get_info(const tl_group *group);

/// Returns the seconds of game time that a step takes in the running script's group: multiply speeds by them. 0 outside
/// any script.
TL_API double tl_delta_seconds(void);

/// Returns the running script's own game time, in seconds: if its latest wait was for a time, exactly that time, else
/// the time of the step. The difference of two such times is the time that passed, to the microsecond, at any step
/// rate. 0 outside any script.
TL_API double tl_local_seconds(void);

// Behind the macros.
TL_API tl_group *tl__group_freeze_here(tl_group *group);
TL_API void tl__group_thaw_at_end(tl_group **frozen);
TL_API tl_time_factor tl__time_factor_add_here(tl_group *group, double scale);
TL_API void tl__time_factor_remove_at_end(tl_time_factor *factor);

#ifdef __cplusplus
}
#endif

#endif
