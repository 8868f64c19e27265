// SPDX-License-Identifier: MIT
#include "script/dump_scripts.h"

#include <stdio.h>

#include "script/info.h"
#include "world/script_store.h"
#include "world/world_state.h"

static void write_id(char *to, size_t size, tl_script script)
{
    snprintf(to, size, "%u.%u", script.index1, script.generation);
}

static void add_script_item(tl__dump *dump, const tl__script_record *script)
{
    const void *calls[TL__DUMP_CALLS];
    tl_script_info info = tl__script_describe(script);
    tl__dump_item item = {.kind = "script",
                          .name = info.name,
                          .wait = info.wait != TL_WAIT_NOTHING ? tl_wait_string(info.wait) : NULL,
                          .wait_name = info.wait_name,
                          .seconds = tl__script_seconds_waited(script),
                          .age = info.age_seconds,
                          .spawned_file = info.spawned.file,
                          .spawned_line = info.spawned.line,
                          .is_cancelled = script->cancelled != TL__NOT_CANCELLED};
    tl__dump_look(&item, script->fiber, calls);
    write_id(item.id, sizeof item.id, tl__script_id(script));
    if (info.parent.index1 != 0)
        write_id(item.parent, sizeof item.parent, info.parent);
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
