// SPDX-License-Identifier: MIT
// Keeps a worker that is woken off the CPU of the thread that wakes it.
//
// A kernel should let the woken thread begin on an idle CPU. In a virtual machine Linux often does not: when the host
// has preempted an idle virtual CPU, the guest's kernel counts that CPU as busy (vcpu_is_preempted), and so queues the
// woken thread on the CPU of its waker. There it waits for milliseconds, or runs in the waker's place, while the other
// CPU is idle, until the kernel balances its queues.
//
// So a worker checks, each time that it is woken, on which CPU it begins to run, and how late. If that was its waker's
// CPU, or very late, then for the next AVOIDED wake-ups the waker first excludes its own CPU from the worker's
// affinity, and the worker restores its affinity as the first thing it does. If it then still begins late, something
// else delays it, and at the next wake-up the kernel chooses again. Where the kernel places threads well, all this
// costs two clock reads and no system call.
//
// The waker excludes its CPU only for threads that the job system started: the affinity of any other thread is not ours
// to change, not even for a moment. (Nor does a child process change that of its parent's threads.) The method has two
// costs. If another program changes a worker's affinity after the wake-up, before the worker has restored it, that
// change is lost. And if a real-time thread occupies the only CPU that is left to the woken worker, the worker waits as
// long as that thread runs; but then it has begun late, so the next wake-up is left to the kernel again.
#include "job/placement.h"

#include "job/fork.h"
#include "os/spin.h"

enum {
    AVOIDED = 1000,            // wake-ups; after these the kernel chooses once, to find out whether it does well now
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
        return; // the waker's CPU is unknown, and no CPU was excluded
    bool is_late = (int64_t)(tl__nanoseconds() - placement->woken_at) > LATE_NANOSECONDS;
    if (placement->is_excluded) {
        tl__affinity_restore(&placement->before);
        placement->avoid = is_late ? 0 : placement->avoid - 1;
    } else {
        placement->avoid = is_late || tl__cpu_here() == placement->waker_cpu ? AVOIDED : 0;
    }
}
