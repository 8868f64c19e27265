// SPDX-License-Identifier: MIT
#include "base/thread_hooks.h"

#include <stdatomic.h>

static _Atomic(const tl_thread_hooks *) current_thread_hooks;

const tl_thread_hooks *tl_set_thread_hooks(const tl_thread_hooks *hooks)
{
    return atomic_exchange(&current_thread_hooks, hooks);
}

const tl_thread_hooks *tl__thread_begins(const char *name)
{
    const tl_thread_hooks *hooks = atomic_load(&current_thread_hooks);
    if (hooks != NULL && hooks->begin != NULL)
        hooks->begin(name, hooks->user_data);
    return hooks;
}

void tl__thread_ends(const tl_thread_hooks *hooks, const char *name)
{
    if (hooks != NULL && hooks->end != NULL)
        hooks->end(name, hooks->user_data);
}
