// SPDX-License-Identifier: MIT
/// A job system for explored programs.
#ifndef TELAR_EXPLORE_JOBS_H
#define TELAR_EXPLORE_JOBS_H

#include "check.h"
#include "explore.h"
#include "telar/job.h"
#include "telar/log.h"

static inline void explore_refuse_log(const tl_log *item)
{
    check_fail("explore", 0, "reported without reason: %s", item->text);
}

/// Creates a job system that few jobs fill. The fields that `desc` leaves at 0 get small values, and the seed decides
/// between 2 and 3 workers. The run fails as soon as the library logs anything.
static inline tl_job_system *explore_jobs(tl_job_system_desc desc)
{
    tl_set_log_hook(explore_refuse_log);
    if (desc.workers == 0)
        desc.workers = 2 + explore_choose(2);
    if (desc.waiting_jobs == 0)
        desc.waiting_jobs = 8;
    if (desc.fiber_count == 0)
        desc.fiber_count = 10;
    if (desc.large_fiber_count == 0)
        desc.large_fiber_count = 10;
    desc.queue_size = 4;
    desc.stack_size = desc.large_stack_size = 64 << 10;
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_job_system_create(&desc, &jobs));
    return jobs;
}

#endif
