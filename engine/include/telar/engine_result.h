// SPDX-License-Identifier: MIT
/// telar/engine_result.h: results that only calls of the engine return, besides those in telar/result.h.
#ifndef TELAR_ENGINE_RESULT_H
#define TELAR_ENGINE_RESULT_H

#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Each result of the engine: its name, its value and its text.
#define TL_ENGINE_RESULTS(X)                                                                                           \
    X(TL_CLOSED, 100, "the channel is closed")                                                                         \
    X(TL_ERROR_NO_SCRIPT, -100, "the call belongs inside a script, and no script is running")                          \
    X(TL_ERROR_IN_SCRIPT, -101, "the call belongs outside the scripts of this world, and one of them is running")      \
    X(TL_ERROR_OTHER_WORLD, -102, "the two belong to different worlds")                                                \
    X(TL_ERROR_FAILED, -103, "the script ended with an error of its own")                                              \
    X(TL_ERROR_NONE_LEFT, -104, "whatever could have won the race is gone")                                            \
    X(TL_ERROR_OTHER_THREAD, -105, "another thread is stepping the world")                                             \
    X(TL_ERROR_NOT_FROZEN, -106, "the group is not frozen, or was thawed as often as it was frozen")

enum { TL_ENGINE_RESULTS(TL_RESULT_ENUM) };

#ifdef __cplusplus
}
#endif

#endif
