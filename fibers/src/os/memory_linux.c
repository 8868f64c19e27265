// SPDX-License-Identifier: MIT
#include "os/memory.h"

#include <errno.h>
#include <sys/mman.h>

// Linux 5.14; the C library's headers may be older than the kernel. Source: include/uapi/asm-generic/mman-common.h.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

tl_result tl__memory_populate(void *low, size_t size)
{
    if (madvise(low, size, MADV_POPULATE_WRITE) == 0)
        return TL_OK;
    if (errno != EINVAL)
        return TL_ERROR_OUT_OF_MEMORY;
    // The kernel does not know MADV_POPULATE_WRITE, so write to each page, which makes it resident.
    tl__memory_touch(low, size);
    return TL_OK;
}

bool tl__memory_discard(void *low, size_t size)
{
    return madvise(low, size, MADV_DONTNEED) == 0;
}

void tl__memory_prefer_large_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, size, MADV_HUGEPAGE); // on failure the pages stay ordinary ones
#else
    (void)memory, (void)size;
#endif
}

void tl__memory_refuse_large_pages(void *memory, size_t size)
{
#ifdef MADV_NOHUGEPAGE
    (void)madvise(memory, size, MADV_NOHUGEPAGE); // on kernels without large pages it fails, which does no harm
#else
    (void)memory, (void)size;
#endif
}
