// SPDX-License-Identifier: MIT
/// Ending scripts.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_END_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_END_H

#include "world/world_state.h"

/// Whether it was neither cancelled nor has it ended.
bool tl__script_record_is_alive(const tl__script_record *script);
/// Cancels one that is alive.
void tl__script_cancel_now(tl__script_record *script);
/// Ends a script that is suspended for good, as soon as can be: its children first.
void tl__script_close(tl__script_record *script);
/// Sees to what a script did when it was resumed.
void tl__script_after_resume(tl__script_record *script);
/// At the end of the world: ends those that were cancelled before, and have only a shield to live by.
void tl__scripts_break_shields(tl_world *world);
/// Cancels all in a list, the newest first.
void tl__scripts_cancel_all(tl__link *list);

#endif
