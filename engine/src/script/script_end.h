// SPDX-License-Identifier: MIT
/// Cancelling and ending scripts.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_END_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_END_H

#include "world/world_state.h"

/// Whether a script is neither cancelled, ending nor ended.
bool tl__script_record_is_alive(const tl__script_record *script);
/// Cancels a script that is alive.
void tl__script_cancel_now(tl__script_record *script);
/// Stops a suspended script for good, and ends it as soon as its children have ended, which are cancelled first.
void tl__script_close(tl__script_record *script);
/// Handles a script that has just suspended or returned: ends it if it must stop; else makes it wait for the next step,
/// if it waits for nothing.
void tl__script_after_resume(tl__script_record *script);
/// When the world is being destroyed: ends the cancelled scripts that live on only because of a shield.
void tl__scripts_break_shields(tl_world *world);
/// Cancels all scripts in a list, the newest first.
void tl__scripts_cancel_all(tl__link *list);

#endif
