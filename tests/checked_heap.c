// SPDX-License-Identifier: MIT
#include "checked_heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#ifdef _WIN32
#include <malloc.h>
#define HEAP_ALLOCATE(alignment, size) _aligned_malloc((size), (alignment))
#define HEAP_FREE(memory) _aligned_free(memory)
#else
#define HEAP_ALLOCATE(alignment, size) aligned_alloc((alignment), (size))
#define HEAP_FREE(memory) free(memory)
#endif

/// Lies directly before each block.
typedef struct header {
    uint64_t mark;
    size_t size, alignment;
    void *memory;
} header;

static const uint64_t IN_USE = 0xA110CA7EDB10C000;

long checked_heap_fail_after = -1;
static long blocks, allocations;
static int user; ///< its address is the allocator's user_data

static void *allocate(size_t size, size_t alignment, void *user_data)
{
    CHECK_POINTER(&user, user_data);
    CHECK(size > 0);
    CHECK(alignment >= 16 && (alignment & (alignment - 1)) == 0);
    if (checked_heap_fail_after == 0)
        return NULL;
    if (checked_heap_fail_after > 0)
        --checked_heap_fail_after;
    size_t before = alignment > sizeof(header) ? alignment : (sizeof(header) + 15) / 16 * 16;
    char *memory = HEAP_ALLOCATE(alignment, (before + size + alignment - 1) / alignment * alignment);
    CHECK(memory != NULL);
    memset(memory + before, 0xA5, size); // new memory may hold anything
    header *made = (header *)(void *)(memory + before) - 1;
    *made = (header){IN_USE, size, alignment, memory};
    __atomic_add_fetch(&blocks, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return memory + before;
}

static void give_back(void *memory, size_t size, size_t alignment, void *user_data)
{
    CHECK_POINTER(&user, user_data);
    header *freed = (header *)memory - 1;
    CHECK(freed->mark == IN_USE);
    CHECK_UINT(freed->size, size);
    CHECK_UINT(freed->alignment, alignment);
    freed->mark = 0;
    memset(memory, 0x5A, size); // what is still used of it will be noticed
    __atomic_sub_fetch(&blocks, 1, __ATOMIC_RELAXED);
    HEAP_FREE(freed->memory);
}

const tl_allocator checked_heap = {.allocate = allocate, .free = give_back, .user_data = &user};

int checked_heap_refusals(tl_result (*create)(void))
{
    int refused = 0;
    tl_result result;
    while (checked_heap_fail_after = refused, (result = create()) != TL_OK) {
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, result);
        CHECK_INT(0, checked_heap_blocks());
        ++refused;
    }
    checked_heap_fail_after = -1;
    return refused;
}

long checked_heap_blocks(void)
{
    return __atomic_load_n(&blocks, __ATOMIC_RELAXED);
}

long checked_heap_allocations(void)
{
    return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}
