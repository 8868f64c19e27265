// SPDX-License-Identifier: MIT
// Blocks that a script runs to their end though it was cancelled.
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
    tl__script_record *self = tl__script_running(); // null where the game cancels the script's fiber by itself
    if (shield->entered && self != NULL)
        --self->shields;
}
