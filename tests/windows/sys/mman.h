// SPDX-License-Identifier: MIT
/// What the tests use of <sys/mman.h>, on Windows' calls.
#ifndef TELAR_TESTS_MMAN_H
#define TELAR_TESTS_MMAN_H

#define WIN32_LEAN_AND_MEAN
#include <stddef.h>
#include <windows.h>

#include <psapi.h>

enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 0, MAP_ANONYMOUS = 0 };
#define MAP_FAILED ((void *)-1)

static inline void *mmap(void *at, size_t size, int protection, int flags, int file, long offset)
{
    (void)at, (void)flags, (void)file, (void)offset;
    void *made =
        VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, protection == PROT_NONE ? PAGE_NOACCESS : PAGE_READWRITE);
    return made != NULL ? made : MAP_FAILED;
}

static inline int munmap(void *low, size_t size)
{
    (void)size;
    return VirtualFree(low, 0, MEM_RELEASE) ? 0 : -1;
}

static inline int mprotect(void *low, size_t size, int protection)
{
    DWORD before;
    return VirtualProtect(low, size, protection == PROT_NONE ? PAGE_NOACCESS : PAGE_READWRITE, &before) ? 0 : -1;
}

static inline int mincore(void *low, size_t size, unsigned char *pages)
{
    for (size_t i = 0; i * 4096 < size; ++i) {
        PSAPI_WORKING_SET_EX_INFORMATION asked = {.VirtualAddress = (char *)low + i * 4096};
        if (!K32QueryWorkingSetEx(GetCurrentProcess(), &asked, sizeof asked))
            return -1;
        pages[i] = (unsigned char)asked.VirtualAttributes.Valid;
    }
    return 0;
}

#endif
