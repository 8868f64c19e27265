// SPDX-License-Identifier: MIT
/// The result codes of this library (TL_SDL_RESULTS), for tl_result_string and tl_result_name.
#ifndef TELAR_SDL_RESULTS_H
#define TELAR_SDL_RESULTS_H

#include "base/result_list.h"

extern TL__RESULT_LIST tl__sdl_results;

#endif
