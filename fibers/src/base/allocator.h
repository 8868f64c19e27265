// SPDX-License-Identifier: MIT
/// Memory for all libraries, from the allocator that tl_set_allocator set. Sizes are bytes, more than 0 but for the
/// `had` of memory that there was none of.
#ifndef TELAR_BASE_ALLOCATOR_H
#define TELAR_BASE_ALLOCATOR_H

#include "telar/api.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Memory that holds anything, aligned for any type. Null: there is none.
TL_API void *tl__allocate(size_t size);
/// The same, but zeros.
TL_API void *tl__allocate_zeros(size_t size);
/// Makes memory larger or smaller; `memory` may be null, of 0 bytes. Null: there is none, and the memory is as it was.
TL_API void *tl__reallocate(void *memory, size_t had, size_t size);
/// Frees what one of these returned, which may be null.
TL_API void tl__free(void *memory, size_t size);

/// @param alignment  a power of two
TL_API void *tl__allocate_aligned(size_t size, size_t alignment);
TL_API void tl__free_aligned(void *memory, size_t size, size_t alignment);

/// Gives an array, which may be null, room for `capacity` items instead of `had`; the new ones hold anything. False:
/// there is no memory for them, and the array is as it was.
#define TL__GROW(array, had, capacity)                                                                                 \
    (__extension__({                                                                                                   \
        void *tl__grown =                                                                                              \
            tl__reallocate((array), (size_t)(had) * sizeof *(array), (size_t)(capacity) * sizeof *(array));            \
        if (tl__grown != NULL)                                                                                         \
            (array) = tl__grown;                                                                                       \
        tl__grown != NULL;                                                                                             \
    }))

#ifdef __cplusplus
}
#endif

#endif
