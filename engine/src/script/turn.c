// SPDX-License-Identifier: MIT
#include "script/turn.h"

#include "fiber/owner.h"
#include "world/marks.h"
#include "world/wait_names.h"

void tl__turn_begin(const tl__script_record *script)
{
    tl__trace_run(TL__TRACE_RUN_SCRIPT, script->fiber, script->name);
}

/// Returns what a script waits for, in words; null if it has ended.
static const char *reason(const tl__script_record *script)
{
    if (tl__fiber_is_done(script->fiber))
        return NULL;
    if (tl__is_marked(script, TL__WANTS_EXCLUSIVE))
        return "its exclusive turn";
    if (tl__is_marked(script, TL__STEPS_ON))
        return "the next step";
    return script->wait != TL_WAIT_NOTHING ? tl_wait_string(script->wait) : "a yield";
}

void tl__turn_end(const tl__script_record *script)
{
    const char *waits_for = reason(script);
    bool has_object = waits_for != NULL && script->wait != TL_WAIT_NOTHING;
    tl__trace_pause(TL__TRACE_RUN_SCRIPT, script->fiber, waits_for, has_object ? tl__script_wait_name(script) : NULL);
}
