#include "heap.h"

#include <assert.h>
#include <stdlib.h>

tl_result tl__heap_reserve(tl__heap *heap, uint32_t capacity)
{
    if (capacity <= heap->capacity)
        return TL_OK;
    tl__heap_node **nodes = realloc(heap->nodes, capacity * sizeof(tl__heap_node *));
    if (nodes == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    heap->nodes = nodes;
    heap->capacity = capacity;
    return TL_OK;
}

void tl__heap_free(tl__heap *heap)
{
    free(heap->nodes);
    heap->nodes = NULL;
    heap->count = heap->capacity = 0;
}

static void place(tl__heap *heap, uint32_t index, tl__heap_node *node)
{
    heap->nodes[index] = node;
    node->place1 = index + 1;
}

static void sift_up(tl__heap *heap, uint32_t index, tl__heap_node *node)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / 2;
        if (!heap->before(node, heap->nodes[parent]))
            break;
        place(heap, index, heap->nodes[parent]);
        index = parent;
    }
    place(heap, index, node);
}

static void sift_down(tl__heap *heap, uint32_t index, tl__heap_node *node)
{
    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->before(heap->nodes[child + 1], heap->nodes[child]))
            ++child;
        if (!heap->before(heap->nodes[child], node))
            break;
        place(heap, index, heap->nodes[child]);
        index = child;
    }
    place(heap, index, node);
}

void tl__heap_put(tl__heap *heap, tl__heap_node *node)
{
    assert(node->place1 == 0 && heap->count < heap->capacity);
    sift_up(heap, heap->count++, node);
}

void tl__heap_take(tl__heap *heap, tl__heap_node *node)
{
    if (node->place1 == 0)
        return;
    uint32_t index = node->place1 - 1;
    tl__heap_node *last = heap->nodes[--heap->count];
    node->place1 = 0;
    if (node == last)
        return;
    if (index > 0 && heap->before(last, heap->nodes[(index - 1) / 2]))
        sift_up(heap, index, last);
    else
        sift_down(heap, index, last);
}

tl__heap_node *tl__heap_first(const tl__heap *heap)
{
    return heap->count > 0 ? heap->nodes[0] : NULL;
}
