// SPDX-License-Identifier: MIT
#include "trace/writer.h"

#include <stdio.h>

void tl__trace_label_text(tl__trace_label label, char text[TL__TRACE_LABEL_SIZE])
{
    if (label.object == TL__TRACE_NO_NAME)
        snprintf(text, TL__TRACE_LABEL_SIZE, "%s", tl__trace_name(label.name));
    else
        snprintf(text, TL__TRACE_LABEL_SIZE, "%s \"%s\"", tl__trace_name(label.name), tl__trace_name(label.object));
}
