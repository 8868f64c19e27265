// SPDX-License-Identifier: MIT
/// The slots in which a world's script records are stored.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_STORE_H
#define TELAR_ENGINE_WORLD_SCRIPT_STORE_H

#include "world/world_state.h"

/// Returns the slot with a number, counted from 1, whether it is in use or not.
static inline tl__script_record *tl__script_slot(const tl_world *world, uint32_t index1)
{
    return &world->script_blocks[(index1 - 1) / TL__SCRIPT_BLOCK][(index1 - 1) % TL__SCRIPT_BLOCK];
}

/// Returns the script of an id, or null when it has ended.
tl__script_record *tl__script_find(const tl_world *world, tl_script script);
/// Adds free slots. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__script_add_slots(tl_world *world);
/// Takes the slot that was freed last, or a new one if all are in use. Returns null when there is no memory for a new
/// one.
static inline tl__script_record *tl__script_take_slot(tl_world *world)
{
    if (world->free_script == NULL && tl__script_add_slots(world) != TL_OK)
        return NULL;
    tl__script_record *script = world->free_script;
    world->free_script = script->next_free;
    return script;
}
/// Frees a slot, which will be reused before all others.
void tl__script_give_back(tl_world *world, tl__script_record *script);
void tl__scripts_free(tl_world *world);

#endif
