// SPDX-License-Identifier: MIT
// Scripts in a shared library, which library_test.c opens and closes.
#include "library.h"

TL_SCRIPT_DECLARE(visit, struct visit);

static void leave(void *argument)
{
    const struct visit *me = argument;
    ++*me->cleaned;
    if (me->manner == RESPAWNS)
        tl_spawn(tl_world_current(), TL_NO_ENTITY, NULL, visit, {WAITS, me->begun, me->cleaned});
}

static __attribute__((noinline)) void stay(const struct visit *me)
{
    if (me->manner == SHIELDED) {
        {
            tl_scoped_shield();
            tl_wait_step();
            tl_wait_step();
        }
    }
    for (;;)
        tl_wait_step();
}

TL_SCRIPT_DEFINE(visit, struct visit, me)
{
    ++*me->begun;
    tl_defer(leave, me);
    stay(me);
}
