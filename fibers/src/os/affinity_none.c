// SPDX-License-Identifier: MIT
// Where no thread may be kept off a CPU: macOS, and Windows, whose kernel starts woken threads on idle CPUs.
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
