/// Waiting for scripts.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_WAIT_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_WAIT_H

#include "world/world_state.h"

/// TL_OK, or TL_ERROR_CYCLE where it would wait for itself.
tl_result tl__check_cycle(const tl__script *script, const tl__script *awaited);

#endif
