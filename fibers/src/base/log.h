// SPDX-License-Identifier: MIT
/// Telling the log hook.
#ifndef TELAR_BASE_LOG_H
#define TELAR_BASE_LOG_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/log.h"

/// Calls the log hook. When that is left in another way than by its return, the process says so and aborts.
TL_API void tl__log_news(const tl_log *item);

/// The same where the caller may be left: the process does not abort while `is_ending` answers true.
void tl__log_in(const tl_log *item, bool (*is_ending)(void));

#endif
