// SPDX-License-Identifier: MIT
#include "world/script_error.h"
#include "os/allocator.h"
#include "world/lanes.h"

#include <stdio.h>

#include "world/current.h"
#include "world/world_log.h"

struct tl__failure {
    tl__failure *next; ///< in the world's list of unreported failures
    uint32_t references;
    size_t text_size;
    tl_error error;
    char text[];
};

/// Shared by all scripts that had no memory for a failure of their own. Never freed.
static tl__failure no_memory = {.references = 1, .error = {.code = 0, .text = "no memory for the error", .script = ""}};

tl__failure *tl__failure_of_memory(void)
{
    return tl__failure_take(&no_memory);
}

tl__failure *tl__failure_take(tl__failure *failure)
{
    if (failure != NULL && failure != &no_memory)
        ++failure->references;
    return failure;
}

void tl__failure_release(tl__failure *failure)
{
    if (failure != &no_memory && --failure->references == 0)
        tl__free(failure, sizeof *failure + failure->text_size);
}

static void report(tl_world *world, const tl__failure *failure)
{
    const tl_error *error = &failure->error;
    char text[512];
    const char *file = error->spawned.file;
    if (file != NULL)
        snprintf(text, sizeof text, "script '%s', spawned at %s:%d, failed with %d: %s", error->script, file,
                 error->spawned.line, error->code, error->text);
    else
        snprintf(text, sizeof text, "script '%s' failed with %d: %s", error->script, error->code, error->text);
    tl__world_log(world, &(tl_log){.id = TL_LOG_SCRIPT_FAILED,
                                   .text = text,
                                   .script = error->script,
                                   .file = file,
                                   .line = error->spawned.line,
                                   .code = error->code});
}

void tl__failure_report_later(tl_world *world, tl__failure *failure)
{
    tl__lanes_interrupt(world);  // the failure is reported before another script runs
    if (failure == &no_memory) { // counted, since it cannot be in several lists
        ++world->unreported_of_memory;
        return;
    }
    tl__failure **end = &world->unreported;
    while (*end != NULL)
        end = &(*end)->next;
    *end = tl__failure_take(failure);
}

void tl__failures_report_all(tl_world *world)
{
    while (world->unreported_of_memory > 0) {
        --world->unreported_of_memory;
        report(world, &no_memory);
    }
    for (tl__failure *first; (first = world->unreported) != NULL;) {
        world->unreported = first->next; // before the hook, which may queue more failures
        first->next = NULL;
        report(world, first);
        tl__failure_release(first);
    }
}

tl__failure *tl__failure_make(const tl__script_record *script, int code, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t size = length > 0 ? (size_t)length + 1 : 1;
    tl__failure *made = tl__allocate(sizeof *made + size);
    if (made == NULL)
        return tl__failure_of_memory();
    made->text[0] = '\0';
    vsnprintf(made->text, size, format, args);
    made->references = 1;
    made->text_size = size;
    made->next = NULL;
    made->error = (tl_error){.code = code, .text = made->text, .script = script->name};
    if (script->site != NULL)
        made->error.spawned = *script->site;
    return made;
}

const tl_error *tl_wait_error(void)
{
    const tl__script_record *self = tl__script_here();
    return self != NULL && self->caught != NULL ? &self->caught->error : NULL;
}
