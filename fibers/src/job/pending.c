// SPDX-License-Identifier: MIT
#include "job/pending.h"
#include "os/spin.h"

tl__job *tl__pending_take(tl_job_system *jobs)
{
    tl__spin_acquire(&jobs->pending_spin);
    tl__writes(&jobs->pending_free);
    tl__queued *free = jobs->pending_free;
    if (free != NULL)
        jobs->pending_free = free->next;
    tl__spin_release(&jobs->pending_spin);
    return tl__job_in(free);
}

void tl__pending_put(tl_job_system *jobs, tl__job *job)
{
    tl__spin_acquire(&jobs->pending_spin);
    tl__writes(&jobs->pending_free);
    job->queued.next = jobs->pending_free;
    jobs->pending_free = &job->queued;
    tl__spin_release(&jobs->pending_spin);
}
