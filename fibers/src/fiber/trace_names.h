// SPDX-License-Identifier: MIT
/// The names in traces: each is copied once, and then known by a number, since a script's name may be gone when the
/// trace is saved.
#ifndef TELAR_FIBER_TRACE_NAMES_H
#define TELAR_FIBER_TRACE_NAMES_H

#include <stdint.h>

#include "fiber/trace_event.h"

enum {
    TL__TRACE_NAME_SIZE = 64, ///< bytes that are kept of a name, with the terminating zero
    TL__TRACE_NAMES = 1 << TL__TRACE_NAME_BITS,
    TL__TRACE_NO_NAME = 0, ///< for a null pointer
    TL__TRACE_MORE_NAMES,  ///< for all names once there are too many
    // Those that timelines need, in the order of `always` in trace_names.c.
    TL__NAME_RUNS,
    TL__NAME_READY,
    TL__NAME_ASLEEP,
    TL__NAME_WAKES,
    TL__NAME_FRAME,
    TL__TRACE_FIRST_NAME,
};

/// Returns the number of a name; TL__TRACE_MORE_NAMES also if there is no memory. Takes a lock.
uint32_t tl__trace_add_name(const char *name);

/// Returns the copy of a name, which stays.
const char *tl__trace_name(uint32_t number);

/// Returns how many names there are: each number below is one.
uint32_t tl__trace_name_count(void);

/// The names that one thread used lately, found by their addresses.
typedef struct tl__trace_recent {
    const char *name, *copy;
    uint32_t number;
} tl__trace_recent;
enum { TL__TRACE_RECENT_NAMES = 256 };

/// As tl__trace_add_name, without the lock if the calling thread's `recent` names have it.
uint32_t tl__trace_find_name(tl__trace_recent recent[TL__TRACE_RECENT_NAMES], const char *name);

/// Has the lock held during forks, so that a child can take it. To be called before it is first taken.
void tl__trace_watch_forks(void);

/// Guards what all threads share of a trace.
void tl__trace_lock(void);
void tl__trace_unlock(void);

#endif
