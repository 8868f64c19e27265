// SPDX-License-Identifier: MIT
/// The table of worlds and scripts for debuggers.
#ifndef TELAR_ENGINE_WORLD_DEBUG_WORLDS_H
#define TELAR_ENGINE_WORLD_DEBUG_WORLDS_H

#include "base/debug_table.h"

extern const tl__debug_layout tl__debug_worlds;

#endif
