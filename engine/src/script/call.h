// SPDX-License-Identifier: MIT
/// The first thing of each call that only scripts may make.
#ifndef TELAR_ENGINE_SCRIPT_CALL_H
#define TELAR_ENGINE_SCRIPT_CALL_H

#include "world/world_state.h"

/// The running script, where it may wait and end: neither in a predicate nor in a clean-up. TL_OK;
/// TL_ERROR_NO_SCRIPT, TL_ERROR_UNWINDING, which were reported then.
tl_result tl__call_check(const char *call, tl__script_record **script);
/// The same; then waits for its turn alone, and does not come back where the script is to end.
tl_result tl__call_enter(const char *call, tl__script_record **script);
/// Suspends a script that is to end for good.
_Noreturn void tl__wait_for_the_end(tl__script_record *script);

#endif
