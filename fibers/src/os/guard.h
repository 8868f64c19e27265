// SPDX-License-Identifier: MIT
/// Guards: address space that faults when touched.
#ifndef TELAR_OS_GUARD_H
#define TELAR_OS_GUARD_H

#include <stddef.h>

#include "telar/pool.h"

/// Bytes of a guard where a pool's description does not say.
#if defined(_WIN32)
enum { TL__DEFAULT_GUARD_SIZE = 32 * 1024 }; // six pages of it are for the report of an overflow (guard_windows.c)
#elif defined(__aarch64__)
enum { TL__DEFAULT_GUARD_SIZE = 64 * 1024 }; // gcc does not probe the pages of smaller frames there
#else
enum { TL__DEFAULT_GUARD_SIZE = 16 * 1024 };
#endif

/// Makes [low, low + size) fault when touched, by the method `asked`. On entry *made is the method of the pool's
/// previous guard, or `asked` for its first one; on success it is set to the method of this guard. Returns TL_OK,
/// TL_ERROR_GUARD or TL_ERROR_MAX_MAP_COUNT. The first guard that madvise reports as installed in a process is tested;
/// if it does not fault, or cannot be tested, this counts as a failure of madvise.
tl_result tl__guard_install(void *low, size_t size, tl_guard asked, tl_guard *made);

#endif
