// SPDX-License-Identifier: MIT
// macOS. Written by its documentation, not run yet.
#include "os/memory.h"

#include <stdbool.h>
#include <sys/mman.h>

tl_result tl__memory_populate(void *low, size_t size)
{
    tl__memory_touch(low, size);
    return TL_OK;
}

bool tl__memory_discard(void *low, size_t size)
{
    // Not MADV_DONTNEED, after which the pages keep their content there. A new mapping in the same place reads as
    // zeros.
    void *again = mmap(low, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return again != MAP_FAILED;
}

void tl__memory_prefer_large_pages(void *memory, size_t size)
{
    (void)memory, (void)size; // the system chooses
}

void tl__memory_refuse_large_pages(void *memory, size_t size)
{
    (void)memory, (void)size; // nor does it use them for such mappings
}
