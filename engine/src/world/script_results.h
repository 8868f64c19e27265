// SPDX-License-Identifier: MIT
/// The results of ended scripts, as long as they are kept. They are stored apart from the script slots, so that the
/// slots of the scripts that ended last can be reused first, while they are still in the cache.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_RESULTS_H
#define TELAR_ENGINE_WORLD_SCRIPT_RESULTS_H

#include "world/script_record.h"

/// Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__script_results_init(tl__script_results *results);
void tl__script_results_free(tl__script_results *results);
/// Stores a script's end, whose result and failure it takes over, and drops the oldest end.
void tl__script_results_put(tl__script_results *results, tl_script id, const tl__end *end);
/// Returns how a script ended, or null when that is not kept any more.
const tl__end *tl__script_results_find(const tl__script_results *results, tl_script script);
/// Passes an ended script's result or failure to a listener. Returns how the script ended.
tl_result tl__script_catch(const tl__end *ended, tl__listener *listener);

#endif
