// SPDX-License-Identifier: MIT
/// What ended scripts leave behind.
#ifndef TELAR_ENGINE_WORLD_END_RECORD_H
#define TELAR_ENGINE_WORLD_END_RECORD_H

#include <stddef.h>

#include "telar/script.h"

struct tl__failure;

/// A copy of what a script returned.
typedef struct tl__returned {
    size_t size;
    _Alignas(max_align_t) char bytes[];
} tl__returned;

/// A script's end. Its result and failure are its own.
typedef struct tl__end {
    tl_script id;
    tl_result how; ///< TL_OK, TL_CANCELLED, TL_ERROR_FAILED
    const tl_fiber_entry *entry;
    tl__returned *result;        ///< null for none, or for zeros
    struct tl__failure *failure; ///< what it failed with
} tl__end;

/// Ends in the order in which they came, in a ring.
typedef struct tl__script_results {
    tl__end *ends;
    uint32_t next;
} tl__script_results;

#endif
