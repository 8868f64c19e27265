// SPDX-License-Identifier: MIT
/// Where a trace is written to, in pieces of some size.
#ifndef TELAR_TRACE_OUTPUT_H
#define TELAR_TRACE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tl__trace_output {
    bool (*write)(const void *bytes, size_t size, void *user_data);
    void *user_data;
    bool failed; ///< `write` returned false: it is not called any more
    size_t used;
    char bytes[32768];
} tl__trace_output;

void tl__trace_output_add(tl__trace_output *output, const void *bytes, size_t size);
void tl__trace_output_flush(tl__trace_output *output);

#endif
