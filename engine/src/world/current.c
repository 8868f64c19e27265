// SPDX-License-Identifier: MIT
#include "world/current.h"

#include "base/results.h"
#include "fiber/callback.h"

TL__USE_RESULT_LIST(tl__engine_results);

tl__script_record *tl__script_running(void)
{
    tl__script_record *script = tl__script_here();
    return script != NULL && script->fiber == tl_fiber_current() && !tl__in_callback() ? script : NULL;
}

tl_world *tl_world_current(void)
{
    const tl__script_record *script = tl__script_here();
    return script != NULL ? script->world : NULL;
}

tl_script tl_script_current(void)
{
    const tl__script_record *script = tl__script_here();
    return script != NULL ? tl__script_id(script) : TL_NO_SCRIPT;
}
