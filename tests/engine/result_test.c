// SPDX-License-Identifier: MIT
// The engine's results in a program that uses little else of the engine: one call that can return one of them.
#include "telar/engine_result.h"

#include "check.h"
#include "telar/wait.h"

TEST(each_has_a_name_and_words)
{
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_step());
    TL_RESULTS(CHECK_RESULT_WORDS) // still complete: no value is in both lists
    TL_ENGINE_RESULTS(CHECK_RESULT_WORDS)
    CHECK_RESULT_ORDER(TL_ENGINE_RESULTS, 100);
}
