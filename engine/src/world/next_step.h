// SPDX-License-Identifier: MIT
/// Waiting for the next step: a bit in a lane, or, where a group's budget serves its scripts first come, first served,
/// a timer.
#ifndef TELAR_ENGINE_WORLD_NEXT_STEP_H
#define TELAR_ENGINE_WORLD_NEXT_STEP_H

#include "world/world_state.h"

/// A suspended script waits for the next step.
void tl__next_step_await(tl__script_record *script);
/// Notes what is not noted yet of a script that may wait so, since it will not go on.
void tl__next_step_give_up(tl__script_record *script);
/// A group has a budget now: those of its scripts that were let through in this step are counted, and those that wait
/// for the next one do it by timers.
void tl__next_step_use_timers(tl_group *group);
/// Makes the scripts of TL_PHASE_FRAME ready that wait for this step. Their own time begins now, though they may run
/// some steps later.
void tl__next_step_begin_frame(tl_world *world);
/// For a script that waits so while it runs in parallel: it runs exclusively now.
void tl__next_step_set_timer(tl__script_record *script);

#endif
