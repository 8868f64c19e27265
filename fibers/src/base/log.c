// SPDX-License-Identifier: MIT
#include "telar/log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static void default_log_hook(const tl_log *item)
{
    fprintf(stderr, "telar: %s\n", item->text);
}

static _Atomic(tl_log_hook) current_log_hook = default_log_hook;

tl_log_hook tl_set_log_hook(tl_log_hook hook)
{
    return atomic_exchange(&current_log_hook, hook != NULL ? hook : default_log_hook);
}

static _Atomic(tl_log_hook) current_listener;

void tl__log_listen(tl_log_hook listener)
{
    atomic_store(&current_listener, listener);
}

static bool never(void)
{
    return false;
}

static bool always(void)
{
    return true;
}

/// Aborts the process when the log hook is left by an exception or by the end of its thread: the library would stay in
/// the middle of the operation that it reports. Does nothing if (*may_be_left)() returns true.
static void refuse_to_be_left(bool (**may_be_left)(void))
{
    if ((*may_be_left)())
        return;
    fputs("telar: the log hook was left by an exception, or by the end of its thread or of the job that it waits in\n",
          stderr);
    abort();
}

void tl__log_in(const tl_log *item, bool (*is_ending)(void))
{
    bool (*may_be_left)(void) __attribute__((cleanup(refuse_to_be_left))) = is_ending;
    tl_log_hook listener = atomic_load(&current_listener);
    if (listener != NULL)
        listener(item);
    atomic_load (&current_log_hook)(item);
    may_be_left = always;
}

void tl__log_news(const tl_log *item)
{
    tl__log_in(item, never);
}
