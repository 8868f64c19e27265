// SPDX-License-Identifier: MIT
#include "os/module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool tl__module_describe(const void *address, char *text, size_t size)
{
    Dl_info found;
    if (dladdr(address, &found) == 0 || found.dli_fname == NULL)
        return false;
    const char *slash = strrchr(found.dli_fname, '/');
    snprintf(text, size, "%s+0x%zx", slash != NULL ? slash + 1 : found.dli_fname,
             (size_t)((const char *)address - (const char *)found.dli_fbase));
    return true;
}
