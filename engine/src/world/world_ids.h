// SPDX-License-Identifier: MIT
/// The one table in the process that maps ids to worlds. No two worlds ever have the same id, so an id that outlives
/// its world is not found. Threads that own different worlds may add, remove and look up at the same time.
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
    tl__word id; ///< of the world in this slot; 0: free
    tl_world *world;
    tl__word stepper; ///< job_wait.c's number of the thread that stepped the world last; 0: none
    tl__word pins;    ///< number of calls of tl__world_pin without a tl__world_unpin so far
    uint32_t next_free;
} tl__world_slot;

/// Slots never move and are never freed, since any id may be looked up at any time. A chunk is null until the ones
/// before it are full.
extern tl__world_slot *tl__world_chunks[TL__WORLD_CHUNKS];

/// Gives a world its id, which is never 0. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY (also for the 2^20th world that
/// would exist at once).
tl_result tl__world_ids_add(tl_world *world, uint64_t *id);
/// Makes an id invalid, and waits until no thread pins the world any more. Does nothing for 0.
void tl__world_ids_remove(uint64_t id);

/// Looks up a world that another thread may be destroying, and keeps it in memory until tl__world_unpin:
/// tl__world_ids_remove, which must be called before the world's memory is freed, waits for that. Returns null if the
/// world is gone; then there is nothing to unpin.
tl_world *tl__world_pin(uint64_t id);
void tl__world_unpin(uint64_t id);

static inline uint32_t tl__world_slot_number(uint64_t id)
{
    return (uint32_t)id & ((1u << TL__WORLD_SLOT_BITS) - 1);
}

/// Returns the slot of an id; null if the world is gone, and for 0.
static inline tl__world_slot *tl__world_slot_of(uint64_t id)
{
    uint32_t slot = tl__world_slot_number(id);
    // acquire: pairs with the release in tl__world_ids_add that published the chunk, and the one that filled the slot.
    tl__world_slot *chunk = tl__load(&tl__world_chunks[slot >> TL__WORLD_CHUNK_BITS], memory_order_acquire);
    if (chunk == NULL || tl__load(&chunk[slot & (TL__WORLD_CHUNK - 1)].id, memory_order_acquire) != id)
        return NULL;
    return &chunk[slot & (TL__WORLD_CHUNK - 1)];
}

/// Returns the world of an id; null if it is gone, and for 0. If another thread destroys the world meanwhile, may
/// return any world or null: a caller that does not own the world may only compare the result with its own world, or
/// call tl__world_pin instead.
static inline tl_world *tl__world_of(uint64_t id)
{
    const tl__world_slot *found = tl__world_slot_of(id);
    return found != NULL ? tl__load(&found->world, memory_order_relaxed) : NULL; // relaxed: the slot was acquired
}

/// Set and return which thread stepped a world last. Only the world's thread sets it; any thread may read it. 0 for a
/// world that is gone.
static inline void tl__world_set_stepper(uint64_t id, uint64_t stepper)
{
    tl__world_slot *found = tl__world_slot_of(id);
    if (found != NULL)
        tl__store(&found->stepper, stepper, memory_order_relaxed); // nothing else depends on it
}

static inline uint64_t tl__world_stepper(uint64_t id)
{
    const tl__world_slot *found = tl__world_slot_of(id);
    // relaxed: only a number, for a check for misuse
    return found != NULL ? tl__load(&found->stepper, memory_order_relaxed) : 0;
}

#endif
