// SPDX-License-Identifier: MIT
// In a debug build, each world has a watchdog. The engine does not depend on the watchdog library: when a program is
// loaded, this file registers the function that the engine calls for each new world. CMake links this file although
// nothing calls it (--undefined in CMakeLists.txt).
#include "watchdog_internal.h"

#ifdef NDEBUG

bool tl_watchdog_by_default(bool on)
{
    (void)on;
    return false;
}

#else

#include "world/heartbeat.h"

bool tl_watchdog_by_default(bool on)
{
    return atomic_exchange(&tl__watch_new_world, on ? tl__watchdog_start_default : NULL) != NULL;
}

__attribute__((constructor)) static void begin(void)
{
    tl_watchdog_by_default(true);
}

#endif
