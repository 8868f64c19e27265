// SPDX-License-Identifier: MIT
#include "trace/output.h"

#include <string.h>

#include "fiber/callback.h"

void tl__trace_output_flush(tl__trace_output *output)
{
    if (output->used > 0 && !output->failed) {
        TL__CALLBACK(callback);
        output->failed = !output->write(output->bytes, output->used, output->user_data);
    }
    output->used = 0;
}

void tl__trace_output_add(tl__trace_output *output, const void *bytes, size_t size)
{
    if (size > sizeof output->bytes - output->used)
        tl__trace_output_flush(output);
    memcpy(output->bytes + output->used, bytes, size);
    output->used += size;
}
