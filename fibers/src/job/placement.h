// SPDX-License-Identifier: MIT
/// Chooses the CPU on which a woken worker begins to run.
#ifndef TELAR_JOB_PLACEMENT_H
#define TELAR_JOB_PLACEMENT_H

#include "job/system.h"

/// Prepares the wake-up of a sleeping worker. The thread that wakes it calls this right before, and holds idle.spin.
void tl__placement_prepare(tl__worker_record *worker);

/// Undoes the preparation, and checks on which CPU, and how late, the worker begins to run. The worker calls this right
/// after it was woken.
void tl__placement_after_wake(tl__worker_record *worker);

#endif
