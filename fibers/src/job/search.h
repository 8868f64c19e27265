// SPDX-License-Identifier: MIT
/// Searching for work until there is some, and sleeping meanwhile.
#ifndef TELAR_JOB_SEARCH_H
#define TELAR_JOB_SEARCH_H

#include "job/system.h"

/// Tells a thread that runs jobs when to stop: as soon as `is_so` returns true.
typedef struct tl__until {
    bool (*is_so)(void *context);
    void *context;
    unsigned ranks; ///< number of ranks, starting with 0, that the thread runs meanwhile; 0: all
} tl__until;

/// Searches for a job fiber to run, until it finds one, `until` is true, or it has made a report to the log; sleeps
/// when that takes long. Returns null if it found none.
tl__job_fiber *tl__search(tl__worker_record *worker, const tl__until *until);

#endif
