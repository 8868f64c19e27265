// SPDX-License-Identifier: MIT
/// What ended scripts leave behind, for as long as it is kept. They do not keep their slots for that: those that ended
/// last are used again first, while they are still in the cache.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_RESULTS_H
#define TELAR_ENGINE_WORLD_SCRIPT_RESULTS_H

#include "world/script_record.h"

/// TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__script_results_init(tl__script_results *results);
void tl__script_results_free(tl__script_results *results);
/// Takes an end over, and drops the oldest.
void tl__script_results_put(tl__script_results *results, tl_script id, const tl__end *end);
/// Null when it is not kept any more.
const tl__end *tl__script_results_find(const tl__script_results *results, tl_script script);
/// Gives a listener what an ended script has for it: its result or its failure. How it ended.
tl_result tl__script_catch(const tl__end *ended, tl__listener *listener);

#endif
