// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <psapi.h>

#include "check.h"
#include "system_memory.h"

const tl_guard cheapest_guard = TL_GUARD_MPROTECT;

/// Wine makes a mapping of its kernel for each guard and each stack, and Linux allows 65,530.
bool has_few_guards(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll"), "wine_get_version") != NULL;
}

bool is_readable(const char *address)
{
    MEMORY_BASIC_INFORMATION info; // a read, even by the system, would open a guard
    CHECK(VirtualQuery(address, &info, sizeof info) != 0);
    return info.State == MEM_COMMIT && !(info.Protect & (PAGE_NOACCESS | PAGE_GUARD));
}

static PROCESS_MEMORY_COUNTERS memory_counters(void)
{
    PROCESS_MEMORY_COUNTERS counters;
    CHECK(K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters));
    return counters;
}

long long resident_bytes(void)
{
    return (long long)memory_counters().WorkingSetSize;
}

long long most_resident_bytes(void)
{
    return (long long)memory_counters().PeakWorkingSetSize;
}

long long page_table_bytes(void)
{
    return 0;
}

long long available_bytes(void)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    CHECK(GlobalMemoryStatusEx(&status));
    return (long long)status.ullAvailPhys;
}
