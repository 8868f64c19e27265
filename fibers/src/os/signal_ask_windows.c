// SPDX-License-Identifier: MIT
#include "os/signal_ask.h"

#include <signal.h>

static void (*call_at_signal)(int number);

/// Windows calls a handler once, on a thread of its own.
static void call_again(int number)
{
    signal(number, call_again);
    call_at_signal(number);
}

bool tl__signal_ask(int number, void (*on_signal)(int number))
{
    call_at_signal = on_signal;
    return signal(number, call_again) != SIG_ERR;
}
