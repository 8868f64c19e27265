// SPDX-License-Identifier: MIT
// Keeping a worker that is woken off the CPU of the thread that wakes it.
//
// A kernel should let the woken thread begin on a CPU that idles. In a virtual machine Linux often does not: the host
// has taken an idle CPU away, the guest's kernel counts that as one in use (vcpu_is_preempted), and so the woken thread
// is queued on the CPU of its waker. There it waits for milliseconds, or runs in the waker's place, while the other CPU
// idles, until the kernel balances its queues.
//
// So a worker looks, each time that it is woken, where it begins and how late. When that was its waker's CPU, or very
// late, then the next AVOIDED times it is forbidden that CPU before it is woken, and allows it to itself again as the
// first thing it does. When it begins late all the same, something else keeps it waiting, and the next time the kernel
// chooses. Where the kernel places threads well all this costs a look at two clocks, and no system call.
//
// Only threads that the system started are treated so: the affinity of any other is not ours to change, not even for a
// moment; nor are a parent's threads that of its child. What another program changes about the affinity of a worker in
// that moment is undone. And a thread of real-time priority that never leaves the only other CPU may keep such a worker
// waiting for as long, once.
#include "job/placement.h"

#include "job/fork.h"
#include "os/spin.h"

enum {
    AVOIDED = 1000,            // wake-ups, and then the kernel chooses once
    LATE_NANOSECONDS = 200000, // several times what waking a thread on another CPU takes in a virtual machine
};

void tl__placement_prepare(tl__worker_record *worker)
{
    tl__placement *placement = &worker->placement;
    placement->is_excluded = false;
    placement->waker_cpu = -1;
    if (placement->thread == 0 || worker == tl__worker_here() || tl__is_forked(worker->jobs))
        return;
    placement->waker_cpu = tl__cpu_here();
    placement->woken_at = tl__nanoseconds();
    placement->is_excluded =
        placement->avoid != 0 && tl__affinity_exclude(placement->thread, placement->waker_cpu, &placement->before);
}

void tl__placement_after_wake(tl__worker_record *worker)
{
    tl__placement *placement = &worker->placement;
    if (placement->waker_cpu < 0)
        return; // nothing is known, and nothing was done
    bool is_late = (int64_t)(tl__nanoseconds() - placement->woken_at) > LATE_NANOSECONDS;
    if (placement->is_excluded) {
        tl__affinity_restore(&placement->before);
        placement->avoid = is_late ? 0 : placement->avoid - 1;
    } else {
        placement->avoid = is_late || tl__cpu_here() == placement->waker_cpu ? AVOIDED : 0;
    }
}
