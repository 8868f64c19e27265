// SPDX-License-Identifier: MIT
/// For tests of scripts: a world, and a line of text to which scripts append what happens.
#ifndef TELAR_TEST_TRACE_H
#define TELAR_TEST_TRACE_H

#include <stdarg.h>
#include <stdio.h>

#include "check.h"
#include "telar/concurrency.h"
#include "telar/log.h"

typedef TL_EVENT(tl_nothing) plain_event;
typedef TL_CHANNEL(int) int_channel;

static tl_world *world;
static char trace[4096];

TL__PRINTF(1, 2) __attribute__((unused)) static void note(const char *format, ...)
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

/// Makes an entity.
__attribute__((unused)) static tl_entity make(tl_entity parent)
{
    tl_entity entity;
    CHECK_OK(tl_entity_create(world, parent, &entity));
    return entity;
}

/// Notes how another script ends, and in which step.
struct joiner {
    tl_script other;
};

TL_SCRIPT(joins, struct joiner, me)
{
    tl_result how = tl_wait_script(me->other);
    note("%s@%ju ", tl_result_name(how), (uintmax_t)tl_world_get_time(world).steps);
}

TL_SCRIPT(does_nothing, tl_nothing, unused)
{
}

/// Waits `depth` calls deep.
static void wait_deep(int depth)
{
    if (depth > 0)
        wait_deep(depth - 1);
    else
        CHECK_OK(tl_wait_seconds(1000));
    CHECK(depth >= 0);
}

/// Sleeps, and notes its text when it is cancelled.
TL_SCRIPT(sleeper, char *, name)
{
    char *text = *name;
    tl_defer(note_text, text);
    wait_deep(20);
    CHECK_UNREACHED();
}

__attribute__((unused)) static tl_script put_to_sleep(tl_entity owner, char *name)
{
    tl_script script;
    CHECK_OK(tl_spawn(world, owner, &script, sleeper, name));
    return script;
}

__attribute__((unused)) static uintmax_t step_count(void)
{
    return (uintmax_t)tl_world_get_time(world).steps;
}

struct walk {
    const char *name;
    int64_t steps;
};

/// Waits some steps. Notes when it begins, when it has waited, and when it is unwound.
TL_SCRIPT_RETURNING(int, walks, struct walk, me)
{
    note("%s( ", me->name);
    tl_defer(note_text, (void *)(uintptr_t)(me->steps > 0 ? "unwound " : ""));
    CHECK_OK(tl_wait_steps(me->steps));
    note("%s) ", me->name);
    return (int)me->steps;
}

__attribute__((unused)) static void run_alone(const tl_fiber_entry *entry, int count)
{
    make_world(60);
    static const tl_nothing nothing = {0};
    CHECK_OK(tl_spawn_raw(world, NULL, entry, &nothing, NULL, NULL));
    steps(count);
}

/// Runs a script without an argument in a new world for some steps.
#define RUN(script, count) run_alone(&script##__entry, count)

/// Compares the text with `expected`, and clears it.
#define CHECK_TRACE(expected)                                                                                          \
    do {                                                                                                               \
        CHECK_STRING(expected, trace);                                                                                 \
        trace[0] = '\0';                                                                                               \
    } while (0)

#endif
