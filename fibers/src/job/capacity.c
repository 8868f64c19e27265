#include "job/capacity.h"

#include "job/runners.h"
#include "os/spin.h"

/// Whether the system is about to end: then all that waits may wait, since it will be cancelled.
static bool is_closing(tl_job_system *jobs)
{
    tl__spin_acquire(&jobs->idle.spin);
    bool closing = jobs->closing;
    tl__spin_release(&jobs->idle.spin);
    return closing;
}

bool tl__give_up_able(tl__runner *runner)
{
    tl__word *able = &runner->jobs->able[runner->stack];
    // relaxed: a count, which nothing else hangs on.
    do {
        if (tl__sub(able, 1, memory_order_relaxed) != 1 || tl__runner_add(runner->jobs, runner->stack) == TL_OK ||
            is_closing(runner->jobs))
            return true;
    } while (tl__add(able, 1, memory_order_relaxed) != 0); // a worker made one meanwhile, and was the last to get one
    return false;
}
