// SPDX-License-Identifier: MIT
#include "script/call.h"

#include "base/misuse.h"
#include "script/script_end.h"
#include "world/current.h"
#include "world/exclusive.h"
#include "world/heartbeat.h"

_Noreturn void tl__wait_for_the_end(tl__script_record *script)
{
    script->stage = TL__CLOSES;
    tl_yield(NULL);
    __builtin_trap(); // not reached: the script is resumed only to be unwound
}

static void end_if_stuck(tl__script_record *script)
{
    if (!tl__script_is_to_end(script))
        return;
    tl__script_forget_to_end(script);
    if (tl__script_record_is_alive(script))
        tl__script_cancel_now(script);
}

tl_result tl__call_check(const char *call, tl__script_record **script)
{
    *script = tl__script_running();
    if (*script == NULL || (*script)->asking)
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    return tl_fiber_is_unwinding() ? tl__misuse(TL_ERROR_UNWINDING, call) : TL_OK;
}

tl_result tl__call_enter(const char *call, tl__script_record **script)
{
    tl_result result = tl__call_check(call, script);
    if (result != TL_OK)
        return result;
    tl__script_record *self = *script;
    tl__exclusive_enter(call);
    end_if_stuck(self);
    if (tl__must_stop(self))
        tl__wait_for_the_end(self);
    return TL_OK;
}
