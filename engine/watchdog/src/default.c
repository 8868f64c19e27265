// SPDX-License-Identifier: MIT
// What a program has that only links the watchdog library: symbols in its dumps and, in a debug build, a watchdog for
// each world. The engine does not depend on that library: when a program is loaded, this file registers the functions
// that are called for a dump, and for each new world. CMake links this file although nothing calls it (--undefined in
// CMakeLists.txt).
#include "symbols.h"
#include "telar/dump.h"
#include "watchdog_internal.h"

static void *open_symbols(void)
{
    return tl__symbols_open();
}

static void close_symbols(void *opened)
{
    tl__symbols_close(opened);
}

static void describe(void *opened, const void *address, bool is_return, char *text, size_t size)
{
    tl__symbols_describe(opened, address, is_return, text, size);
}

__attribute__((constructor)) static void set_symbolizer(void)
{
    static const tl_symbolizer by_libdw = {open_symbols, close_symbols, describe};
    tl_set_symbolizer(&by_libdw);
}

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
