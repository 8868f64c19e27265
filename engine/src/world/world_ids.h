// SPDX-License-Identifier: MIT
/// Worlds by number, each number good for one life of one world in the process: what an id that outlives its world is
/// looked up in. Threads that own different worlds may add, remove and look up at the same time.
#ifndef TELAR_ENGINE_WORLD_WORLD_IDS_H
#define TELAR_ENGINE_WORLD_WORLD_IDS_H

#include "base/atomics.h"
#include "telar/world.h"

enum {
    TL__WORLD_SLOT_BITS = 20, ///< the low bits of an id are its slot; the others count the worlds of the process
    TL__WORLD_CHUNK_BITS = 10,
    TL__WORLD_CHUNK = 1 << TL__WORLD_CHUNK_BITS, ///< slots of a chunk
    TL__WORLD_CHUNKS = 1 << (TL__WORLD_SLOT_BITS - TL__WORLD_CHUNK_BITS),
};

typedef struct tl__world_slot {
    tl__word id; ///< of the world that is in it; 0: free
    tl_world *world;
    tl__word stepper; ///< the thread that stepped it last, as job_wait.c numbers them; 0: none
    tl__word pins;    ///< threads that are between tl__world_pin and tl__world_unpin
    uint32_t next_free;
} tl__world_slot;

/// Slots never move and are never freed, since any id may be looked up at any time. A chunk is null until the ones
/// before it are full.
extern tl__world_slot *tl__world_chunks[TL__WORLD_CHUNKS];

/// Gives a world its id, never 0. TL_OK or TL_ERROR_OUT_OF_MEMORY (also for the 2^20th world that is there at once).
tl_result tl__world_ids_add(tl_world *world, uint64_t *id);
/// The id names nothing from here on, and no thread that pins the world is there any more. Nothing happens for 0.
void tl__world_ids_remove(uint64_t id);

/// Looks up a world that another thread may be destroying: until tl__world_unpin it stays, as long as only
/// tl__world_ids_remove is waited for before its memory is freed. Null for one that is gone, which ends the visit.
tl_world *tl__world_pin(uint64_t id);
void tl__world_unpin(uint64_t id);

static inline uint32_t tl__world_slot_number(uint64_t id)
{
    return (uint32_t)id & ((1u << TL__WORLD_SLOT_BITS) - 1);
}

/// The slot of an id; null for one that is gone, and for 0.
static inline tl__world_slot *tl__world_slot_of(uint64_t id)
{
    uint32_t slot = tl__world_slot_number(id);
    // acquire: pairs with the release in tl__world_ids_add that published the chunk, and the one that filled the slot.
    tl__world_slot *chunk = tl__load(&tl__world_chunks[slot >> TL__WORLD_CHUNK_BITS], memory_order_acquire);
    if (chunk == NULL || tl__load(&chunk[slot & (TL__WORLD_CHUNK - 1)].id, memory_order_acquire) != id)
        return NULL;
    return &chunk[slot & (TL__WORLD_CHUNK - 1)];
}

/// The world of an id; null for one that is gone, and for 0. For a world that another thread destroys meanwhile it is
/// any world or null: a caller that does not own the world may only ask whether it is its own, or visit it.
static inline tl_world *tl__world_of(uint64_t id)
{
    const tl__world_slot *found = tl__world_slot_of(id);
    return found != NULL ? tl__load(&found->world, memory_order_relaxed) : NULL; // relaxed: the slot was acquired
}

/// Who steps a world; only the world's thread sets it, any thread asks. 0 for a world that is gone.
static inline void tl__world_set_stepper(uint64_t id, uint64_t stepper)
{
    tl__world_slot *found = tl__world_slot_of(id);
    if (found != NULL)
        tl__store(&found->stepper, stepper, memory_order_relaxed); // nothing else hangs on it
}

static inline uint64_t tl__world_stepper(uint64_t id)
{
    const tl__world_slot *found = tl__world_slot_of(id);
    return found != NULL ? tl__load(&found->stepper, memory_order_relaxed) : 0;
}

#endif
