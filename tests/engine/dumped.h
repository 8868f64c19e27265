// SPDX-License-Identifier: MIT
/// For tests of dumps that are written while a step lasts: keeps the latest.
#ifndef TELAR_TEST_DUMPED_H
#define TELAR_TEST_DUMPED_H

#include "telar/dump.h"
#include "watched.h"

enum { SOON = 20, DUMPS = 30 }; // milliseconds; dumps that a test waits for

__attribute__((unused)) static char dumped[4 << 20];
__attribute__((unused)) static size_t length;
__attribute__((unused)) static atomic_int pieces, dumps; ///< calls of keep_dump, and JSON dumps that are whole

/// Keeps the latest dump. Called on the watchdog's thread, or on the one that writes the dump instead.
__attribute__((unused)) static void keep_dump(const char *piece, size_t size, void *unused)
{
    static const char begins[] = "{\"stacks\"", ends[] = "]}\n";
    (void)unused;
    if (size >= sizeof begins - 1 && memcmp(piece, begins, sizeof begins - 1) == 0)
        length = 0;
    CHECK(size < sizeof dumped - length);
    memcpy(dumped + length, piece, size);
    length += size;
    dumped[length] = '\0';
    atomic_fetch_add(&pieces, 1);
    if (size == sizeof ends - 1 && memcmp(piece, ends, size) == 0) {
        CHECK(strstr(dumped, "xxx") == NULL); // what a test overwrites
        atomic_fetch_add(&dumps, 1);
    }
}

__attribute__((unused)) static void expect_dumped(const char *what)
{
    if (strstr(dumped, what) == NULL)
        check_fail(__FILE__, __LINE__, "'%s' is not in: %s", what, dumped);
}

__attribute__((unused)) static int times_dumped(const char *what)
{
    int times = 0;
    for (const char *at = dumped; (at = strstr(at, what)) != NULL; ++at)
        ++times;
    return times;
}

__attribute__((unused)) static void hush(const tl_log *item)
{
    (void)item; // the script is stuck, too
}

__attribute__((unused)) static tl_watchdog_desc soon(bool json)
{
    return (tl_watchdog_desc){.milliseconds = SOON, .dump = {.json = json, .all = true, .write = keep_dump}};
}

__attribute__((unused)) static void watch_soon(bool json)
{
    tl_watchdog_desc desc = soon(json);
    make_world(60);
    tl_set_log_hook(hush);
    CHECK_OK(tl_watchdog_start(world, &desc, &watchdog));
}

#endif
