// SPDX-License-Identifier: MIT
#include "base/results.h"

#include "telar/engine_result.h"

TL__DEFINE_RESULT_LIST(tl__engine_results, TL_ENGINE_RESULTS)
