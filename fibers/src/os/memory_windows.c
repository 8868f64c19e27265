// SPDX-License-Identifier: MIT
// Address space is reserved once for a pool; each page of it is committed before its first use. Committed memory counts
// against the system's limit at once, but takes memory only where it is touched.
#define WIN32_LEAN_AND_MEAN
#include "os/memory.h"

#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <psapi.h>

size_t tl__page_size(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
}

void *tl__memory_map(size_t size)
{
    return VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_READWRITE);
}

bool tl__memory_commit(void *low, size_t size)
{
    return VirtualAlloc(low, size, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

void tl__memory_unmap(void *low, size_t size)
{
    (void)size;
    VirtualFree(low, 0, MEM_RELEASE);
}

bool tl__memory_open(void *low, size_t size, bool open)
{
    DWORD before;
    return VirtualProtect(low, size, open ? PAGE_READWRITE : PAGE_NOACCESS, &before);
}

void tl__memory_prefer_large_pages(void *memory, size_t size)
{
    (void)memory, (void)size; // they need a privilege here
}

bool tl__memory_is_resident(void *low, size_t size, unsigned char *pages)
{
    enum { AT_ONCE = 64 };
    size_t page = tl__page_size(), count = (size + page - 1) / page;
    for (size_t done = 0; done < count; done += AT_ONCE) {
        PSAPI_WORKING_SET_EX_INFORMATION asked[AT_ONCE];
        size_t now = count - done < AT_ONCE ? count - done : AT_ONCE;
        for (size_t i = 0; i < now; ++i)
            asked[i].VirtualAddress = (char *)low + (done + i) * page;
        if (!K32QueryWorkingSetEx(GetCurrentProcess(), asked, (DWORD)(now * sizeof *asked)))
            return false;
        for (size_t i = 0; i < now; ++i)
            pages[done + i] = (unsigned char)asked[i].VirtualAttributes.Valid;
    }
    return true;
}

tl_result tl__memory_populate(void *low, size_t size)
{
    tl__memory_touch(low, size);
    return TL_OK;
}

bool tl__memory_discard(void *low, size_t size)
{
    // Not MEM_RESET, after which the pages may keep their content. What was decommitted must be committed again, as it
    // is part of a stack: if another process has taken the memory in between, wait for it.
    enum { TRIES = 1000 };
    if (!VirtualFree(low, size, MEM_DECOMMIT))
        return false;
    for (int i = 0; i < TRIES; ++i) {
        if (tl__memory_commit(low, size))
            return true;
        Sleep(10);
    }
    fprintf(stderr, "telar: the system does not give back the memory of a stack that was trimmed\n");
    abort();
}

void *tl__system_allocate(size_t size, size_t alignment)
{
    return alignment <= _Alignof(max_align_t) ? malloc(size) : _aligned_malloc(size, alignment);
}

void tl__system_free(void *memory, size_t alignment)
{
    if (alignment <= _Alignof(max_align_t))
        free(memory);
    else
        _aligned_free(memory);
}
