// SPDX-License-Identifier: MIT
// In a debug build, each world has a watchdog. The engine does not know the watchdog: when a program is loaded, this
// file tells the engine what to call. CMake has it linked though no call needs it (--undefined in CMakeLists.txt).
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
