// SPDX-License-Identifier: MIT
/// The watchdog that a world has where the program starts none.
#ifndef TELAR_WATCHDOG_INTERNAL_H
#define TELAR_WATCHDOG_INTERNAL_H

#include "telar/watchdog.h"

#ifndef NDEBUG
/// Starts one for a world that was just made; it ends with the world, or when tl_watchdog_start replaces it. Nothing
/// happens where it cannot be started.
void tl__watchdog_start_default(tl_world *world);
#endif

#endif
