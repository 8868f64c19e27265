// SPDX-License-Identifier: MIT
/// How scripts end themselves: they suspend for good, and are then unwound from outside, since a script's children must
/// end before its blocks are left.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_EXIT_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_EXIT_H

#include "telar/result.h"

/// Implements tl_exit for scripts.
tl_result tl__script_exit(void);

#endif
