// SPDX-License-Identifier: MIT
/// What runs on the calling thread, as each layer knows it.
#ifndef TELAR_BASE_RUNNING_H
#define TELAR_BASE_RUNNING_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/hooks.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Fills in what of one kind runs on the calling thread. False: nothing of that kind does.
typedef bool (*tl__running_finder)(tl_running *running);

/// Called by each layer when it is first used, so that this one need not know them.
TL_API void tl__running_find_with(tl_running_kind kind, tl__running_finder find);

#ifdef __cplusplus
}
#endif

#endif
