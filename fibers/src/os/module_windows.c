// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include "os/module.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

bool tl__module_describe(const void *address, char *text, size_t size)
{
    HMODULE module;
    char path[MAX_PATH];
    DWORD how = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    if (!GetModuleHandleExA(how, address, &module) || GetModuleFileNameA(module, path, sizeof path) == 0)
        return false;
    const char *slash = strrchr(path, '\\');
    snprintf(text, size, "%s+0x%zx", slash != NULL ? slash + 1 : path,
             (size_t)((const char *)address - (const char *)module));
    return true;
}
