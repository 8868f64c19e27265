// SPDX-License-Identifier: MIT
#include "world/world_ids.h"

#include "os/spin.h"
#include <stdlib.h>

/// Slot 0 stays empty, so that looking up 0, the id of no world, finds none.
static tl__world_slot first_chunk[TL__WORLD_CHUNK];
tl__world_slot *tl__world_chunks[TL__WORLD_CHUNKS] = {first_chunk};

/// State that only adding and removing worlds use.
static struct {
    tl__spin lock;
    uint32_t slots; ///< slots that were ever in use, slot 0 included
    uint32_t free;  ///< the slot that was freed last; 0: none is free
    uint64_t worlds;
} ids = {.slots = 1};

static tl__world_slot *slot_at(uint32_t slot)
{
    return &tl__world_chunks[slot >> TL__WORLD_CHUNK_BITS][slot & (TL__WORLD_CHUNK - 1)];
}

/// Takes a slot that was never in use. Returns null when there is no memory for it, or no slot number left.
static tl__world_slot *take_new(uint32_t *slot)
{
    if (ids.slots == 1u << TL__WORLD_SLOT_BITS)
        return NULL;
    tl__world_slot **chunk = &tl__world_chunks[ids.slots >> TL__WORLD_CHUNK_BITS];
    if (*chunk == NULL) {
        tl__world_slot *made = calloc(TL__WORLD_CHUNK, sizeof *made);
        if (made == NULL)
            return NULL;
        tl__store(chunk, made, memory_order_release); // pairs with tl__world_slot_of
    }
    *slot = ids.slots++;
    return slot_at(*slot);
}

static tl__world_slot *take_slot(uint32_t *slot)
{
    if (ids.free == 0)
        return take_new(slot);
    *slot = ids.free;
    tl__world_slot *taken = slot_at(*slot);
    ids.free = taken->next_free;
    return taken;
}

tl_result tl__world_ids_add(tl_world *world, uint64_t *id)
{
    uint32_t slot = 0;
    tl__spin_acquire(&ids.lock);
    tl__world_slot *taken = take_slot(&slot);
    if (taken != NULL) {
        *id = ++ids.worlds << TL__WORLD_SLOT_BITS | slot; // 2^44 worlds last longer than any process
        // relaxed: the release of `id` publishes both. A thread that looks up an old id may get any value.
        tl__store(&taken->world, world, memory_order_relaxed);
        tl__store(&taken->stepper, 0, memory_order_relaxed);
        tl__store(&taken->id, *id, memory_order_release); // pairs with tl__world_slot_of
    }
    tl__spin_release(&ids.lock);
    return taken != NULL ? TL_OK : TL_ERROR_OUT_OF_MEMORY;
}

// A thread that pins a world increments `pins` and then loads `id`; the thread that removes the world clears `id` and
// then loads `pins`. All four accesses are seq_cst: so either the pinning thread sees that the id is gone, or it is
// counted and waited for.

void tl__world_ids_remove(uint64_t id)
{
    if (id == 0)
        return;
    uint32_t slot = tl__world_slot_number(id), spins = 0;
    tl__world_slot *left = slot_at(slot);
    tl__store(&left->id, 0, memory_order_seq_cst);
    while (tl__load(&left->pins, memory_order_seq_cst) != 0) // acquires the pinning threads' writes
        tl__pause(&spins);
    tl__spin_acquire(&ids.lock);
    left->next_free = ids.free;
    ids.free = slot;
    tl__spin_release(&ids.lock);
}

tl_world *tl__world_pin(uint64_t id)
{
    tl__world_slot *found = tl__world_slot_of(id);
    if (found == NULL)
        return NULL;
    tl__add(&found->pins, 1, memory_order_seq_cst);
    if (tl__load(&found->id, memory_order_seq_cst) == id)
        return tl__load(&found->world, memory_order_relaxed); // relaxed: the slot was acquired
    tl__world_unpin(id);
    return NULL;
}

void tl__world_unpin(uint64_t id)
{
    tl__sub(&slot_at(tl__world_slot_number(id))->pins, 1, memory_order_release); // pairs with tl__world_ids_remove
}
