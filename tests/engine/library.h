// SPDX-License-Identifier: MIT
/// What the test of closing a library and that library share.
#ifndef TELAR_TEST_LIBRARY_H
#define TELAR_TEST_LIBRARY_H

#include "telar/concurrency.h"

typedef enum visit_manner {
    WAITS,    ///< for good
    SHIELDED, ///< for two steps, in a shield, and then for good
    RESPAWNS, ///< waits; its clean-up spawns a script that only waits
} visit_manner;

/// The argument of the library's scripts.
struct visit {
    visit_manner manner;
    int *begun, *cleaned; ///< counters of the program
};

#endif
