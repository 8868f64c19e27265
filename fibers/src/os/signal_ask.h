// SPDX-License-Identifier: MIT
/// Signals that ask for something.
#ifndef TELAR_OS_SIGNAL_ASK_H
#define TELAR_OS_SIGNAL_ASK_H

#include <stdbool.h>

/// Calls `on_signal` for each signal `number` from now on; it must be async-signal-safe. Interrupted system calls
/// continue. Returns false if the system refuses.
bool tl__signal_ask(int number, void (*on_signal)(int number));

#endif
