// SPDX-License-Identifier: MIT
// fork: the child has the memory of all job systems, but only the thread that called fork. Any lock inside a system may
// have been held by a thread that the child does not have. So a child uses nothing of its parent's systems: in the
// child the calling thread is no longer a worker, which costs other calls nothing, and calls that name a system compare
// one number (tl__is_forked).
//
// The thread may be inside a job. In the child that job can keep running (until it calls exec or _exit), but it cannot
// return control to its worker's code, which would take locks and run the parent's jobs a second time.
#include "job/fork.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/misuse.h"
#include "fiber/info.h"
#include "job/deadlock.h"

uint64_t tl__forks;
atomic_uint tl__systems;

static void enter_child(void)
{
    ++tl__forks;
    atomic_store_explicit(&tl__systems, 0, memory_order_relaxed);
    tl__blocked_forget();
    tl__worker_record *worker = tl__worker_here();
    if (worker == NULL)
        return;
    tl__job_fiber *job_fiber = worker->job_fiber;
    if (job_fiber != NULL)
        tl__fiber_set_state(job_fiber->fiber, tl__state(job_fiber->fiber) | TL__FORKED);
    tl__thread_set_worker(NULL);
}

bool tl__fork_watch(void)
{
    static tl__fork_hooks hooks = {.in_child = enter_child};
    return tl__at_fork(&hooks);
}

_Noreturn void tl__fork_job_returned(const tl__job *job)
{
    tl__misuse(TL_ERROR_FORKED, "the return of a job that called fork");
    fprintf(stderr,
            "telar: job \"%s\" called fork and gave control back in the child, where its job system has no threads: "
            "it must call exec or _exit there\n",
            tl__entry_name(job->entry));
    abort();
}
