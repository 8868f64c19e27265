// SPDX-License-Identifier: MIT
/// The slots of scripts.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_STORE_H
#define TELAR_ENGINE_WORLD_SCRIPT_STORE_H

#include "world/world_state.h"

/// A slot by its number from 1 on, whether in use or not.
static inline tl__script_record *tl__script_slot(const tl_world *world, uint32_t index1)
{
    return &world->script_blocks[(index1 - 1) / TL__SCRIPT_BLOCK][(index1 - 1) % TL__SCRIPT_BLOCK];
}

/// The script of that name; null when it has ended.
tl__script_record *tl__script_find(const tl_world *world, tl_script script);
/// Makes free slots. TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__script_add_slots(tl_world *world);
/// The slot that was given back last; a new one where all are in use. Null: there is no memory for it.
static inline tl__script_record *tl__script_take_slot(tl_world *world)
{
    if (world->free_script == NULL && tl__script_add_slots(world) != TL_OK)
        return NULL;
    tl__script_record *script = world->free_script;
    world->free_script = script->next_free;
    return script;
}
/// A slot is free from here on, and is used again before all others.
void tl__script_give_back(tl_world *world, tl__script_record *script);
void tl__scripts_free(tl_world *world);

#endif
