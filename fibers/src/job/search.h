// SPDX-License-Identifier: MIT
/// Looking for something to run until there is something, and sleeping meanwhile.
#ifndef TELAR_JOB_SEARCH_H
#define TELAR_JOB_SEARCH_H

#include "job/system.h"

/// When a thread works no longer.
typedef struct tl__until {
    bool (*is_so)(void *context);
    void *context;
    unsigned ranks; ///< number of ranks, from the first on, that are run meanwhile; 0: all
} tl__until;

/// Looks for something until it is so or something is found; sleeps meanwhile, when that takes long.
tl__job_fiber *tl__search(tl__worker_record *worker, const tl__until *until);

#endif
