// SPDX-License-Identifier: MIT
/// How the latest frames went, and in which of them each worker was awake. Only noted while the page is open.
#ifndef TELAR_INSPECTOR_FRAMES_H
#define TELAR_INSPECTOR_FRAMES_H

#include "snapshot.h"

/// Zero-initialised, there are none.
typedef struct tl__frames {
    uint64_t count;                   ///< so far
    int64_t began, stepping;          ///< when the frame began; nanoseconds of its steps so far
    int64_t slept[TL__WORKERS_SHOWN]; ///< of each worker when the frame began, by tl__worker_look.worker_index
    bool is_measured;                 ///< the frame: the page was open when it began
    tl__seen_frame latest[TL__FRAMES];
} tl__frames;

/// Notes how the frame went that has just ended, and begins the next.
/// @param jobs  may be null
void tl__frames_note(tl__frames *frames, const tl_job_system *jobs, bool is_page_open, int64_t now);

/// Copies the latest frames to a snapshot.
void tl__frames_copy(const tl__frames *frames, tl__snapshot *to);

#endif
