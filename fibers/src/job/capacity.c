// SPDX-License-Identifier: MIT
#include "job/capacity.h"

#include "job/job_fibers.h"
#include "os/spin.h"

/// Returns whether the system is shutting down: then every job may wait, since waiting jobs will be cancelled.
static bool is_closing(tl_job_system *jobs)
{
    tl__spin_acquire(&jobs->idle.spin);
    bool closing = jobs->closing;
    tl__spin_release(&jobs->idle.spin);
    return closing;
}

bool tl__give_up_runnable(tl__job_fiber *job_fiber)
{
    tl__word *runnable = &job_fiber->jobs->runnable[job_fiber->stack];
    // relaxed: only a count; no other data is published with it.
    do {
        if (tl__sub(runnable, 1, memory_order_relaxed) != 1 ||
            tl__job_fiber_add(job_fiber->jobs, job_fiber->stack) == TL_OK || is_closing(job_fiber->jobs))
            return true;
    } while (tl__add(runnable, 1, memory_order_relaxed) !=
             0); // another worker made the last job fiber meanwhile: try again
    return false;
}
