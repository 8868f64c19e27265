/// A binary heap of pointers to items that know their place in it, so that any of them can be taken out.
#ifndef TELAR_HEAP_H
#define TELAR_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "telar/result.h"

/// To be the first member of each item.
typedef struct tl__heap_node {
    uint32_t place1; ///< its place counted from 1; 0 when it is in no heap
} tl__heap_node;

typedef struct tl__heap {
    tl__heap_node **nodes;
    uint32_t count, capacity;
    bool (*before)(const tl__heap_node *left, const tl__heap_node *right); ///< a strict order
} tl__heap;

/// Makes room for `capacity` nodes in all. TL_OK or TL_ERROR_OUT_OF_MEMORY. Putting nodes in never fails within that
/// room.
tl_result tl__heap_reserve(tl__heap *heap, uint32_t capacity);
void tl__heap_free(tl__heap *heap);

void tl__heap_put(tl__heap *heap, tl__heap_node *node);
/// Takes a node out; nothing when it is in no heap. It must not be in another one.
void tl__heap_take(tl__heap *heap, tl__heap_node *node);
/// The first of all, or null.
tl__heap_node *tl__heap_first(const tl__heap *heap);

#endif
