// SPDX-License-Identifier: MIT
/// What the tests use of <dlfcn.h>, on Windows' calls.
#ifndef TELAR_TESTS_DLFCN_H
#define TELAR_TESTS_DLFCN_H

#define WIN32_LEAN_AND_MEAN
#include <stdio.h>
#include <windows.h>

enum { RTLD_LOCAL = 0, RTLD_NOW = 2, RTLD_NOLOAD = 4 };

static inline void *dlopen(const char *path, int mode)
{
    return mode & RTLD_NOLOAD ? GetModuleHandleA(path) : LoadLibraryA(path);
}

static inline const char *dlerror(void)
{
    static char text[32];
    snprintf(text, sizeof text, "error %lu", GetLastError());
    return text;
}

static inline void *dlsym(void *library, const char *name)
{
    return (void *)(uintptr_t)GetProcAddress((HMODULE)library, name);
}

static inline int dlclose(void *library)
{
    return FreeLibrary((HMODULE)library) ? 0 : -1;
}

#endif
