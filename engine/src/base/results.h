/// The engine's results, for tl_result_string and tl_result_name.
#ifndef TELAR_ENGINE_BASE_RESULTS_H
#define TELAR_ENGINE_BASE_RESULTS_H

#include "base/result_list.h"

extern tl__result_list tl__engine_results;

#endif
