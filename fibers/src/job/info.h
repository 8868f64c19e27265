// SPDX-License-Identifier: MIT
/// Describes the running job for messages, and workers for an inspector.
#ifndef TELAR_JOB_INFO_H
#define TELAR_JOB_INFO_H

#include <stdbool.h>

#include "telar/hooks.h"
#include "telar/job.h"

/// A tl__running_finder that finds the running job.
bool tl__job_find_running(tl_running *running);

typedef struct tl__worker_look {
    char name[24];
    uint32_t worker_index; ///< among all workers, also those whose places no thread takes: it stays the same
    bool is_main, is_asleep;
    int64_t slept;   ///< nanoseconds so far
    uint32_t queued; ///< jobs in its own queues
} tl__worker_look;

/// Looks at the workers of a system, but for places that no external thread takes; at most at `most` of them. Returns
/// at how many.
/// @thread any
TL_API uint32_t tl__workers_look_at(const tl_job_system *jobs, tl__worker_look *looks, uint32_t most);

#endif
