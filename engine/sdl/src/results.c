// SPDX-License-Identifier: MIT
#include "results.h"

#include "telar/sdl_result.h"

TL__DEFINE_RESULT_LIST(tl__sdl_results, TL_SDL_RESULTS)
