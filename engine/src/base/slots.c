// SPDX-License-Identifier: MIT
#include "base/slots.h"

#include <stdatomic.h>
#include <string.h>

#include "os/allocator.h"

static tl_result grow_slots(tl__slots *slots)
{
    uint32_t capacity = slots->capacity == 0 ? 64 : slots->capacity * 2;
    if (!TL__GROW_BY_COPY(slots->slots, slots->capacity, capacity))
        return TL_ERROR_OUT_OF_MEMORY;
    slots->capacity = capacity;
    return TL_OK;
}

tl_result tl__slots_put(tl__slots *slots, void *object, uint32_t *index1)
{
    if (slots->free1 == 0) {
        if (slots->count == slots->capacity && grow_slots(slots) != TL_OK)
            return TL_ERROR_OUT_OF_MEMORY;
        slots->slots[slots->count++] = (tl__slot){.generation = 1};
        slots->free1 = slots->count;
    }
    *index1 = slots->free1;
    tl__slot *slot = &slots->slots[*index1 - 1];
    slots->free1 = slot->next_free1;
    slot->object = object;
    return TL_OK;
}

uint32_t tl__slots_generation(const tl__slots *slots, uint32_t index1)
{
    return slots->slots[index1 - 1].generation;
}

void tl__slots_take(tl__slots *slots, uint32_t index1)
{
    tl__slot *slot = &slots->slots[index1 - 1];
    slot->object = NULL;
    if (++slot->generation == 0)
        return; // all generations are used up: reusing the slot would make stale ids valid again
    slot->next_free1 = slots->free1;
    slots->free1 = index1;
}

void tl__slots_free(tl__slots *slots)
{
    tl__free(slots->slots, slots->capacity * sizeof *slots->slots);
    *slots = (tl__slots){0};
}
