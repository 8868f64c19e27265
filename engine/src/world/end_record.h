// SPDX-License-Identifier: MIT
/// How scripts have ended: their results and failures.
#ifndef TELAR_ENGINE_WORLD_END_RECORD_H
#define TELAR_ENGINE_WORLD_END_RECORD_H

#include <stddef.h>

#include "telar/script.h"

struct tl__failure;

/// A copy of a script's return value.
typedef struct tl__returned {
    size_t size;
    _Alignas(max_align_t) char bytes[];
} tl__returned;

/// How a script has ended. Owns the result, and one reference to the failure.
typedef struct tl__end {
    tl_script id;
    tl_result how; ///< TL_OK, TL_CANCELLED, TL_ERROR_FAILED
    const tl_fiber_entry *entry;
    tl__returned *result;        ///< null: no return value, or all zeros
    struct tl__failure *failure; ///< null if it did not fail
} tl__end;

/// A ring buffer of ends, in the order in which the scripts ended.
typedef struct tl__script_results {
    tl__end *ends;
    uint32_t next;
} tl__script_results;

#endif
