// SPDX-License-Identifier: MIT
#include "script/spawn.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/info.h"
#include "fiber/owner.h"
#include "job/counter.h"
#include "world/current.h"
#include "world/exclusive.h"
#include "world/group.h"
#include "world/lanes.h"
#include "world/owned.h"
#include "world/parallel_slots.h"
#include "world/phase.h"
#include "world/ready.h"
#include "world/script_store.h"
#include "world/timer.h"
#include "world/world_log.h"

/// Parent, group, lane and phase of a new script.
typedef struct script_home {
    tl__script_record *parent;
    tl__script_record *spawner; ///< running script of the same world, whose own time the new one starts at; may be null
    tl_group *group;
    tl__lane *lane;
    int8_t phase_order;
} script_home;

ALWAYS_INLINE void fill_record(tl__script_record *script, tl_world *world, const tl_script_desc *desc,
                               const script_home *home, const tl_fiber_entry *entry, const tl_site *site)
{
    // Field by field: the slot's previous script left its wait fields clean when it ended, and clearing the whole
    // record would be among the largest costs of a short-lived script.
    tl__script_record *parent = home->parent;
    script->all_flags = 0;
    tl__fiber_set_marks(script->fiber, 0);
    script->to_end = false;
    script->shields = 0;
    script->end = (tl__end){.entry = entry};
    script->caught = NULL;
    script->answer = TL_OK;
    script->world = world;
    script->owner = parent != NULL ? parent->owner : desc->owner;
    script->parent = parent;
    script->counter = desc->counter;
    if (script->counter != NULL)
        tl__store(&script->counter->tl__world, world->id, memory_order_relaxed); // see counted_world
    script->group = home->group;
    script->phase_order = home->phase_order;
    script->priority = home->lane->priority;
    script->batch = tl__batch_alone(world); // a child starts without being admitted by its group
    script->site = site;
    script->name = desc->name != NULL ? desc->name : tl__entry_name(entry); // the same default as the fiber's name
    tl__list_init(&script->children);
    tl__list_init(&script->joiners);
    for (tl__timer_clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        script->local[clock] = 0;
    if (home->spawner != NULL)
        tl__local_follow(script->local, home->group, home->spawner);
    else
        script->fresh = true;
    script->born = tl__now(home->group, TL__GAME_TIME);
    ++home->group->script_count;
    ++world->script_count;
    tl__lanes_enter(home->lane, script);
    script->parallel_slot1 = 0;
    if (parent == NULL && home->phase_order == TL__PARALLEL_ORDER)
        tl__parallel_slot_take(script);
    atomic_signal_fence(memory_order_seq_cst); // from now on tl__note_scripts, in a signal handler, reads the record
    script->creation = ++world->creations;
}

/// Logs that the world has no room for another script. Done once for each world, since a game that exceeds the limit
/// does so often.
static void report_too_many(tl_world *world)
{
    if (world->reported_scripts)
        return;
    world->reported_scripts = true;
    char text[256];
    snprintf(text, sizeof text,
             "%u scripts are alive, as many as tl_world_desc.max_scripts allows; starting another answers "
             "TL_ERROR_POOL_EXHAUSTED",
             world->script_count);
    tl__world_log(world, &(tl_log){.id = TL_LOG_MAX_SCRIPTS, .text = text});
}

/// Returns the running script, with its own time begun, if it belongs to `world`; else null.
static inline tl__script_record *spawner_in(const tl_world *world)
{
    tl__script_record *spawner = tl__script_here();
    if (spawner == NULL)
        return NULL;
    tl__script_begin_time(spawner);
    return spawner->world == world ? spawner : NULL;
}

/// Creates a script and appends it to its owner's list, without making it ready.
/// @param owned  the owner's list of scripts
ALWAYS_INLINE tl_result make_script(tl_world *world, const tl_script_desc *desc, script_home *home, tl__link *owned,
                                    int priority, const tl_fiber_entry *entry, const void *args, const tl_site *site,
                                    tl__script_record **script)
{
    tl_result result = tl__group_reserve(home->group, 1, 0);
    if (UNLIKELY(result != TL_OK))
        return result;
    result = tl__lanes_reserve(world, priority, &home->lane);
    if (UNLIKELY(result != TL_OK))
        return result;
    if (home->parent == NULL && home->phase_order == TL__PARALLEL_ORDER && tl__parallel_slot_reserve(world) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_fiber *fiber;
    result = tl_fiber_create_raw(world->stacks, desc->name != NULL ? &(tl_fiber_desc){.name = desc->name} : NULL, entry,
                                 args, &fiber);
    if (UNLIKELY(result != TL_OK)) {
        if (result == TL_ERROR_POOL_EXHAUSTED)
            report_too_many(world);
        return result;
    }
    tl__script_record *made = tl__script_take_slot(world);
    if (UNLIKELY(made == NULL)) {
        tl_fiber_destroy(fiber);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    tl__fiber_own(fiber);
    made->fiber = fiber;
    fill_record(made, world, desc, home, entry, site);
    tl__list_append(owned, &made->of_owner);
    *script = made;
    return TL_OK;
}

tl_result tl__child_make(tl__script_record *parent, const tl_fiber_entry *entry, const void *args, const tl_site *site,
                         tl__script_record **child)
{
    tl_world *world = parent->world;
    if (world->closing)
        return TL_ERROR_POOL_CLOSING;
    script_home home = {
        .parent = parent, .spawner = spawner_in(world), .group = parent->group, .phase_order = parent->phase_order};
    return make_script(world, &(tl_script_desc){0}, &home, &parent->children, parent->priority, entry, args, site,
                       child);
}

/// Creates a script without a parent and makes it ready.
ALWAYS_INLINE tl_result make_ready(tl_world *world, const tl_script_desc *desc, const tl_fiber_entry *entry,
                                   const void *args, const tl_site *site, tl_script *script)
{
    tl__script_record *spawner = spawner_in(world), *made = NULL;
    tl__link *owned;
    tl_result result = tl__owner_list(world, desc->owner, true, &owned);
    if (UNLIKELY(result != TL_OK))
        return result;
    tl_group *group = desc->group != NULL ? desc->group : spawner != NULL ? spawner->group : world->group;
    script_home home = {.spawner = spawner, .group = group, .phase_order = (int8_t)tl__phase_order(desc->phase)};
    result = make_script(world, desc, &home, owned, desc->priority, entry, args, site, &made);
    if (UNLIKELY(result != TL_OK))
        return result;
    tl__ready_put(made);
    if (script != NULL)
        *script = tl__script_id(made);
    return TL_OK;
}

tl_result tl_spawn_raw(tl_world *world, const tl_script_desc *desc, const tl_fiber_entry *entry, const void *args,
                       const tl_site *site, tl_script *script)
{
    static const tl_script_desc defaults = {0};
    if (script != NULL)
        *script = TL_NO_SCRIPT;
    if (desc == NULL)
        desc = &defaults;
    if (world == NULL || entry == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_spawn");
    if (tl__phase_order(desc->phase) == TL__NO_PHASE)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_spawn");
    if (desc->group != NULL && desc->group->world != world)
        return tl__misuse(TL_ERROR_OTHER_WORLD, "tl_spawn");
    tl_result result = tl__change_begin(world, "tl_spawn");
    if (result != TL_OK)
        return result;
    tl_counter *counter = desc->counter;
    if (counter != NULL && tl__counter_count_more(counter, 1, TL__COUNTER_OUTSIDE) != TL_OK)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_spawn");
    result = make_ready(world, desc, entry, args, site, script);
    if (result != TL_OK && counter != NULL)
        tl_counter_finish(counter);
    return result;
}

tl_result tl__spawn(tl_world *world, tl_entity owner, const tl_fiber_entry *entry, const void *args,
                    const tl_site *site, tl_script *script)
{
    if (script != NULL)
        *script = TL_NO_SCRIPT;
    if (world == NULL || entry == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_spawn");
    tl_result result = tl__change_begin(world, "tl_spawn");
    if (result != TL_OK)
        return result;
    return make_ready(world, &(tl_script_desc){.owner = owner}, entry, args, site, script);
}
