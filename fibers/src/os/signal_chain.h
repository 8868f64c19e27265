// SPDX-License-Identifier: MIT
/// Passes a signal on to the handler that was installed before ours.
#ifndef TELAR_OS_SIGNAL_CHAIN_H
#define TELAR_OS_SIGNAL_CHAIN_H

#include "telar/api.h"
#include <signal.h>

/// Calls a signal handler, which is neither SIG_DFL nor SIG_IGN, with the signals blocked that the kernel would have
/// blocked for it. The caller handles SA_RESETHAND. Only for use in a signal handler.
TL_API void tl__signal_chain(const struct sigaction *handler, int number, siginfo_t *info, void *context);

#endif
