// SPDX-License-Identifier: MIT
/// What a format of traces must be able to write. A trace consists of tracks, and these of slices, which nest, marks
/// and values. Times are in nanoseconds; no call has an earlier one than the
/// call before.
#ifndef TELAR_TRACE_WRITER_H
#define TELAR_TRACE_WRITER_H

#include <stdint.h>

#include "fiber/trace_names.h"
#include "trace/output.h"

/// A name, or two: that of an object that another one is about. The numbers are those of fiber/trace_names.h.
typedef struct tl__trace_label {
    uint32_t name;
    uint32_t object; ///< TL__TRACE_NO_NAME: none
} tl__trace_label;
enum { TL__TRACE_LABEL_SIZE = 2 * TL__TRACE_NAME_SIZE + 4 };

/// Writes the text of a label, such as `an event "alarm"`.
void tl__trace_label_text(tl__trace_label label, char text[TL__TRACE_LABEL_SIZE]);

/// The groups of tracks. A track's number is a multiple of TL__TRACK_GROUPS plus its group; the groups' own are the
/// least.
enum { TL__GROUP_PROCESS = 1, TL__GROUP_FIBERS, TL__GROUP_JOBS, TL__GROUP_SCRIPTS, TL__TRACK_GROUPS = 8 };

typedef enum tl__track_kind {
    TL__TRACK_GROUP,
    TL__TRACK_THREAD,
    TL__TRACK_LANE,
    TL__TRACK_COUNTER, ///< has values instead of slices
} tl__track_kind;

typedef struct tl__trace_writer tl__trace_writer;

typedef struct tl__trace_writing {
    void (*begin)(tl__trace_writer *writer);
    void (*end)(tl__trace_writer *writer);
    /// Declares a track, before it is used.
    /// @param parent  its group, or a lane; 0 for the group of the process, which all others belong to
    void (*track)(tl__trace_writer *writer, uint32_t track, uint32_t parent, tl__track_kind kind, const char *name);
    /// Begins a slice.
    /// @param flow  number of a flow that a mark began, and that ends here; 0: none
    void (*slice)(tl__trace_writer *writer, uint32_t track, int64_t time, tl__trace_label label, uint64_t flow);
    /// Ends the track's latest slice that has not ended.
    void (*slice_end)(tl__trace_writer *writer, uint32_t track, int64_t time);
    /// @param flow  number of a flow that begins here; 0: none
    void (*mark)(tl__trace_writer *writer, uint32_t track, int64_t time, tl__trace_label label, uint64_t flow);
    /// @param name  that of the track
    void (*value)(tl__trace_writer *writer, uint32_t track, int64_t time, const char *name, double value);
} tl__trace_writing;

struct tl__trace_writer {
    const tl__trace_writing *writing;
    tl__trace_output output;
    bool has_begun;                           ///< something was written
    uint8_t known_names[TL__TRACE_NAMES / 8]; ///< a bit for each name that was written
};

extern const tl__trace_writing tl__trace_perfetto, tl__trace_chrome;

#endif
