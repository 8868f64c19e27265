// SPDX-License-Identifier: MIT
/// A text that is put together from pieces, for the log; what does not fit is left out, and the text ends in dots then.
#ifndef TELAR_BASE_REPORT_H
#define TELAR_BASE_REPORT_H

#include <stddef.h>

typedef struct tl__report {
    char text[2048];
    size_t used;
} tl__report;

__attribute__((format(printf, 2, 3))) void tl__report_add(tl__report *report, const char *format, ...);

#endif
