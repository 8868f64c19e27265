// SPDX-License-Identifier: MIT
/// Memory for all libraries of Telar, from the allocator passed to tl_set_allocator. Sizes are in bytes and greater
/// than 0, except `had`, which is 0 when there was no memory before.
#ifndef TELAR_OS_ALLOCATOR_H
#define TELAR_OS_ALLOCATOR_H

#include "telar/api.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Returns uninitialised memory, aligned for any type, or null if there is none.
TL_API void *tl__allocate(size_t size);
/// As tl__allocate, but the memory is zeroed.
TL_API void *tl__allocate_zeros(size_t size);
/// Resizes `memory`, which may be null with `had` 0. Returns null, with the memory unchanged, if there is not enough.
TL_API void *tl__reallocate(void *memory, size_t had, size_t size);
/// Frees memory that one of these functions returned; `memory` may be null.
TL_API void tl__free(void *memory, size_t size);

/// Returns uninitialised memory with this alignment, or null if there is none.
/// @param alignment  a power of two
TL_API void *tl__allocate_aligned(size_t size, size_t alignment);
TL_API void tl__free_aligned(void *memory, size_t size, size_t alignment);

/// Resizes `array`, which may be null, from `had` to `capacity` items; new items are uninitialised. Evaluates to false,
/// with the array unchanged, if there is not enough memory.
#define TL__GROW(array, had, capacity)                                                                                 \
    (__extension__({                                                                                                   \
        void *tl__grown =                                                                                              \
            tl__reallocate((array), (size_t)(had) * sizeof *(array), (size_t)(capacity) * sizeof *(array));            \
        if (tl__grown != NULL)                                                                                         \
            (array) = tl__grown;                                                                                       \
        tl__grown != NULL;                                                                                             \
    }))

/// As TL__GROW, but `array` refers to valid memory at each moment: for a signal handler that interrupts it. Its user
/// includes <stdatomic.h> and <string.h>.
#define TL__GROW_BY_COPY(array, had, capacity)                                                                         \
    (__extension__({                                                                                                   \
        void *tl__before = (array), *tl__grown = tl__allocate((size_t)(capacity) * sizeof *(array));                   \
        if (tl__grown != NULL) {                                                                                       \
            if ((had) > 0)                                                                                             \
                memcpy(tl__grown, tl__before, (size_t)(had) * sizeof *(array));                                        \
            atomic_signal_fence(memory_order_seq_cst);                                                                 \
            (array) = tl__grown;                                                                                       \
            atomic_signal_fence(memory_order_seq_cst);                                                                 \
            tl__free(tl__before, (size_t)(had) * sizeof *(array));                                                     \
        }                                                                                                              \
        tl__grown != NULL;                                                                                             \
    }))

enum { TL__LARGE_PAGE = 2 << 20 };

/// Allocates memory for large data with scattered accesses: in large pages, where the system has them, which makes
/// address translation cheaper. Returns null if there is no memory.
TL_API void *tl__allocate_large(size_t size);
TL_API void tl__free_large(void *memory, size_t size);

#ifdef __cplusplus
}
#endif

#endif
