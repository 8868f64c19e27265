// SPDX-License-Identifier: MIT
/// A table that maps ids to objects. An id is a slot's number and generation; the generation changes when the object is
/// removed, so an id that outlives its object is not found.
#ifndef TELAR_ENGINE_BASE_SLOTS_H
#define TELAR_ENGINE_BASE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "telar/result.h"

typedef struct tl__slot {
    void *object;        ///< null: the slot is free
    uint32_t generation; ///< of the slot's object, or of its next one
    uint32_t next_free1;
} tl__slot;

/// A zero-initialised table is empty.
typedef struct tl__slots {
    tl__slot *slots;
    uint32_t count, capacity, free1;
} tl__slots;

/// Stores an object, and sets *index1 to its slot's number, from 1 on. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__slots_put(tl__slots *slots, void *object, uint32_t *index1);
/// Returns the object of an id, or null if it is gone. Inline, since every wait for an event or channel calls it.
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
