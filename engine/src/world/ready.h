// SPDX-License-Identifier: MIT
/// Which scripts may run: those that are ready, as far as their groups let them through.
///
/// A script that becomes ready has its bit set in its lane, unless its group is frozen, has used up its budget or
/// has others that wait for it: then it goes to the end of the group's list. So what a group holds back is served first
/// come, first served.
#ifndef TELAR_ENGINE_WORLD_READY_H
#define TELAR_ENGINE_WORLD_READY_H

#include "base/compiler.h"
#include "world/lanes.h"
#include "world/timer.h"

/// Makes a script ready, if it is not; takes it back.
void tl__ready_put(tl__script_record *script);
void tl__ready_take(tl__script_record *script);
bool tl__is_ready(const tl__script_record *script);
/// Scripts of one group that become ready one after another, of which none is, nor is held: those that lie in one word
/// of a lane together. Zero is none.
typedef struct tl__ready_run {
    tl_group *group;
    tl__lane *lane;
    uint32_t word;
    int phase_order;
    uint64_t bits; ///< of those that are still to be made ready
} tl__ready_run;

/// Makes all ready that still are not.
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

/// Ends the run, and begins another with a script, where its group holds none back. Else makes it ready or holds it.
void tl__ready_run_put_other(tl__ready_run *run, tl__script_record *script);

/// Makes another one ready, now or by tl__ready_run_end: as tl__ready_put does, for one that is let through alone.
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

/// One that was taken to be run will not be, since its group was frozen.
void tl__ready_stop(tl__script_record *script);
/// All with a parallel slot that are ready will be run.
void tl__groups_run_parallel_part(tl_world *world);
/// Lets through what the groups held back, as far as they may.
void tl__groups_release(tl_world *world);
/// The same of one group.
void tl__group_release(tl_group *group);

#endif
