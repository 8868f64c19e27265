// SPDX-License-Identifier: MIT
#include "world/debug_worlds.h"

#include "world/marks.h"
#include "world/wait_texts.h"
#include "world/world_state.h"

#define WAIT_TEXT(value, text) TL__DEBUG_TEXT(wait, text, value),

static const tl__debug_entry world_entries[] = {
    TL__DEBUG_FIELD(tl_world, root),
    TL__DEBUG_FIELD(tl_world, id),
    TL__DEBUG_FIELD(tl_world, units_per_second),
    TL__DEBUG_FIELD(tl_world, steps),
    TL__DEBUG_FIELD(tl_world, script_blocks),
    TL__DEBUG_FIELD(tl_world, script_slots),
    TL__DEBUG_FIELD(tl_world, events.slots),
    TL__DEBUG_FIELD(tl__slot, object),
    TL__DEBUG_SIZE(tl__slot),
    TL__DEBUG_FIELD(tl__owned, name),
    TL__DEBUG_FIELD(tl_group, now),
    TL__DEBUG_CONSTANT(TL__SCRIPT_BLOCK),
    TL__DEBUG_CONSTANT(TL__GAME_TIME),
    TL__DEBUG_SIZE(tl__time),

    TL__DEBUG_SIZE(tl__script_record),
    TL__DEBUG_FIELD(tl__script_record, fiber),
    TL__DEBUG_FIELD(tl__script_record, group),
    TL__DEBUG_FIELD(tl__script_record, wait),
    TL__DEBUG_FIELD(tl__script_record, audience1),
    TL__DEBUG_FIELD(tl__script_record, local),
    TL__DEBUG_FIELD(tl__script_record, listener),
    TL__DEBUG_FIELD(tl__script_record, cancelled),
    TL__DEBUG_FIELD(tl__script_record, owner),
    TL__DEBUG_FIELD(tl__script_record, parent),
    TL__DEBUG_FIELD(tl__script_record, index1),
    TL__DEBUG_FIELD(tl__script_record, generation),
    TL__DEBUG_FIELD(tl__script_record, creation),
    TL__DEBUG_FIELD(tl__script_record, name),
    TL__DEBUG_FIELD(tl__script_record, site),
    TL__DEBUG_FIELD(tl__script_record, born),
    TL__DEBUG_FIELD(tl_site, file),
    TL__DEBUG_FIELD(tl_site, line),
    TL__DEBUG_FIELD(tl_entity, index1),
    TL__DEBUG_FIELD(tl_entity, generation),
    TL__DEBUG_FIELD(tl__link, next),
    TL__DEBUG_FIELD(tl__listener, link),
    TL__DEBUG_FIELD(tl__listener, name),

    TL__DEBUG_FIELD(tl_fiber, marks), // of a script's fiber:
    TL__DEBUG_CONSTANT(TL__STEPS_ON),
    TL__WAIT_TEXTS(WAIT_TEXT) //
};

const tl__debug_layout tl__debug_worlds = TL__DEBUG_TABLE(world_entries);
