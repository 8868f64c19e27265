/// Arrays that grow.
#ifndef TELAR_ENGINE_BASE_GROW_H
#define TELAR_ENGINE_BASE_GROW_H

#include <stdlib.h>

/// Gives an array, which may be null, room for `capacity` items; the new ones hold anything. False when there is no
/// memory for them; then the array is as it was.
#define TL__GROW(array, capacity)                                                                                      \
    (__extension__({                                                                                                   \
        void *tl__grown = realloc((array), (size_t)(capacity) * sizeof *(array));                                      \
        if (tl__grown != NULL)                                                                                         \
            (array) = tl__grown;                                                                                       \
        tl__grown != NULL;                                                                                             \
    }))

#endif
