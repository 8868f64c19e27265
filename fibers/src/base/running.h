// SPDX-License-Identifier: MIT
/// Finds what runs on the calling thread (a fiber, job or script) by asking each layer.
#ifndef TELAR_BASE_RUNNING_H
#define TELAR_BASE_RUNNING_H

#include <stdbool.h>

#include "telar/api.h"
#include "telar/hooks.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Fills in *running with the fiber, job or script, depending on the layer, that runs on the calling thread. Returns
/// false if there is none.
typedef bool (*tl__running_finder)(tl_running *running);

/// Registers the finder of a layer. Each layer registers its own when it is first used, so that this file depends on no
/// layer.
TL_API void tl__running_find_with(tl_running_kind kind, tl__running_finder find);

#ifdef __cplusplus
}
#endif

#endif
