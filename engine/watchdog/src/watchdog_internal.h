// SPDX-License-Identifier: MIT
/// The default watchdog of a world for which the program starts none.
#ifndef TELAR_WATCHDOG_INTERNAL_H
#define TELAR_WATCHDOG_INTERNAL_H

#include "telar/watchdog.h"

#ifndef NDEBUG
/// Starts the default watchdog of a new world. It ends with the world, or when tl_watchdog_start replaces it. Does
/// nothing if the watchdog cannot be started.
void tl__watchdog_start_default(tl_world *world);
#endif

#endif
