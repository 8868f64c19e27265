// SPDX-License-Identifier: MIT
#include "script/script_exit.h"

#include <stdarg.h>
#include <string.h>

#include "base/misuse.h"
#include "os/allocator.h"
#include "script/call.h"
#include "world/current.h"
#include "world/script_error.h"

tl_result tl__script_exit(void)
{
    tl__script_record *self;
    tl_result result = tl__call_enter("tl_exit", &self);
    if (result != TL_OK)
        return result;
    tl__wait_for_the_end(self);
}

tl_result tl_fail(int code, const char *format, ...)
{
    tl__script_record *self;
    tl_result result = tl__call_check(__func__, &self);
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
    tl__script_record *self = tl__script_running();
    if (self == NULL)
        return; // the function runs in a fiber that is not a script
    tl__returned *made = tl__allocate(sizeof *made + size);
    self->end.result = made;
    if (made == NULL) {
        self->end.failure = tl__failure_of_memory();
        return;
    }
    made->size = size;
    memcpy(made->bytes, result, size);
}

tl_result tl__script_return_early(const tl_fiber_entry *entry, const void *value, size_t size)
{
    tl__script_record *self;
    tl_result result = tl__call_check("tl_return", &self);
    if (result != TL_OK)
        return result;
    if (self->end.entry != entry)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_return");
    tl__script_return(value, size);
    tl__wait_for_the_end(self);
}
