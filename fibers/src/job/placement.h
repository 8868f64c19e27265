// SPDX-License-Identifier: MIT
/// Choosing the CPU on which a woken worker begins.
#ifndef TELAR_JOB_PLACEMENT_H
#define TELAR_JOB_PLACEMENT_H

#include "job/system.h"

/// Prepares the wake-up of a sleeping worker. Called by the thread that wakes it, right before; idle.spin is held.
void tl__placement_prepare(tl__worker_record *worker);

/// Undoes the preparation, and records on which CPU and how late the worker begins. Called by the worker, right after
/// it was woken.
void tl__placement_after_wake(tl__worker_record *worker);

#endif
