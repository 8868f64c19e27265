// SPDX-License-Identifier: MIT
/// Giving a script control, whatever for, and taking it back.
#ifndef TELAR_ENGINE_SCRIPT_RESUME_H
#define TELAR_ENGINE_SCRIPT_RESUME_H

#include "world/world_state.h"

/// Resumes a suspended script until it gives control back.
void tl__script_resume(tl__script_record *script);
/// Runs what its blocks want to be run: the end of its fiber.
void tl__script_unwind(tl__script_record *script);
/// Asks the script's predicate.
bool tl__script_ask(tl__script_record *script);

#endif
