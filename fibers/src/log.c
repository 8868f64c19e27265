#include "telar/log.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#include "log_internal.h"

static void default_hook(const tl_log *item)
{
    fprintf(stderr, "telar: %s\n", item->text);
}

static _Atomic(tl_log_hook) current_hook = default_hook;

tl_log_hook tl_set_log_hook(tl_log_hook hook)
{
    return atomic_exchange(&current_hook, hook != NULL ? hook : default_hook);
}

void tl__log(const tl_log *item)
{
    atomic_load (&current_hook)(item);
}
