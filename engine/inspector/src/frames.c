// SPDX-License-Identifier: MIT
#include "frames.h"

#define SECOND 1e9f

/// Returns the share of `nanoseconds` in which a worker was awake, in 255ths.
static uint8_t share_awake(int64_t slept, int64_t nanoseconds)
{
    double awake = nanoseconds > 0 ? 1 - (double)slept / (double)nanoseconds : 1;
    return (uint8_t)(255 * (awake < 0 ? 0 : awake > 1 ? 1 : awake));
}

static void note_workers(tl__frames *frames, const tl_job_system *jobs, tl__seen_frame *frame, int64_t passed)
{
    tl__worker_look looks[TL__WORKERS_SHOWN];
    uint32_t count = tl__workers_look_at(jobs, looks, TL__WORKERS_SHOWN);
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t index = looks[i].worker_index;
        if (index >= TL__WORKERS_SHOWN)
            continue;
        frame->awake[index] = share_awake(looks[i].slept - frames->slept[index], passed);
        frames->slept[index] = looks[i].slept;
    }
}

void tl__frames_note(tl__frames *frames, const tl_job_system *jobs, bool is_page_open, int64_t now)
{
    int64_t passed = now - frames->began;
    tl__seen_frame frame = {.seconds = (float)passed / SECOND, .stepping = (float)frames->stepping / SECOND};
    if (is_page_open && jobs != NULL)
        note_workers(frames, jobs, &frame, passed);
    if (is_page_open && frames->is_measured)
        frames->latest[frames->count++ % TL__FRAMES] = frame;
    frames->is_measured = is_page_open;
    frames->began = now;
    frames->stepping = 0;
}

void tl__frames_copy(const tl__frames *frames, tl__snapshot *to)
{
    to->frame_count = frames->count < TL__FRAMES ? (uint32_t)frames->count : TL__FRAMES;
    for (uint32_t i = 0; i < to->frame_count; ++i)
        to->frames[i] = frames->latest[(frames->count - to->frame_count + i) % TL__FRAMES];
}
