// SPDX-License-Identifier: MIT
#include "os/memory.h"

#include <sys/mman.h>

#include "base/allocator.h"

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

void tl__memory_unmap(void *low, size_t size)
{
    munmap(low, size);
}

bool tl__memory_open(void *low, size_t size, bool open)
{
    return mprotect(low, size, open ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;
}

static size_t round_to_large_pages(size_t size)
{
    return (size + TL__LARGE_PAGE - 1) / TL__LARGE_PAGE * TL__LARGE_PAGE;
}

void *tl__memory_allocate_large(size_t size)
{
    size_t rounded = round_to_large_pages(size);
    void *memory = tl__allocate_aligned(rounded, TL__LARGE_PAGE);
#ifdef MADV_HUGEPAGE
    if (memory != NULL)
        (void)madvise(memory, rounded, MADV_HUGEPAGE); // on failure the pages stay ordinary ones
#endif
    return memory;
}

void tl__memory_free_large(void *memory, size_t size)
{
    tl__free_aligned(memory, round_to_large_pages(size), TL__LARGE_PAGE);
}
