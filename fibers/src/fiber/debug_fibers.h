// SPDX-License-Identifier: MIT
/// The table of fibers, pools and threads for debuggers.
#ifndef TELAR_FIBER_DEBUG_FIBERS_H
#define TELAR_FIBER_DEBUG_FIBERS_H

#include "base/debug_table.h"

extern TL_API const tl__debug_layout tl__debug_table;

#endif
