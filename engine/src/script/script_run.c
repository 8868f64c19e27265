// SPDX-License-Identifier: MIT
#include "script/script_run.h"

#include "script/resume.h"
#include "script/script_end.h"
#include "world/script_error.h"

void tl__script_run(tl__script_record *script)
{
    tl_world *world = script->world;
    if (tl__must_stop(script)) { // cancelled by its own predicate
        tl__script_close(script);
    } else {
        tl__script_resume(script);
        tl__script_after_resume(script);
    }
    tl__failures_report(world);
}
