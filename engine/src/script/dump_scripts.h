// SPDX-License-Identifier: MIT
/// Scripts, for a dump.
#ifndef TELAR_ENGINE_SCRIPT_DUMP_SCRIPTS_H
#define TELAR_ENGINE_SCRIPT_DUMP_SCRIPTS_H

#include "fiber/dump.h"

/// Adds the scripts of all worlds, those of each in the order of their slots. For tl__dump_with.
void tl__dump_add_scripts(tl__dump *dump);

#endif
