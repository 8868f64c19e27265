// SPDX-License-Identifier: MIT
// What is the same on all systems.
#include "os/memory.h"

#include <stdint.h>

void tl__memory_touch(void *low, size_t size)
{
    for (size_t offset = 0; offset < size; offset += tl__page_size())
        *((volatile char *)low + offset) = 0;
}

tl_result tl__memory_release(void *low, void *high)
{
    uintptr_t page = tl__page_size();
    uintptr_t from = ((uintptr_t)low + page - 1) & ~(page - 1), to = (uintptr_t)high & ~(page - 1);
    if (from >= to)
        return TL_OK;
    return tl__memory_discard((void *)from, to - from) ? TL_OK : TL_ERROR_SYSTEM;
}
