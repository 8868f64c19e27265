// SPDX-License-Identifier: MIT
/// Restricts the CPUs that a thread may run on.
#ifndef TELAR_OS_AFFINITY_H
#define TELAR_OS_AFFINITY_H

#include <stdbool.h>
#include <stdint.h>

/// The CPUs that a thread may run on.
typedef struct tl__affinity {
    uint64_t mask[16];
} tl__affinity;

/// Returns the index of the CPU that the calling thread runs on, or a negative number if the system does not report it.
int tl__cpu_here(void);

/// Keeps a thread of this process off one CPU, until that thread calls tl__affinity_restore with *before, which
/// receives its old mask.
/// @param thread  the thread's tl__thread_system_id
/// @return false, with nothing changed, if `cpu` is the only CPU that the thread may use, or one that it may not use
/// anyway, or if the system refuses
bool tl__affinity_exclude(int thread, int cpu, tl__affinity *before);

/// Gives the calling thread back the mask that tl__affinity_exclude saved.
void tl__affinity_restore(const tl__affinity *before);

#endif
