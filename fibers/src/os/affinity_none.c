// SPDX-License-Identifier: MIT
// Systems on which woken threads are not kept off CPUs: only Linux is known to need that (job/placement.c).
#include "os/affinity.h"

int tl__cpu_here(void)
{
    return -1;
}

bool tl__affinity_exclude(int thread, int cpu, tl__affinity *before)
{
    (void)thread, (void)cpu, (void)before;
    return false;
}

void tl__affinity_restore(const tl__affinity *before)
{
    (void)before;
}
