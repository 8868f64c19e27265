#include "script/spawn.h"

#include <stdio.h>

#include "base/misuse.h"
#include "fiber/info.h"
#include "fiber/owner.h"
#include "job/counter.h"
#include "world/current.h"
#include "world/exclusive.h"
#include "world/group.h"
#include "world/lanes.h"
#include "world/owned.h"
#include "world/phase.h"
#include "world/ready.h"
#include "world/script_store.h"
#include "world/seats.h"
#include "world/timer.h"
#include "world/world_log.h"

/// Whose group a new script is in, where its description does not say.
static tl_group *group_for(tl_world *world, const tl_script_desc *desc, const tl__script *spawner)
{
    if (desc->group != NULL)
        return desc->group;
    return spawner != NULL && spawner->world == world ? spawner->group : world->group;
}

static void fill(tl__script *script, tl_world *world, const tl_script_desc *desc, tl__script *parent,
                 const tl__script *spawner, tl__lane *lane, const tl_fiber_entry *entry, const tl_site *site)
{
    // Field by field: of its waits nothing was left when it ended, and clearing all would be among the dearest things
    // in a short life.
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
    script->counter = parent == NULL ? desc->counter : NULL;
    if (script->counter != NULL)
        tl__store(&script->counter->tl__world, world->id, memory_order_relaxed); // as in job_wait.c
    script->group = parent != NULL ? parent->group : group_for(world, desc, spawner);
    script->place = parent != NULL ? parent->place : (int8_t)tl__place_of(desc->phase);
    script->priority = parent != NULL ? parent->priority : desc->priority;
    script->creation = ++world->creations;
    script->batch = tl__batch_alone(world); // a child begins without being let through
    script->site = site;
    script->name = desc->name != NULL ? desc->name : tl__entry_name(entry); // as its fiber's
    tl__list_init(&script->children);
    tl__list_init(&script->joiners);
    for (tl__clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        script->local[clock] = 0;
    if (spawner != NULL && spawner->world == world)
        tl__local_follow(script->local, script->group, spawner);
    else
        script->fresh = true;
    script->born = tl__now(script->group, TL__GAME_TIME);
    ++script->group->script_count;
    ++world->script_count;
    tl__lanes_enter(lane, script);
    script->seat1 = 0;
    if (parent == NULL && script->place == TL__PARALLEL_PLACE)
        tl__seat_take(script);
}

/// Once for each world, since a game that goes over its limit does so often.
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

tl_result tl__script_make(tl_world *world, const tl_script_desc *desc, tl__script *parent, const tl_fiber_entry *entry,
                          const void *args, const tl_site *site, tl__script **script)
{
    static const tl_script_desc defaults = {0};
    tl__script *spawner = tl__script_current();
    if (spawner != NULL)
        tl__script_begin_time(spawner);
    if (desc == NULL)
        desc = &defaults;
    tl__link *owned = parent != NULL ? &parent->children : NULL;
    tl_result result = world->closing ? TL_ERROR_POOL_CLOSING : TL_OK;
    if (owned == NULL)
        result = tl__owner_list(world, desc->owner, true, &owned);
    if (result == TL_OK)
        result = tl__group_reserve(parent != NULL ? parent->group : group_for(world, desc, spawner), 1, 0);
    tl__lane *lane = NULL;
    if (result == TL_OK)
        result = tl__lanes_reserve(world, parent != NULL ? parent->priority : desc->priority, &lane);
    if (result == TL_OK && desc->phase == TL_PHASE_PARALLEL)
        result = tl__seat_reserve(world);
    tl_fiber *fiber = NULL;
    if (result == TL_OK)
        result = tl_fiber_create_raw(world->stacks, desc->name != NULL ? &(tl_fiber_desc){.name = desc->name} : NULL,
                                     entry, args, &fiber);
    if (result == TL_ERROR_POOL_EXHAUSTED)
        report_too_many(world);
    if (result != TL_OK)
        return result;
    tl__script *made = tl__script_take_slot(world);
    if (made == NULL) {
        tl_fiber_destroy(fiber);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    tl__fiber_own(fiber);
    made->fiber = fiber;
    fill(made, world, desc, parent, spawner, lane, entry, site);
    tl__list_append(owned, &made->of_owner);
    *script = made;
    return TL_OK;
}

tl_result tl_spawn_raw(tl_world *world, const tl_script_desc *desc, const tl_fiber_entry *entry, const void *args,
                       const tl_site *site, tl_script *script)
{
    if (script != NULL)
        *script = TL_NO_SCRIPT;
    if (world == NULL || entry == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_spawn");
    if (desc != NULL && tl__place_of(desc->phase) == TL__NO_PHASE)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_spawn");
    if (desc != NULL && desc->group != NULL && desc->group->world != world)
        return tl__misuse(TL_ERROR_OTHER_WORLD, "tl_spawn");
    tl_result result = tl__change_begin(world, "tl_spawn");
    if (result != TL_OK)
        return result;
    tl_counter *counter = desc != NULL ? desc->counter : NULL;
    if (counter != NULL && tl__counter_count_more(counter, 1, TL__COUNTER_OUTSIDE) != TL_OK)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_spawn");
    tl__script *made;
    result = tl__script_make(world, desc, NULL, entry, args, site, &made);
    if (result != TL_OK) {
        if (counter != NULL)
            tl_counter_finish(counter);
        return result;
    }
    tl__ready_put(made);
    if (script != NULL)
        *script = tl__script_id(made);
    return TL_OK;
}

tl_result tl__spawn(tl_world *world, tl_entity owner, const tl_fiber_entry *entry, const void *args,
                    const tl_site *site, tl_script *script)
{
    return tl_spawn_raw(world, &(tl_script_desc){.owner = owner}, entry, args, site, script);
}
