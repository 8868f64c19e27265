// SPDX-License-Identifier: MIT
/// Handing a signal on to the handler that was there before ours.
#ifndef TELAR_OS_SIGNAL_CHAIN_H
#define TELAR_OS_SIGNAL_CHAIN_H

#include "telar/api.h"
#include <signal.h>

/// Calls a handler, which is none of SIG_DFL and SIG_IGN, with the signals blocked that the kernel would have blocked
/// for it. SA_RESETHAND is the caller's to see to. In a signal handler only.
TL_API void tl__signal_chain(const struct sigaction *handler, int number, siginfo_t *info, void *context);

#endif
