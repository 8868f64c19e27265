// SPDX-License-Identifier: MIT
/// Scripts that return values and are defined in files of their own, in C and in C++, for callers in both.
#ifndef TELAR_TEST_RETURNING_H
#define TELAR_TEST_RETURNING_H

#include "telar/script.h"

struct road {
    double length;
    int stops;
};

struct journey {
    int from, to;
};

#ifdef __cplusplus
extern "C" {
#endif
TL_SCRIPT_DECLARE_RETURNING(struct road, finds_in_c, struct journey);
TL_SCRIPT_DECLARE_RETURNING(struct road, finds_in_cpp, struct journey);
#ifdef __cplusplus
}
#endif

#endif
