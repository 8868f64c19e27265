// SPDX-License-Identifier: MIT
/// Running scripts.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_RUN_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_RUN_H

#include "world/world_state.h"

/// Resumes a script that is ready, and sees to its end.
void tl__script_run(tl__script_record *script);

#endif
