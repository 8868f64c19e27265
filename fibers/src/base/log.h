// SPDX-License-Identifier: MIT
/// Calls of the log hook, and of a listener.
#ifndef TELAR_BASE_LOG_H
#define TELAR_BASE_LOG_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/log.h"

/// Sets a function that also gets all messages; null: none. A thread may still be in the one before afterwards.
TL_API void tl__log_listen(tl_log_hook listener);

/// Calls the log hook. Aborts the process, with a message, if the hook is left in any way other than returning.
TL_API void tl__log_news(const tl_log *item);

/// As tl__log_news, for a caller that may be ended inside the hook: does not abort while `is_ending` returns true.
void tl__log_in(const tl_log *item, bool (*is_ending)(void));

#endif
