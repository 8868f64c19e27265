// SPDX-License-Identifier: MIT
/// For tests of the watchdog: a world that is watched, a script that is stuck until it is reported, and the report.
#ifndef TELAR_TEST_WATCHED_H
#define TELAR_TEST_WATCHED_H

#include "telar/watchdog.h"

#include <poll.h>
#include <stdatomic.h>

#include "trace.h"

__attribute__((unused)) static tl_watchdog *watchdog;
__attribute__((unused)) static atomic_int reported;
__attribute__((unused)) static char text[8192];

__attribute__((unused)) static tl_log_id expected_id = TL_LOG_SCRIPT_STUCK;

__attribute__((unused)) static void keep_log(const tl_log *item)
{
    CHECK_INT(expected_id, item->id);
    snprintf(text, sizeof text, "%s", item->text);
    CHECK(item->script == NULL || strstr(item->text, item->script) != NULL);
    CHECK(item->file == NULL || strstr(item->file, "watchdog") != NULL);
    atomic_fetch_add(&reported, 1);
}

__attribute__((unused)) static void watch(tl_watchdog_desc desc)
{
    make_world(60);
    tl_set_log_hook(keep_log);
    CHECK_OK(tl_watchdog_start(world, &desc, &watchdog));
}

__attribute__((unused)) static void stop(void)
{
    tl_watchdog_stop(watchdog);
    CHECK_OK(tl_world_destroy(world));
}

__attribute__((unused)) static __attribute__((noinline)) void spin_until_released(void)
{
    int before = atomic_load(&reported);
    while (atomic_load(&reported) == before)
        poll(NULL, 0, 1);
    for (int i = 0; i < 100; ++i) // a while longer, which is not reported again
        poll(NULL, 0, 1);
}

__attribute__((unused)) TL_SCRIPT(hangs, int, times)
{
    for (int i = 0; i < *times; ++i) {
        spin_until_released();
        CHECK_OK(tl_wait_step());
    }
    note("came back ");
}

__attribute__((unused)) static void expect(const char *part)
{
    if (strstr(text, part) == NULL)
        check_fail(__FILE__, __LINE__, "'%s' is not in: %s", part, text);
}

#endif
