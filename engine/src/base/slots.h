// SPDX-License-Identifier: MIT
/// Pointers by number, each number good for one life: what an id that outlives its object is looked up in.
#ifndef TELAR_ENGINE_BASE_SLOTS_H
#define TELAR_ENGINE_BASE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "telar/result.h"

typedef struct tl__slot {
    void *object;        ///< null while it is free
    uint32_t generation; ///< of its object, or of the next one
    uint32_t next_free1;
} tl__slot;

/// Zero is empty.
typedef struct tl__slots {
    tl__slot *slots;
    uint32_t count, capacity, free1;
} tl__slots;

/// Finds a place for an object: its number, from 1 on. TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__slots_put(tl__slots *slots, void *object, uint32_t *index1);
/// The object of an id, or null. Inline, since each wait for an event or at a channel does that.
static inline void *tl__slots_get(const tl__slots *slots, uint32_t index1, uint32_t generation)
{
    if (index1 == 0 || index1 > slots->count || slots->slots[index1 - 1].generation != generation)
        return NULL;
    return slots->slots[index1 - 1].object;
}

uint32_t tl__slots_generation(const tl__slots *slots, uint32_t index1);
void tl__slots_take(tl__slots *slots, uint32_t index1);
void tl__slots_free(tl__slots *slots);

#endif
