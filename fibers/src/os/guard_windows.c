// SPDX-License-Identifier: MIT
// Pages of a pool that are reserved and not committed fault when touched. But the kernel cannot call any handler then,
// as it pushes the exception onto the stack that has no room: the process would end without a word. So the upper pages
// of a guard are committed, and guarded by PAGE_GUARD: their first touch raises a stack overflow, and the kernel opens
// them for the handler. (The switch sets the bounds of the stack in the thread's environment block, by which the kernel
// knows them for a stack's.) What lies below is reserved for good.
#define WIN32_LEAN_AND_MEAN
#include "os/guard.h"

#include "arch/guard_pages.h"

#include <windows.h>

#include "os/memory.h"

tl_result tl__guard_install(void *low, size_t size, tl_guard asked, tl_guard *made)
{
    DWORD before;
    size_t page = tl__page_size(), opened = TL__GUARD_PAGES * page;
    if (asked == TL_GUARD_MADVISE)
        return TL_ERROR_GUARD;
    *made = TL_GUARD_MPROTECT;
    if (size <= opened) // an overflow ends the process without a report
        return TL_OK;
    void *guard = (char *)low + size - opened;
    if (!tl__memory_commit(guard, opened))
        return TL_ERROR_OUT_OF_MEMORY;
    return VirtualProtect(guard, opened, PAGE_READWRITE | PAGE_GUARD, &before) ? TL_OK : TL_ERROR_GUARD;
}
