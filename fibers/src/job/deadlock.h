// SPDX-License-Identifier: MIT
/// Reporting which jobs and threads wait for what.
#ifndef TELAR_JOB_DEADLOCK_H
#define TELAR_JOB_DEADLOCK_H

#include "base/report.h"
#include "job/system.h"
#include "telar/log.h"

/// For a new child: no other thread waits.
void tl__blocked_forget(void);
/// Puts a report together when all workers sleep, and jobs wait that none of them can wake, unless it was reported
/// before. What it is; the report is empty when there is none.
tl_log_id tl__find_deadlock(tl_job_system *jobs, tl__report *report);
/// A thread begins to wait; it waits no more.
void tl__blocked_enter(tl__blocked *thread);
void tl__blocked_leave(tl__blocked *thread);
/// At the end of a system: takes one of its threads that wait off what it waits for, and answers TL_CANCELLED. It is to
/// be woken. Null: none waits. All workers sleep, and idle.spin is held.
tl__waiter *tl__blocked_cancel(tl_job_system *jobs);
/// Adds a line for each job that waits.
void tl__report_waiting(tl_job_system *jobs, tl__report *report);

#endif
