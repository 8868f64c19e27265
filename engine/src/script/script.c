// Scripts from their making to their end: their slots, what runs them, and what they leave behind.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job/counter.h"
#include "world_internal.h"

static void set_current(tl__script *script)
{
    *tl__thread_guest() = script;
}

tl__script *tl__script_running(void)
{
    tl__script *script = tl__script_current();
    return script != NULL && script->fiber == tl_fiber_current() && !tl__in_callback() ? script : NULL;
}

tl_world *tl_world_current(void)
{
    const tl__script *script = tl__script_current();
    return script != NULL ? script->world : NULL;
}

tl_script tl__script_id(const tl__script *script)
{
    return (tl_script){script->index1, script->generation};
}

tl_script tl_script_current(void)
{
    const tl__script *script = tl__script_current();
    return script != NULL ? tl__script_id(script) : TL_NO_SCRIPT;
}

static tl__script *slot(const tl_world *world, uint32_t index1)
{
    return &world->script_blocks[(index1 - 1) / TL__SCRIPT_BLOCK][(index1 - 1) % TL__SCRIPT_BLOCK];
}

tl__script *tl__script_find(const tl_world *world, tl_script script)
{
    if (script.index1 == 0 || script.index1 > world->script_slots)
        return NULL;
    tl__script *found = slot(world, script.index1);
    return found->generation == script.generation && found->fiber != NULL ? found : NULL;
}

uint32_t tl_script_count(const tl_world *world)
{
    return world != NULL ? world->script_count : 0;
}

/// To be used again before all others.
static void give_back(tl_world *world, tl__script *script)
{
    if (++script->generation == 0)
        return; // all generations are used up; were the slot used again, ids of the dead would be valid again
    script->next_free1 = world->free_script1;
    world->free_script1 = script->index1;
}

/// Adds a block of slots, and room for them in the heaps, so that waking never needs memory.
static tl_result add_block(tl_world *world)
{
    uint32_t slots = world->script_slots + TL__SCRIPT_BLOCK, blocks = world->script_slots / TL__SCRIPT_BLOCK;
    for (int place = 0; place < TL__PHASES; ++place)
        if (tl__heap_reserve(&world->ready[place], slots) != TL_OK)
            return TL_ERROR_OUT_OF_MEMORY;
    tl__script **grown = realloc(world->script_blocks, (blocks + 1) * sizeof(tl__script *));
    if (grown == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    world->script_blocks = grown;
    grown[blocks] = aligned_alloc(_Alignof(tl__script), TL__SCRIPT_BLOCK * sizeof(tl__script));
    if (grown[blocks] == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    memset(grown[blocks], 0, TL__SCRIPT_BLOCK * sizeof(tl__script));
    world->script_slots = slots;
    for (uint32_t index1 = slots; index1 > slots - TL__SCRIPT_BLOCK; --index1) {
        slot(world, index1)->index1 = index1;
        give_back(world, slot(world, index1));
    }
    return TL_OK;
}

/// The slot that was given back last.
static tl__script *take_slot(tl_world *world)
{
    if (world->free_script1 == 0 && add_block(world) != TL_OK)
        return NULL;
    tl__script *script = slot(world, world->free_script1);
    world->free_script1 = script->next_free1;
    return script;
}

tl_result tl__script_exit(void)
{
    tl__script *self;
    tl_result possible = tl__call_enter("tl_exit", &self);
    if (possible != TL_OK)
        return possible;
    tl__wait_for_the_end(self);
}

/// Whose group a new script is in, where its description does not say.
static tl_group *group_for(tl_world *world, const tl_script_desc *desc, const tl__script *spawner)
{
    if (desc->group != NULL)
        return desc->group;
    return spawner != NULL && spawner->world == world ? spawner->group : world->group;
}

static void fill(tl__script *script, tl_world *world, const tl_script_desc *desc, tl__script *parent,
                 const tl__script *spawner, const tl_fiber_entry *entry, const tl_site *site)
{
    // Field by field: of its waits nothing was left when it ended, and clearing all would be among the dearest things
    // in a short life.
    script->all_marks[0] = script->all_marks[1] = 0;
    script->shields = 0;
    script->end = (tl__end){.entry = entry};
    script->caught = NULL;
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
    script->turn = ++world->turns; // a child begins without being let through
    script->name = tl_fiber_name(script->fiber);
    script->site = site;
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
    const tl__script *spawner = tl__script_current();
    if (desc == NULL)
        desc = &defaults;
    tl__link *owned = parent != NULL ? &parent->children : NULL;
    tl_result result = world->closing ? TL_ERROR_POOL_CLOSING : TL_OK;
    if (owned == NULL)
        result = tl__owner_list(world, desc->owner, true, &owned);
    if (result == TL_OK)
        result = tl__group_reserve(parent != NULL ? parent->group : group_for(world, desc, spawner), 1, 0);
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
    tl__script *made = take_slot(world);
    if (made == NULL) {
        tl_fiber_destroy(fiber);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    tl__fiber_own(fiber);
    made->fiber = fiber;
    fill(made, world, desc, parent, spawner, entry, site);
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

/// Makes a script the running one, and gives the one before.
static tl__script *enter(tl__script *script)
{
    tl__script *before = tl__script_current();
    set_current(script);
    ++script->world->running;
    tl__pulse_beat(script->world);
    return before;
}

static void leave(tl__script *script, tl__script *before)
{
    --script->world->running;
    tl__pulse_beat(script->world);
    set_current(before);
}

/// A predicate that is being asked, also until an exception leaves it.
typedef struct question {
    tl__script *script, *before;
} question;

static void end_asking(const question *asked)
{
    asked->script->asking = false;
    leave(asked->script, asked->before);
}

bool tl__script_ask(tl__script *script)
{
    question asked __attribute__((cleanup(end_asking), unused)) = {script, enter(script)};
    TL__CALLBACK(callback);
    script->asking = true;
    return script->predicate(script->predicate_arg);
}

void tl__script_begin_time(tl__script *script)
{
    if (script->fresh)
        tl__local_now(script->local, script->group);
    script->fresh = false;
}

void tl__script_settle(tl__script *script)
{
    if (tl__fiber_is_done(script->fiber)) {
        tl__script_is_done(script);
        return;
    }
    if (tl__script_is_to_end(script) && script->shields == 0 && tl__script_is_alive(script)) { // it yielded by itself
        tl__script_cancel(script);
        return;
    }
    if (script->closing || (script->doomed && script->shields == 0))
        tl__script_close(script);
    else if (script->steps_on)
        tl__script_step_on(script);
    else if (script->wait == TL_WAIT_NOTHING && !tl__is_ready(script) && !script->held)
        tl__wait_for_next_step(script); // it yielded by itself: what can that mean but the next step?
}

void tl__script_run(tl__script *script)
{
    tl_world *world = script->world;
    if (script->doomed && script->shields == 0) { // by its own predicate
        tl__script_close(script);
        tl__failures_report(world);
        return;
    }
    tl__script *before = enter(script);
    tl__script_begin_time(script);
    script->active = true;
    tl__fiber_resume_owned(script->fiber);
    tl__fiber_end_loan(script->fiber);
    script->active = false;
    leave(script, before);
    tl__script_settle(script);
    tl__failures_report(world);
}

/// Runs what its blocks want to be run.
static void unwind(tl__script *script)
{
    tl__script *before = enter(script);
    bool breaks_shields = script->world->breaks_shields; // not of what its clean-ups cancel
    script->world->breaks_shields = false;
    script->ending = script->active = true;
    tl__fiber_disown(script->fiber);
    tl_fiber_cancel(script->fiber);
    tl__fiber_own(script->fiber);
    script->active = false;
    script->world->breaks_shields = breaks_shields;
    leave(script, before);
}

tl_result tl__script_catch(const tl__end *ended, tl__listener *listener)
{
    tl__failure_drop(listener->script->caught);
    listener->script->caught = tl__failure_take(ended->failure);
    if (ended->how == TL_OK && listener->buffer != NULL && ended->result != NULL)
        memcpy(listener->buffer, ended->result, listener->size);
    else if (ended->how == TL_OK && listener->buffer != NULL)
        memset(listener->buffer, 0, listener->size);
    return ended->how;
}

/// Tells those that wait for it. Whether any of them takes notice.
static bool tell_joiners(tl__script *script)
{
    bool noticed = false;
    while (!tl__list_is_empty(&script->joiners)) {
        tl__listener *joiner = TL__ITEM(script->joiners.next, tl__listener, link);
        if (joiner->arm == TL__ALONE || (joiner->arm >= 0 && !tl__gathering_is_decided(joiner->script->gathering))) {
            noticed = true;
            tl__script_catch(&script->end, joiner);
        }
        tl__listener_tell(joiner, script->end.how, script);
    }
    return noticed;
}

void tl__script_end(tl__script *script)
{
    if (script->closing && !tl__fiber_is_done(script->fiber))
        unwind(script);
    script->ending = true;
    script->end.how = script->end.failure != NULL           ? TL_ERROR_FAILED
                      : script->doomed && !script->too_late ? TL_CANCELLED
                                                            : TL_OK;
    if (script->wait != TL_WAIT_NOTHING)
        tl__wait_leave(script);
    tl__ready_take(script);
    tl__seat_leave(script);
    if (!tell_joiners(script) && script->end.failure != NULL)
        tl__failure_report_later(script->world, script->end.failure);
    tl__list_remove(&script->of_owner);
    tl__fiber_disown(script->fiber);
    tl_fiber_destroy(script->fiber);
    script->fiber = NULL;
    --script->group->script_count;
    --script->world->script_count;
    tl__failure_drop(script->caught);
    if (script->counter != NULL) {
        tl__store(&script->counter->tl__world, 0, memory_order_relaxed); // before it may be gone
        tl_counter_finish(script->counter);
    }
    script->end.id = tl__script_id(script);
    tl__kept_put(&script->world->kept, &script->end);
    give_back(script->world, script);
}

void tl__scripts_free(tl_world *world)
{
    for (uint32_t i = 0; i < world->script_slots / TL__SCRIPT_BLOCK; ++i)
        free(world->script_blocks[i]);
    free(world->script_blocks);
}

void tl__script_return(const void *result, size_t size)
{
    tl__script *self = tl__script_running();
    if (self == NULL)
        return; // a bare fiber
    self->end.result = malloc(size);
    if (self->end.result != NULL)
        memcpy(self->end.result, result, size);
    else
        self->end.failure = tl__failure_of_memory();
}

tl_result tl__script_return_early(const tl_fiber_entry *entry, const void *result, size_t size)
{
    tl__script *self = tl__script_running();
    if (self == NULL || self->asking)
        return tl__misuse(TL_ERROR_NO_SCRIPT, "tl_return");
    if (tl_fiber_unwinding())
        return tl__misuse(TL_ERROR_UNWINDING, "tl_return");
    if (self->end.entry != entry)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_return");
    tl__script_return(result, size);
    tl__wait_for_the_end(self);
}

tl_result tl__check_cycle(const tl__script *script, const tl__script *awaited)
{
    for (const tl__script *next = awaited; next != NULL;
         next = next->wait == TL_WAIT_SCRIPT ? next->listener.awaited : NULL)
        for (const tl__script *above = script; above != NULL; above = above->parent)
            if (next == above)
                return TL_ERROR_CYCLE;
    return TL_OK;
}

/// Waits for the other's end, or has what is kept of it. `entry`: what the other must be a script of; null for any.
static tl_result join(const char *call, tl_script script, const tl_fiber_entry *entry, void *result, size_t size,
                      tl_limit limit)
{
    tl__script *self;
    tl_result possible = tl__wait_enter(call, limit, &self);
    if (possible != TL_OK)
        return possible;
    if (entry != NULL && result == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    tl__script *other = tl__script_find(self->world, script);
    const tl__end *ended = other != NULL ? &other->end : tl__kept_find(&self->world->kept, script);
    if (ended == NULL)
        return TL_ERROR_STALE;
    if (entry != NULL && ended->entry != entry)
        return tl__misuse(TL_ERROR_ARGUMENT, call);
    self->listener.script = self;
    self->listener.buffer = result;
    self->listener.size = size;
    if (other == NULL)
        return tl__script_catch(ended, &self->listener);
    if (tl__check_cycle(self, other) != TL_OK)
        return tl__misuse(TL_ERROR_CYCLE, call);
    self->listener.awaited = other;
    return tl__wait_in(self, TL_WAIT_SCRIPT, TL__ALONE, &other->joiners, other->name, result, limit);
}

tl_result tl__wait_script(tl_script script, tl_limit limit)
{
    return join("tl_wait_script", script, NULL, NULL, 0, limit);
}

tl_result tl__wait_result(tl_script script, const tl_fiber_entry *entry, void *result, size_t size, tl_limit limit)
{
    return join("tl_wait_result", script, entry, result, size, limit);
}
