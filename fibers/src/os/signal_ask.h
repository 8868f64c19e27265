// SPDX-License-Identifier: MIT
/// Signals that ask for something.
#ifndef TELAR_OS_SIGNAL_ASK_H
#define TELAR_OS_SIGNAL_ASK_H

#include <signal.h>
#include <stdbool.h>

/// Whether a signal says that its thread cannot continue as it is: after a handler that only sets a flag, the
/// instruction would fault again.
static inline bool tl__is_fault(int number)
{
#ifdef SIGBUS
    if (number == SIGBUS || number == SIGTRAP || number == SIGSYS)
        return true;
#endif
    return number == SIGSEGV || number == SIGFPE || number == SIGILL || number == SIGABRT;
}

/// Calls `on_signal` for each signal `number` from now on; it must be async-signal-safe. Interrupted system calls
/// continue. Returns false if the system refuses.
bool tl__signal_ask(int number, void (*on_signal)(int number));

#endif
