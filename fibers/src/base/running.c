// SPDX-License-Identifier: MIT
#include "base/running.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#include "telar/misuse.h"

static _Atomic(tl__running_finder) finders[TL_RUNNING_SCRIPT + 1];

void tl__running_find_with(tl_running_kind kind, tl__running_finder find)
{
    atomic_store(&finders[kind], find);
}

tl_running tl_running_here(void)
{
    for (int kind = TL_RUNNING_SCRIPT; kind > TL_RUNNING_NOTHING; --kind) {
        tl_running running = {.kind = (tl_running_kind)kind};
        tl__running_finder find = atomic_load_explicit(&finders[kind], memory_order_relaxed); // publishes no data
        if (find != NULL && find(&running))
            return running;
    }
    return (tl_running){0};
}

static void write_script(const tl_running *script, char *text, size_t size)
{
    char owner[32] = "no entity", spawned[256] = "";
    if (script->entity != 0)
        snprintf(owner, sizeof owner, "entity %u", script->entity);
    if (script->file != NULL)
        snprintf(spawned, sizeof spawned, ", spawned at %s:%d", script->file, script->line);
    snprintf(text, size, "script '%s' (function %s) of %s%s", script->name, script->function, owner, spawned);
}

bool tl_misuse_context(char *text, size_t size)
{
    if (text == NULL || size == 0)
        return false;
    text[0] = '\0';
    tl_running running = tl_running_here();
    const char *file = running.file != NULL ? running.file : "?";
    switch (running.kind) {
    case TL_RUNNING_NOTHING: return false;
    case TL_RUNNING_FIBER:
        snprintf(text, size, "fiber '%s' (entry function %s, %s:%d)", running.name, running.function, file,
                 running.line);
        return true;
    case TL_RUNNING_JOB: snprintf(text, size, "job '%s' (%s:%d)", running.name, file, running.line); return true;
    case TL_RUNNING_SCRIPT: write_script(&running, text, size); return true;
    }
    return false;
}
