// SPDX-License-Identifier: MIT
/// The engine's results, for tl_result_string and tl_result_name.
#ifndef TELAR_ENGINE_BASE_RESULTS_H
#define TELAR_ENGINE_BASE_RESULTS_H

#include "base/result_list.h"

extern TL__RESULT_LIST tl__engine_results;

#endif
