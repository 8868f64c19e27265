// SPDX-License-Identifier: MIT
#include "base/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void tl__report_add(tl__report *report, const char *format, ...)
{
    size_t room = sizeof report->text - report->used;
    if (room == 0)
        return;
    va_list values;
    va_start(values, format);
    int length = vsnprintf(report->text + report->used, room, format, values);
    va_end(values);
    if (length < 0)
        return;
    if ((size_t)length >= room) {
        memcpy(report->text + sizeof report->text - 4, "...", 4);
        length = (int)room;
    }
    report->used += (size_t)length;
}
