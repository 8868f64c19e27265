// SPDX-License-Identifier: MIT
/// Reports which jobs and threads wait for what.
#ifndef TELAR_JOB_DEADLOCK_H
#define TELAR_JOB_DEADLOCK_H

#include "base/report.h"
#include "fiber/dump.h"
#include "job/system.h"
#include "telar/log.h"

/// The list of waiting threads, which deadlock.c guards.
extern tl__blocked *tl__blocked_threads;

/// Empties the list of waiting threads in a new child process, where no other thread exists.
void tl__blocked_forget(void);
/// Makes each new child process do that, also one without a job system.
void tl__blocked_watch_forks(void);
/// Writes a report when all workers sleep, and jobs wait that no worker can wake, unless it was written before. Returns
/// the kind of report; `report` stays empty when there is nothing to report.
tl_log_id tl__find_deadlock(tl_job_system *jobs, tl__report *report);
/// Adds a thread to the list of waiting threads when it begins to wait, and removes it when its wait has ended.
void tl__blocked_enter(tl__blocked *thread);
void tl__blocked_leave(tl__blocked *thread);
/// Notes the waiting threads, each by the name of the fiber that runs there, as many as there is room for. Returns how
/// many wait.
uint32_t tl__blocked_note(tl__dump_note *noted, uint32_t room);
/// For shutdown: picks one of the system's waiting threads, removes its waiter from the object that it waits for, and
/// sets the waiter's answer to TL_CANCELLED. Returns the waiter, which the caller must wake; null if no thread waits.
/// Called while all workers sleep and idle.spin is held.
tl__waiter *tl__blocked_cancel(tl_job_system *jobs);
/// Adds a line to the report for each waiting job.
void tl__report_waiting(tl_job_system *jobs, tl__report *report);

#endif
