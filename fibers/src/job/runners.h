/// The fibers that run jobs: the free ones, and those that can still be made.
#ifndef TELAR_JOB_RUNNERS_H
#define TELAR_JOB_RUNNERS_H

#include "job/system.h"

/// Takes a free runner, or makes one. Null: there is none.
tl__runner *tl__runner_take(tl_jobs *jobs, tl_job_stack stack);
/// The same for a job that is there: when it is null, a worker will be woken as soon as there is one.
tl__runner *tl__runner_take_or_starve(tl_jobs *jobs, tl_job_stack stack);
/// Puts a runner that has no job any more where others find it.
void tl__runner_put(tl_jobs *jobs, tl__runner *runner);
/// Makes another free runner. TL_OK; TL_ERROR_POOL_EXHAUSTED at the limit; what tl_fiber_create answers.
tl_result tl__runner_add(tl_jobs *jobs, tl_job_stack stack);
/// Cancels what a runner's fiber does, and lets it run jobs anew.
void tl__runner_reset(tl__runner *runner);

/// Whether a job could begin: a hint.
static inline bool tl__runner_is_left(const tl_jobs *jobs, tl_job_stack stack)
{
    const tl__free_runners *list = &jobs->free[stack];
    return (tl__load(&list->count, memory_order_relaxed) | tl__load(&list->left, memory_order_relaxed)) != 0;
}

#endif
