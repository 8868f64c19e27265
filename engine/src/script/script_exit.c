#include "script/script_exit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/misuse.h"
#include "script/script_end.h"
#include "world/current.h"
#include "world/exclusive.h"
#include "world/script_error.h"

_Noreturn void tl__wait_for_the_end(tl__script *script)
{
    script->stage = TL__CLOSES;
    tl_yield(NULL);
    __builtin_trap(); // whoever resumes it unwinds it
}

static void end_if_stuck(tl__script *script)
{
    if (!tl__script_is_to_end(script))
        return;
    __atomic_store_n(&script->to_end, false, __ATOMIC_RELAXED);
    if (tl__script_is_alive(script))
        tl__script_cancel(script);
}

/// The running script, where it may wait and end: neither in a predicate nor in a clean-up.
static tl_result find_running(const char *call, tl__script **script)
{
    *script = tl__script_running();
    if (*script == NULL || (*script)->asking)
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    return tl_fiber_unwinding() ? tl__misuse(TL_ERROR_UNWINDING, call) : TL_OK;
}

tl_result tl__call_enter(const char *call, tl__script **script)
{
    tl_result result = find_running(call, script);
    if (result != TL_OK)
        return result;
    tl__script *self = *script;
    tl__take_turn(call);
    end_if_stuck(self);
    if (tl__must_stop(self))
        tl__wait_for_the_end(self);
    return TL_OK;
}

tl_result tl__script_exit(void)
{
    tl__script *self;
    tl_result possible = tl__call_enter("tl_exit", &self);
    if (possible != TL_OK)
        return possible;
    tl__wait_for_the_end(self);
}

tl_result tl_fail(int code, const char *format, ...)
{
    tl__script *self;
    tl_result result = find_running(__func__, &self);
    if (result != TL_OK)
        return result;
    if (format == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    va_list args;
    va_start(args, format);
    tl__failure *failure = tl__failure_make(self, code, format, args);
    va_end(args);
    self->end.failure = failure;
    tl__wait_for_the_end(self);
}

void tl__script_return(const void *result, size_t size)
{
    tl__script *self = tl__script_running();
    if (self == NULL)
        return; // a bare fiber
    self->end.result = malloc(size);
    if (self->end.result != NULL)
        memcpy(self->end.result, result, size);
    else
        self->end.failure = tl__failure_of_memory();
}

tl_result tl__script_return_early(const tl_fiber_entry *entry, const void *value, size_t size)
{
    tl__script *self;
    tl_result result = find_running("tl_return", &self);
    if (result != TL_OK)
        return result;
    if (self->end.entry != entry)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_return");
    tl__script_return(value, size);
    tl__wait_for_the_end(self);
}
