// SPDX-License-Identifier: MIT
#include "script/dump_scripts.h"

#include "script/info.h"
#include "world/marks.h"
#include "world/script_store.h"
#include "world/world_state.h"

static tl__dump_id dump_id_of(tl_script script)
{
    return (tl__dump_id){script.index1, script.generation};
}

static tl__dump_item item_of_script(const tl__script_record *script)
{
    tl_script_info info = tl__script_describe(script);
    return (tl__dump_item){.kind = "script",
                           .entry = script->end.entry,
                           .name = info.name,
                           .id = dump_id_of(tl__script_id(script)),
                           .parent = dump_id_of(info.parent),
                           .wait = info.wait != TL_WAIT_NOTHING ? tl_wait_string(info.wait) : NULL,
                           .wait_name = info.wait_name,
                           .seconds = tl__script_seconds_waited(script),
                           .age = info.age_seconds,
                           .spawned_file = info.spawned.file,
                           .spawned_line = info.spawned.line,
                           .is_cancelled = script->cancelled != TL__NOT_CANCELLED};
}

static void add_script_item(tl__dump *dump, const tl__script_record *script)
{
    const void *calls[TL__DUMP_CALLS];
    tl__dump_item item = item_of_script(script);
    tl__dump_look(&item, script->fiber, calls);
    tl__dump_add(dump, &item);
}

void tl__dump_add_scripts(tl__dump *dump)
{
    for (tl__root *root = tl__roots[TL__ROOT_WORLD]; root != NULL; root = root->next) {
        const tl_world *world = TL__OF_ROOT(root, tl_world, root);
        for (uint32_t index1 = 1; index1 <= world->script_slots; ++index1)
            if (tl__script_slot(world, index1)->fiber != NULL)
                add_script_item(dump, tl__script_slot(world, index1));
    }
}

// In a signal handler.

/// Describes a script by what does not change in its life.
static tl__dump_item constant_item_of_script(const tl__script_record *script)
{
    tl_site spawned = script->site != NULL ? *script->site : (tl_site){0};
    return (tl__dump_item){.kind = "script",
                           .entry = script->end.entry,
                           .name = script->name,
                           .id = dump_id_of(tl__script_id(script)),
                           .seconds = -1,
                           .age = -1,
                           .spawned_file = spawned.file,
                           .spawned_line = spawned.line};
}

/// Notes a script. What it waits for and its calls are read only if it is in neither: it is marked as active until the
/// switch that suspends it is over, so its record, its saved context and its stack are complete and at rest.
static void note_script(tl__dump_note *note, const tl__script_record *script)
{
    if (script->parallel_slot1 != 0 && script->world->parallel.running) {
        note->item = constant_item_of_script(script);
        note->item.state = "in the parallel phase";
    } else if (tl__is_marked(script, TL__ACTIVE)) {
        note->item = constant_item_of_script(script);
        note->item.state = "running";
    } else {
        note->item = item_of_script(script);
        tl__dump_look(&note->item, script->fiber, note->calls);
    }
    tl__dump_keep(note);
}

uint32_t tl__note_scripts(const tl_world *world, tl__dump_note *notes, uint32_t room)
{
    uint32_t count = 0;
    for (uint32_t index1 = 1; index1 <= world->script_slots; ++index1) {
        const tl__script_record *script = tl__script_slot(world, index1);
        if (script->creation != 0 && count++ < room)
            note_script(&notes[count - 1], script);
    }
    return count;
}
