// SPDX-License-Identifier: MIT
/// For the calls of every part of Telar that find themselves misused.
#ifndef TELAR_BASE_MISUSE_H
#define TELAR_BASE_MISUSE_H

#include "base/compiler.h"
#include "telar/misuse.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Tells the hook, then gives `why` back: `return tl__misuse(TL_ERROR_NULL, __func__);`.
TL_API tl_result tl__misuse(tl_result why, const char *call) __attribute__((cold, noinline));

#ifdef __cplusplus
}
#endif

#endif
