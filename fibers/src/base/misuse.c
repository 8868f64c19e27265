// SPDX-License-Identifier: MIT
#include "base/misuse.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static void default_misuse_hook(tl_result why, const char *call)
{
#ifdef NDEBUG
    (void)why, (void)call;
#else
    char context[512];
    fprintf(stderr, "telar: %s: %s (%s)\n", call, tl_result_string(why), tl_result_name(why));
    if (tl_misuse_context(context, sizeof context))
        fprintf(stderr, "telar: in %s\n", context);
    abort();
#endif
}

static _Atomic(tl_misuse_hook) current_misuse_hook = default_misuse_hook;

tl_misuse_hook tl_set_misuse_hook(tl_misuse_hook hook)
{
    return atomic_exchange(&current_misuse_hook, hook != NULL ? hook : default_misuse_hook);
}

tl_result tl__misuse(tl_result why, const char *call)
{
    atomic_load (&current_misuse_hook)(why, call);
    return why;
}
