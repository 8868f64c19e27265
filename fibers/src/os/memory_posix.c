// SPDX-License-Identifier: MIT
#include "os/memory.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_STACK // only a hint, which not all systems know
#define MAP_STACK 0
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
    // With large pages, the first touch of one stack would make many stacks resident.
    tl__memory_refuse_large_pages(mapping, size);
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
    return mincore(low, size, (void *)pages) == 0; // macOS has it with char *
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
