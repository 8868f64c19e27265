#include "base/misuse.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/// What can be running, the innermost kind last: a script is also a fiber.
static _Atomic(tl__describer) describers[TL__DESCRIBERS];

void tl__misuse_describe_with(tl__described kind, tl__describer describe)
{
    atomic_store(&describers[kind], describe);
}

bool tl_misuse_context(char *text, size_t size)
{
    if (text == NULL || size == 0)
        return false;
    text[0] = '\0';
    for (int kind = TL__DESCRIBERS - 1; kind >= 0; --kind) {
        tl__describer describe = atomic_load(&describers[kind]);
        if (describe != NULL && describe(text, size))
            return true;
    }
    return false;
}

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

static _Atomic(tl_misuse_hook) current_hook = default_misuse_hook;

tl_misuse_hook tl_set_misuse_hook(tl_misuse_hook hook)
{
    return atomic_exchange(&current_hook, hook != NULL ? hook : default_misuse_hook);
}

tl_result tl__misuse(tl_result why, const char *call)
{
    atomic_load (&current_hook)(why, call);
    return why;
}
