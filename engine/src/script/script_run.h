// SPDX-License-Identifier: MIT
/// Running scripts.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_RUN_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_RUN_H

#include "world/world_state.h"

/// Resumes a ready script, and ends it if it returned or must stop.
void tl__script_run(tl__script_record *script);

#endif
