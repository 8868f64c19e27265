// SPDX-License-Identifier: MIT
/// Makes a timeline of what the threads recorded.
#ifndef TELAR_TRACE_TIMELINE_H
#define TELAR_TRACE_TIMELINE_H

#include "fiber/trace.h"
#include "fiber/trace_ring.h"
#include "telar/result.h"
#include "trace/writer.h"

/// The events of one ring, copied.
typedef struct tl__trace_part {
    tl__trace_copied *events;
    size_t count;
    uint64_t thread; ///< number of the thread that uses the ring
    uint32_t name;   ///< and its name
} tl__trace_part;

/// Writes all that the parts say. Changes the parts.
/// @return TL_OK; TL_ERROR_OUT_OF_MEMORY
tl_result tl__timeline_write(tl__trace_writer *writer, tl__trace_part *parts, size_t count, tl__trace_clock clock);

#endif
