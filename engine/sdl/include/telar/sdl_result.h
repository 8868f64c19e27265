// SPDX-License-Identifier: MIT
/// telar/sdl_result.h: results that only calls of the SDL library return, besides those in telar/engine_result.h.
#ifndef TELAR_SDL_RESULT_H
#define TELAR_SDL_RESULT_H

#include "telar/engine_result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Each result of the SDL library: its name, its value and its text.
#define TL_SDL_RESULTS(X)                                                                                              \
    X(TL_ERROR_FILE, -200, "the file could not be read or written")                                                    \
    X(TL_ERROR_VIDEO, -201, "the window, renderer or picture could not be made")

enum { TL_SDL_RESULTS(TL_RESULT_ENUM) };

#ifdef __cplusplus
}
#endif

#endif
