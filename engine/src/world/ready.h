// SPDX-License-Identifier: MIT
/// Making scripts ready to run, as far as their groups let them through.
///
/// A script that becomes ready has its bit set in its lane, unless its group is frozen, has used up its budget or
/// already holds back other scripts. Then the script is appended to the group's list, so a group lets its scripts
/// through first come, first served.
#ifndef TELAR_ENGINE_WORLD_READY_H
#define TELAR_ENGINE_WORLD_READY_H

#include "base/compiler.h"
#include "world/lanes.h"
#include "world/timer.h"

/// tl__ready_put makes a script ready, unless it is already. tl__ready_take makes it unready, also if its group holds
/// it back or it waits for the next step.
void tl__ready_put(tl__script_record *script);
void tl__ready_take(tl__script_record *script);
bool tl__is_ready(const tl__script_record *script);
/// Collects scripts of one group that become ready one after another, to set the bits of those in the same word of a
/// lane at once. None of them may be ready or held back already. A zero-initialised run is empty.
typedef struct tl__ready_run {
    tl_group *group;
    tl__lane *lane;
    uint32_t word;
    int phase_order;
    uint64_t bits; ///< of the scripts that are still to be made ready
} tl__ready_run;

/// Makes the collected scripts ready, and empties the run.
static inline void tl__ready_run_end(tl__ready_run *run)
{
    if (run->bits == 0)
        return;
    tl__lanes_set_several(run->group->world, run->lane, TL__READY + run->phase_order, run->word, run->bits);
    uint32_t count = (uint32_t)__builtin_popcountll(run->bits);
    run->group->admitted += count;
    run->group->let_through += count;
    run->bits = 0;
}

/// Ends the run. If the script's group has no budget, is not frozen and holds nothing back, begins another run with the
/// script (unless it has a parallel slot); else calls tl__ready_put for it.
void tl__ready_run_put_other(tl__ready_run *run, tl__script_record *script);

/// Makes another script ready, now or at tl__ready_run_end. Like tl__ready_put, but always in a batch of its own
/// (tl__batch_alone).
static inline void tl__ready_run_put(tl__ready_run *run, tl__script_record *script)
{
    uint32_t word = script->slot / TL__LANE_BITS;
    if (UNLIKELY(run->word != word || run->lane != script->lane || run->phase_order != script->phase_order ||
                 run->group != script->group || script->parallel_slot1 != 0)) {
        tl__ready_run_put_other(run, script);
        return;
    }
    run->bits |= tl__lane_bit(script->slot);
    script->batch = tl__batch_alone(script->world);
}

/// Puts back a script that was about to run, since its group was frozen: it waits in the group's list `stopped`.
void tl__ready_stop(tl__script_record *script);
/// Notes in all groups that their ready scripts with a parallel slot are about to run.
void tl__groups_run_parallel_part(tl_world *world);
/// Lets the scripts through that the groups hold back, as far as budgets allow and groups are not frozen.
void tl__groups_release(tl_world *world);
/// tl__groups_release for one group.
void tl__group_release(tl_group *group);

#endif
