// SPDX-License-Identifier: MIT
/// The script that the calling thread runs.
#ifndef TELAR_ENGINE_WORLD_CURRENT_H
#define TELAR_ENGINE_WORLD_CURRENT_H

#include "fiber/thread.h"
#include "world/script_record.h"

/// Returns the script that the calling thread runs, or whose predicate or clean-ups it runs; null outside any script.
static inline tl__script_record *tl__script_here(void)
{
    return tl__thread_get_script();
}

/// Sets the script that the calling thread runs; null for none. Returns the previous one.
static inline tl__script_record *tl__script_set_current(tl__script_record *script)
{
    return tl__thread_set_script(script);
}

/// Returns tl__script_here, but null in a predicate, in the log hook, and in a fiber that the script itself runs.
tl__script_record *tl__script_running(void);

#endif
