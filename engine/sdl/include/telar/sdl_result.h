// SPDX-License-Identifier: MIT
/// telar/sdl_result.h: what a call of the platform answers besides the results in telar/engine_result.h.
#ifndef TELAR_SDL_RESULT_H
#define TELAR_SDL_RESULT_H

#include "telar/engine_result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Every result of the platform with its value and its words.
#define TL_SDL_RESULTS(X)                                                                                              \
    X(TL_ERROR_FILE, -200, "the file could not be read or written")                                                    \
    X(TL_ERROR_VIDEO, -201, "the window, renderer or picture could not be made")

enum { TL_SDL_RESULTS(TL_RESULT_ENUM) };

#ifdef __cplusplus
}
#endif

#endif
