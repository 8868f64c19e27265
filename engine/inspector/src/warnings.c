// SPDX-License-Identifier: MIT
#include "warnings.h"

#include <stdio.h>

#include "fiber/info.h"
#include "os/threads.h"

#define SECOND 1000000000

size_t tl__suggested_stack(size_t high_water)
{
    enum { PAGE = 4096, LEAST = 16384 };
    size_t size = (2 * high_water + PAGE - 1) / PAGE * PAGE;
    return size < LEAST ? LEAST : size;
}

static void warn(tl__dump_text *json, const char *kind, const char *text)
{
    tl__dump_json(json, NULL, "{");
    tl__dump_json_string(json, "kind", kind);
    tl__dump_json_string(json, "text", text);
    tl__dump_print(json, "}");
}

static int tenths(int64_t nanoseconds)
{
    return (int)(nanoseconds / (SECOND / 10));
}

/// Warns of a step that has run for more than a second, and of a script that has run all that time. (The entry's
/// strings are the program's, or those of a library that is open while the script runs.)
static void warn_of_step(tl__dump_text *json, const tl__board *board, const tl__observer *observer, tl__stuck *stuck)
{
    char text[300];
    int64_t now = tl__monotonic_time(), began = atomic_load_explicit(&board->step_began, memory_order_relaxed);
    uint64_t turn = atomic_load_explicit(&observer->turns, memory_order_relaxed);
    const tl_fiber_entry *entry = atomic_load_explicit(&observer->running, memory_order_relaxed);
    if (turn != stuck->turn || entry == NULL)
        *stuck = (tl__stuck){turn, now};
    if (began == 0 || now - began < SECOND)
        return;
    int passed = tenths(now - began), ran = tenths(now - stuck->since);
    snprintf(text, sizeof text, "the step has not ended for %d.%d s", passed / 10, passed % 10);
    warn(json, "step", text);
    if (entry == NULL || ran < 10)
        return;
    snprintf(text, sizeof text, "%s has run for at least %d.%d s without a wait", tl__entry_name(entry), ran / 10,
             ran % 10);
    warn(json, "script", text);
}

static void warn_of_types(tl__dump_text *json, const tl__snapshot *snapshot)
{
    char text[400];
    for (uint32_t i = 0; i < snapshot->type_count; ++i) {
        const tl__seen_type *type = &snapshot->types[i];
        const char *name = tl__text_of(snapshot, type->name);
        if (type->stack_size > 0 && type->high_water > type->stack_size - type->stack_size / 5) {
            snprintf(text, sizeof text, "%s has used %zu of the %zu bytes of a stack; give it more", name,
                     type->high_water, type->stack_size);
            warn(json, "stack", text);
        }
        if (type->grew_to > type->grew_from) {
            snprintf(text, sizeof text, "%s becomes more and more: %u scripts ten seconds ago, now %u", name,
                     type->grew_from, type->grew_to);
            warn(json, "grows", text);
        }
    }
}

void tl__warnings_write(tl__dump_text *json, const tl__snapshot *snapshot, const tl__board *board,
                        const tl__observer *observer, tl__stuck *stuck)
{
    warn_of_step(json, board, observer, stuck);
    warn_of_types(json, snapshot);
}
