// SPDX-License-Identifier: MIT
// Shields: blocks that a script runs to their end even if it is cancelled.
#include "base/misuse.h"
#include "telar/concurrency.h"
#include "world/current.h"

tl__shield tl__shield_enter(void)
{
    tl__script_record *self = tl__script_running();
    bool entered = self != NULL && !self->asking;
    if (entered)
        ++self->shields;
    else
        tl__misuse(TL_ERROR_NO_SCRIPT, "tl_scoped_shield");
    return (tl__shield){.entered = entered};
}

void tl__shield_leave(tl__shield *shield)
{
    tl__script_record *self = tl__script_running(); // null if the game cancels the script's fiber directly
    if (shield->entered && self != NULL)
        --self->shields;
}
