// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "system_memory.h"

const tl_guard cheapest_guard = TL_GUARD_MADVISE;

bool has_few_guards(void)
{
    return false;
}

bool is_readable(const char *address)
{
    // The kernel reads the byte, which does not fault.
    int ends[2];
    CHECK_INT(0, pipe(ends));
    ssize_t written = write(ends[1], address, 1);
    CHECK(written == 1 || errno == EFAULT);
    CHECK_INT(0, close(ends[0]) | close(ends[1]));
    return written == 1;
}

/// Returns a figure from a file of /proc, in bytes; -1 if there is none.
static long long proc_bytes(const char *file, const char *key)
{
    char line[256];
    long long kilobytes = -1;
    FILE *table = fopen(file, "r");
    while (table != NULL && fgets(line, sizeof line, table) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kilobytes = atoll(line + strlen(key));
    if (table != NULL)
        fclose(table);
    return kilobytes < 0 ? -1 : kilobytes * 1024;
}

long long resident_bytes(void)
{
    return proc_bytes("/proc/self/status", "VmRSS:");
}

long long most_resident_bytes(void)
{
    return proc_bytes("/proc/self/status", "VmHWM:");
}

long long page_table_bytes(void)
{
    return proc_bytes("/proc/self/status", "VmPTE:");
}

long long available_bytes(void)
{
    return proc_bytes("/proc/meminfo", "MemAvailable:");
}
