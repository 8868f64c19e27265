// SPDX-License-Identifier: MIT
/// How scripts end by themselves: a wait that never comes back, since their children have to end before their blocks
/// are left.
#ifndef TELAR_ENGINE_SCRIPT_SCRIPT_EXIT_H
#define TELAR_ENGINE_SCRIPT_SCRIPT_EXIT_H

#include "telar/result.h"

/// tl_exit in a script.
tl_result tl__script_exit(void);

#endif
