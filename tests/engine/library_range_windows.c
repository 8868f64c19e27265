// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include "library_range.h"

#include <windows.h>

#include <psapi.h>

#include "check.h"

void find_library(const void *address, const char **begin, const char **end)
{
    HMODULE library;
    MODULEINFO info;
    CHECK(GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                             address, &library));
    CHECK(K32GetModuleInformation(GetCurrentProcess(), library, &info, sizeof info));
    *begin = info.lpBaseOfDll;
    *end = *begin + info.SizeOfImage;
}
