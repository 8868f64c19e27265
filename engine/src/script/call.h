// SPDX-License-Identifier: MIT
/// The checks at the start of each call that only scripts may make.
#ifndef TELAR_ENGINE_SCRIPT_CALL_H
#define TELAR_ENGINE_SCRIPT_CALL_H

#include "world/world_state.h"

/// Gets the running script and checks that it may wait and end here: neither in a predicate nor in a clean-up.
/// @return TL_OK; TL_ERROR_NO_SCRIPT or TL_ERROR_UNWINDING, already reported
tl_result tl__call_check(const char *call, tl__script_record **script);
/// As tl__call_check; then waits until the script runs exclusively. Does not return if the script must end.
tl_result tl__call_enter(const char *call, tl__script_record **script);
/// Suspends the running script for good, so that it can be ended.
_Noreturn void tl__wait_for_the_end(tl__script_record *script);

#endif
