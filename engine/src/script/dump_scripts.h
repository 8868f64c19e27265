// SPDX-License-Identifier: MIT
/// Scripts, for a dump.
#ifndef TELAR_ENGINE_SCRIPT_DUMP_SCRIPTS_H
#define TELAR_ENGINE_SCRIPT_DUMP_SCRIPTS_H

#include "fiber/dump.h"
#include "telar/world.h"

/// Adds the scripts of all worlds, those of each in the order of their slots. For tl__dump_with.
void tl__dump_add_scripts(tl__dump *dump);

/// Notes the scripts of a world, as many as there is room for, and returns how many there are. For a signal handler
/// that may have interrupted the thread that steps the world at any instruction; scripts may run in parallel on other
/// threads meanwhile. Of those that may, it notes only the name, the function and the place that spawned them; of one
/// that runs, or is just being resumed or suspended, not its calls.
TL_API uint32_t tl__note_scripts(const tl_world *world, tl__dump_note *notes, uint32_t room);

#endif
