/// For tests of scripts: a world, and a line of text to which things append what happens.
#ifndef TELAR_TEST_TRACE_H
#define TELAR_TEST_TRACE_H

#include <stdarg.h>
#include <stdio.h>

#include "check.h"
#include "telar/script.h"

static tl_world *world;
static char trace[4096];

__attribute__((format(printf, 1, 2), unused)) static void note(const char *format, ...)
{
    size_t length = strlen(trace);
    va_list args;
    va_start(args, format);
    vsnprintf(trace + length, sizeof trace - length, format, args);
    va_end(args);
}

/// A clean-up that notes its text.
__attribute__((unused)) static void note_text(void *text)
{
    note("%s", (const char *)text);
}

__attribute__((unused)) static void make_world(uint32_t steps_per_second)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.steps_per_second = steps_per_second}, &world));
}

__attribute__((unused)) static void steps(int count)
{
    while (count-- > 0)
        CHECK_OK(tl_world_step(world));
}

/// Compares with what happened since the last time.
#define CHECK_TRACE(expected)                                                                                          \
    do {                                                                                                               \
        CHECK_STRING(expected, trace);                                                                                 \
        trace[0] = '\0';                                                                                               \
    } while (0)

#endif
