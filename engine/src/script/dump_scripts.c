// SPDX-License-Identifier: MIT
#include "script/dump_scripts.h"

#include <stdio.h>

#include "script/info.h"
#include "world/marks.h"
#include "world/script_store.h"
#include "world/timer.h"
#include "world/world_state.h"

static void write_id(char *to, size_t size, const tl__script_record *script)
{
    snprintf(to, size, "%u.%u", script->index1, script->generation);
}

static double game_seconds_since(const tl__script_record *script, tl__time then)
{
    return (double)(tl__now(script->group, TL__GAME_TIME) - then) / (double)script->world->units_per_second;
}

static void add_script_item(tl__dump *dump, const tl__script_record *script)
{
    const void *calls[TL__DUMP_CALLS];
    bool steps_on = tl__is_marked(script, TL__STEPS_ON);
    tl_wait wait = steps_on ? TL_WAIT_STEPS : script->wait;
    tl__dump_item item = {.kind = "script",
                          .name = script->name,
                          .wait_name = steps_on ? NULL : tl__wait_name(script),
                          .seconds = game_seconds_since(script, script->local[TL__GAME_TIME]),
                          .age = game_seconds_since(script, script->born),
                          .is_cancelled = script->cancelled != TL__NOT_CANCELLED};
    tl__dump_look(&item, script->fiber, calls);
    if (wait != TL_WAIT_NOTHING)
        item.wait = tl_wait_string(wait);
    write_id(item.id, sizeof item.id, script);
    if (script->parent != NULL)
        write_id(item.parent, sizeof item.parent, script->parent);
    if (script->site != NULL) {
        item.spawned_file = script->site->file;
        item.spawned_line = script->site->line;
    }
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
