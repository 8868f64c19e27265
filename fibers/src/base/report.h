// SPDX-License-Identifier: MIT
/// A text for the log, built piece by piece. Text that does not fit is cut off, and the text then ends in "...".
#ifndef TELAR_BASE_REPORT_H
#define TELAR_BASE_REPORT_H

#include "telar/api.h"
#include <stddef.h>

typedef struct tl__report {
    char text[2048];
    size_t used;
} tl__report;

TL__PRINTF(2, 3) void tl__report_add(tl__report *report, const char *format, ...);

#endif
