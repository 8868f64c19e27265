// SPDX-License-Identifier: MIT
/// Handing over a job or a job fiber to a worker that may run it.
#ifndef TELAR_JOB_HAND_OVER_H
#define TELAR_JOB_HAND_OVER_H

#include "job/idle.h"

/// Puts a job or job fiber into the inbox for pinned work of the worker `pinned_to`, or into `inbox` if `pinned_to` is
/// null, and wakes a worker. From then on `queued` belongs to the worker that takes it.
static inline void tl__hand_over(tl_job_system *jobs, tl__worker_record *pinned_to, tl__inbox *inbox,
                                 tl_job_stack stack, tl__queued_kind kind, unsigned rank, tl__queued *queued)
{
    if (pinned_to != NULL) {
        tl__inbox_put(&pinned_to->pinned[stack], kind, rank, queued);
        tl__wake_worker(pinned_to);
    } else {
        tl__count_put(jobs, rank);
        tl__inbox_put(inbox, kind, rank, queued);
        tl__notify(jobs, rank);
    }
}

#endif
