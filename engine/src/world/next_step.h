// SPDX-License-Identifier: MIT
/// Waiting for the next step: by a bit in a lane or, in a group with a budget, by a timer, since timers keep the order
/// in which a budget serves scripts.
#ifndef TELAR_ENGINE_WORLD_NEXT_STEP_H
#define TELAR_ENGINE_WORLD_NEXT_STEP_H

#include "world/world_state.h"

/// Lets a suspended script wait for the next step.
void tl__next_step_await(tl__script_record *script);
/// Updates the record of a script that will not be resumed any more and that waits for the next step by a bit, since
/// such a wait has left the record untouched. Does nothing for other scripts, and for one with a parallel slot.
void tl__next_step_give_up(tl__script_record *script);
/// Adapts the scripts of a group that was given a budget: counts those that were let through in this step, and makes
/// those that wait for the next step by a bit wait by a timer instead.
void tl__next_step_use_timers(tl_group *group);
/// Makes the scripts of TL_PHASE_FRAME ready that wait for this step. Their own time (tl_local_seconds) becomes this
/// step's, although they run at the end of the frame, which may be some steps later.
void tl__next_step_begin_frame(tl_world *world);
/// Lets a script wait for the next step by a timer. The script must not be running in parallel.
void tl__next_step_set_timer(tl__script_record *script);

#endif
