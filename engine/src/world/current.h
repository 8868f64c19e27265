// SPDX-License-Identifier: MIT
/// The script that the calling thread runs.
#ifndef TELAR_ENGINE_WORLD_CURRENT_H
#define TELAR_ENGINE_WORLD_CURRENT_H

#include "fiber/thread.h"
#include "world/script_record.h"

/// The script that the calling thread runs, or whose predicate or clean-ups it does; null outside any.
static inline tl__script_record *tl__script_here(void)
{
    return tl__thread_get_script();
}

/// Makes a script the one that the thread runs, null for none, and gives the one before.
static inline tl__script_record *tl__script_set_current(tl__script_record *script)
{
    return tl__thread_set_script(script);
}

/// That script, but null in a predicate, in the log hook and in a fiber of the script's own.
tl__script_record *tl__script_running(void);

#endif
