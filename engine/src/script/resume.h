// SPDX-License-Identifier: MIT
/// Passing control to a script and back: to run it, to unwind it, or to call its predicate.
#ifndef TELAR_ENGINE_SCRIPT_RESUME_H
#define TELAR_ENGINE_SCRIPT_RESUME_H

#include "world/world_state.h"

/// Resumes a suspended script until it suspends again or ends.
void tl__script_resume(tl__script_record *script);
/// Cancels the script's fiber: runs its clean-ups and ends it.
void tl__script_unwind(tl__script_record *script);
/// Calls the script's predicate and returns its answer.
bool tl__script_ask(tl__script_record *script);

#endif
