/// What ended scripts leave behind: how they ended, their results and failures, for as long as they are kept. They do
/// not keep their slots for that: those that ended last are used again first, while they are still in the cache.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_RESULTS_H
#define TELAR_ENGINE_WORLD_SCRIPT_RESULTS_H

#include "telar/script.h"

struct tl__failure;

/// A script's end. Its result and failure are its own.
typedef struct tl__end {
    tl_script id;
    tl_result how; ///< TL_OK, TL_CANCELLED, TL_ERROR_FAILED
    const tl_fiber_entry *entry;
    void *result;                ///< null for none, or for zeros
    struct tl__failure *failure; ///< what it failed with
} tl__end;

/// Ends in the order in which they came, in a ring.
typedef struct tl__kept {
    tl__end *ends;
    uint32_t next;
} tl__kept;

/// TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__kept_init(tl__kept *kept);
void tl__kept_free(tl__kept *kept);
/// Takes an end over, and drops the oldest.
void tl__kept_put(tl__kept *kept, const tl__end *end);
/// Null when it is not kept any more.
const tl__end *tl__kept_find(const tl__kept *kept, tl_script script);

#endif
