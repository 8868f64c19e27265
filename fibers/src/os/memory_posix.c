// SPDX-License-Identifier: MIT
#include "os/memory.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// Linux 5.14; the C library's headers may be older than the kernel. Source: include/uapi/asm-generic/mman-common.h.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

size_t tl__page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void *tl__memory_map(size_t size)
{
    void *mapping =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED)
        return NULL;
    // With huge pages, the first touch of one stack would make many stacks resident. On kernels without huge pages this
    // call fails, which does no harm.
    (void)madvise(mapping, size, MADV_NOHUGEPAGE);
    return mapping;
}

bool tl__memory_commit(void *low, size_t size)
{
    (void)low, (void)size; // each page is usable from the start
    return true;
}

void tl__memory_unmap(void *low, size_t size)
{
    munmap(low, size);
}

bool tl__memory_open(void *low, size_t size, bool open)
{
    return mprotect(low, size, open ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;
}

bool tl__memory_is_resident(void *low, size_t size, unsigned char *pages)
{
    return mincore(low, size, pages) == 0;
}

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

void *tl__system_allocate(size_t size, size_t alignment)
{
    if (alignment <= _Alignof(max_align_t))
        return malloc(size);
    return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void tl__system_free(void *memory, size_t alignment)
{
    (void)alignment;
    free(memory);
}

void tl__memory_prefer_large_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, size, MADV_HUGEPAGE); // on failure the pages stay ordinary ones
#else
    (void)memory, (void)size;
#endif
}
