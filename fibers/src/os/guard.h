// SPDX-License-Identifier: MIT
/// Guards: address space that faults when touched.
#ifndef TELAR_OS_GUARD_H
#define TELAR_OS_GUARD_H

#include <stddef.h>

#include "telar/pool.h"

/// Makes [low, low + size) fault, in the way that was asked for; *made says how it was done, and before that how the
/// last one was, or at first what was asked for. TL_OK, TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT. The first guard that
/// madvise says it made in a process is tried; where it does not fault, or that cannot be found out, madvise counts as
/// refused.
tl_result tl__guard_install(void *low, size_t size, tl_guard asked, tl_guard *made);

#endif
