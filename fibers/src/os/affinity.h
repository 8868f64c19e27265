// SPDX-License-Identifier: MIT
/// On which CPUs a thread may run.
#ifndef TELAR_OS_AFFINITY_H
#define TELAR_OS_AFFINITY_H

#include <stdbool.h>

#ifdef __linux__
#include <sched.h>
#endif

/// The CPUs that a thread may run on.
typedef struct tl__affinity {
#ifdef __linux__
    cpu_set_t set;
#else
    char unused;
#endif
} tl__affinity;

/// The CPU that the calling thread runs on, from 0; negative where the system does not say.
int tl__cpu_here(void);

/// Forbids a thread of this process one CPU, until it calls tl__affinity_restore with what this leaves in *before.
/// @param thread  its tl__thread_system_id
/// @return false, and nothing has changed: it may run on no other CPU, or not on this one anyway, or the system refuses
bool tl__affinity_exclude(int thread, int cpu, tl__affinity *before);

/// Lets the calling thread run where it could before.
void tl__affinity_restore(const tl__affinity *before);

#endif
