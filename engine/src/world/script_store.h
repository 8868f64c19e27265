/// The slots of scripts.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_STORE_H
#define TELAR_ENGINE_WORLD_SCRIPT_STORE_H

#include "world/world_state.h"

/// The script of that name; null when it has ended.
tl__script *tl__script_find(const tl_world *world, tl_script script);
/// The slot that was given back last; a new one where all are in use. Null: there is no memory for it.
tl__script *tl__script_take_slot(tl_world *world);
/// A slot is free from here on, and is used again before all others.
void tl__script_give_back(tl_world *world, tl__script *script);
void tl__scripts_free(tl_world *world);

#endif
