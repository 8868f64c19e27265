// SPDX-License-Identifier: MIT
#include "os/affinity.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(cpu_set_t) <= sizeof(tl__affinity), "the mask is kept in it");

int tl__cpu_here(void)
{
    return sched_getcpu();
}

bool tl__affinity_exclude(int thread, int cpu, tl__affinity *before)
{
    // sched_getaffinity fails if the kernel supports more CPUs than a cpu_set_t.
    cpu_set_t others;
    if (cpu < 0 || sched_getaffinity(thread, sizeof others, &others) != 0)
        return false;
    if (!CPU_ISSET((size_t)cpu, &others))
        return false;
    memcpy(before, &others, sizeof others);
    CPU_CLR((size_t)cpu, &others);
    return sched_setaffinity(thread, sizeof others, &others) == 0; // fails for an empty set
}

void tl__affinity_restore(const tl__affinity *before)
{
    // A thread that was unrestricted must become so again: then it follows later changes of its cpuset, which a saved
    // mask does not. So allow all CPUs first, and set the saved mask only if that allowed other CPUs than the mask.
    cpu_set_t set, saved;
    memcpy(&saved, before, sizeof saved);
    memset(&set, 0xff, sizeof set);
    sched_setaffinity(0, sizeof set, &set);
    if (sched_getaffinity(0, sizeof set, &set) != 0 || !CPU_EQUAL(&set, &saved))
        sched_setaffinity(0, sizeof saved, &saved);
}
