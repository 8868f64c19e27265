/// Guards: address space that faults when touched.
#ifndef TELAR_GUARD_H
#define TELAR_GUARD_H

#include <stddef.h>

#include "telar/pool.h"

/// Makes [low, low + size) fault. `*kind` is TL_GUARD_AUTO as long as it is not known what the kernel can do, and is
/// decided here. TL_OK, TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT.
tl_result tl__guard_install(void *low, size_t size, tl_guard *kind);

#endif
