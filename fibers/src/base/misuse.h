// SPDX-License-Identifier: MIT
/// Reports of misuse, for every part of Telar.
#ifndef TELAR_BASE_MISUSE_H
#define TELAR_BASE_MISUSE_H

#include "base/compiler.h"
#include "telar/misuse.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Calls the misuse hook, then returns `why`: `return tl__misuse(TL_ERROR_NULL, __func__);`.
TL_API tl_result tl__misuse(tl_result why, const char *call) __attribute__((cold, noinline));

#ifdef __cplusplus
}
#endif

#endif
