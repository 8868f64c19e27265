// SPDX-License-Identifier: MIT
/// The alternate signal stack of a thread, for handlers that cannot run on the stack of the fiber that they interrupt,
/// since that stack may be used up.
///
/// A thread has one alternate stack, which the overflow report and the watchdog share.
#ifndef TELAR_OS_SIGNAL_STACK_H
#define TELAR_OS_SIGNAL_STACK_H

#include "telar/api.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TL__SIGNAL_STACK_SIZE = 64 * 1024 };

/// Gives the calling thread an alternate signal stack until the thread ends. If the program has installed one on the
/// thread, the thread keeps that, whatever its size. Otherwise it gets one of TL__SIGNAL_STACK_SIZE bytes, which is
/// disabled and freed when the thread ends. A second call on a thread changes nothing, unless the program has disabled
/// the stack meanwhile.
/// @return TL_OK; TL_ERROR_OUT_OF_MEMORY; TL_ERROR_SYSTEM (errno says why). On an error nothing has changed.
TL_API tl_result tl__signal_stack_ensure(void);

/// Tells Valgrind which stack a signal handler returns to. Call it at the end of a handler during which other threads
/// ran.
/// @param context  the handler's third argument
TL_API void tl__signal_stack_leave(const void *context);

#ifdef __cplusplus
}
#endif

#endif
