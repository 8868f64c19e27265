#include "world/heartbeat.h"

#include "base/allocator.h"
#include "fiber/info.h"
#include "os/signal_stack.h"
#include "os/threads.h"
#include "world/current.h"
#include "world/marks.h"

/// Room for all slots of scripts. Where there is no memory for it, the turns of some are not counted.
static void reserve_counts(tl_world *world)
{
    tl__pulse *pulse = &world->pulse;
    if (pulse->count_capacity >= world->script_slots)
        return;
    if (!TL__GROW(pulse->counts, pulse->count_capacity, world->script_slots))
        return;
    for (uint32_t i = pulse->count_capacity; i < world->script_slots; ++i)
        pulse->counts[i] = (tl__turn_count){0};
    pulse->count_capacity = world->script_slots;
}

#ifndef NDEBUG
void (*_Atomic tl__watch_new_world)(tl_world *world);
#endif

void tl__pulse_world_made(tl_world *world)
{
#ifndef NDEBUG
    void (*watch)(tl_world *) = atomic_load(&tl__watch_new_world);
    if (watch != NULL)
        watch(world);
#else
    (void)world;
#endif
}

void tl__pulse_world_ends(tl_world *world)
{
    if (world->pulse.stop_default != NULL)
        world->pulse.stop_default(world);
}

void tl__pulse_note_thread(tl_world *world)
{
    if (!tl__pulse_is_watched(world))
        return;
    // Each time: it may be another thread than the last time, even where its number is the same. Without memory for a
    // signal stack, the watchdog's handler runs on the script's stack.
    tl__signal_stack_ensure();
    atomic_store_explicit(&world->pulse.thread, tl__thread_system_id(), memory_order_relaxed);
    reserve_counts(world);
}

void tl__pulse_begin(tl_world *world)
{
    if (!tl__pulse_is_watched(world))
        return;
    tl__pulse *pulse = &world->pulse;
    tl__pulse_note_thread(world);
    atomic_store_explicit(&pulse->step_turns, 0, memory_order_relaxed);
    atomic_store_explicit(&pulse->most.turns, 0, memory_order_relaxed);
    atomic_store_explicit(&pulse->step, ++pulse->latest_step, memory_order_relaxed);
}

void tl__pulse_end(tl_world *world)
{
    if (tl__pulse_is_watched(world))
        atomic_store_explicit(&world->pulse.step, 0, memory_order_relaxed);
}

void tl__pulse_free(tl__pulse *pulse)
{
    tl__free(pulse->counts, pulse->count_capacity * sizeof *pulse->counts);
}

/// Counts a turn of a script. How many it has had in this step; 0 when that cannot be counted.
static uint64_t count_turn(tl__pulse *pulse, const tl__script *script)
{
    uint64_t step = atomic_load_explicit(&pulse->step, memory_order_relaxed);
    if (step == 0 || script->index1 > pulse->count_capacity)
        return 0;
    tl__turn_count *count = &pulse->counts[script->index1 - 1];
    if (count->step != step || count->generation != script->generation)
        *count = (tl__turn_count){.step = step, .generation = script->generation};
    return ++count->turns;
}

void tl__pulse_count(tl__script *script)
{
    tl__pulse *pulse = &script->world->pulse;
    tl__most_turns *most = &pulse->most;
    if (!script->world->parallel.running)
        reserve_counts(script->world); // parallel scripts make no others
    atomic_fetch_add_explicit(&pulse->step_turns, 1, memory_order_relaxed);
    uint64_t turns = count_turn(pulse, script);
    if (turns == 0 || turns < atomic_load_explicit(&most->turns, memory_order_relaxed))
        return;
    // Where another parallel script is just being noted, this one will be at one of its next turns. acquire and
    // release: the rest belongs to the one that has the flag.
    if (atomic_flag_test_and_set_explicit(&most->taken, memory_order_acquire))
        return;
    if (turns >= atomic_load_explicit(&most->turns, memory_order_relaxed)) {
        most->script = script;
        most->generation = script->generation;
        most->entry = script->end.entry;
        atomic_store_explicit(&most->turns, turns, memory_order_relaxed);
    }
    atomic_flag_clear_explicit(&most->taken, memory_order_release);
}

void tl__pulse_beat(tl_world *world)
{
    tl__pulse *pulse = &world->pulse;
    uint64_t turns = atomic_load_explicit(&pulse->turns, memory_order_relaxed);
    atomic_store_explicit(&pulse->turns, turns + 1, memory_order_relaxed);
    atomic_store_explicit(&pulse->busy, world->running > 0, memory_order_relaxed);
}

tl__pulse *tl__world_pulse(tl_world *world)
{
    return &world->pulse;
}

/// The first that runs in parallel; null for none.
static tl__script *first_beside(const tl_world *world)
{
    const tl__lane *lane = &world->parallel.lane;
    for (uint32_t slot = 0; world->parallel.running && slot < lane->count; ++slot) {
        tl__script *script = lane->slots[slot].script;
        if (script != NULL && tl__is_marked(script, TL__BESIDE))
            return script;
    }
    return NULL;
}

static void copy_name(char *to, const char *name)
{
    size_t length = 0;
    for (; name[length] != '\0' && length < TL__COPIED_NAME - 1; ++length)
        to[length] = name[length];
    to[length] = '\0';
}

static void describe_script(tl__script *script, tl__seen_script *seen)
{
    seen->script = script;
    copy_name(seen->name, script->name);
    seen->function = tl__entry_name(script->end.entry);
    seen->spawned = script->site != NULL ? *script->site : (tl_site){0};
}

bool tl__world_running_script(const tl_world *world, tl__seen_script *script, bool *here)
{
    tl__script *found = tl__script_current();
    *here = found != NULL && found->world == world;
    if (!*here)
        found = first_beside(world);
    if (found != NULL)
        describe_script(found, script);
    return found != NULL;
}

/// The script with the most turns, as far as it is still there.
static void describe_most(const tl__most_turns *most, tl__seen_script *seen)
{
    if (most->script->fiber != NULL && most->script->generation == most->generation)
        describe_script(most->script, seen);
    else
        *seen = (tl__seen_script){.function = tl__entry_name(most->entry)};
}

bool tl__world_long_step(tl_world *world, uint64_t step, tl__seen_step *seen)
{
    tl__pulse *pulse = &world->pulse;
    if (atomic_load_explicit(&pulse->step, memory_order_relaxed) != step ||
        atomic_flag_test_and_set_explicit(&pulse->most.taken, memory_order_acquire)) // by the code that is interrupted
        return false;
    seen->number = world->steps;
    seen->is_frame_end = world->phase == TL__FRAME_PLACE;
    seen->turns = atomic_load_explicit(&pulse->step_turns, memory_order_relaxed);
    seen->most_turns = atomic_load_explicit(&pulse->most.turns, memory_order_relaxed);
    if (seen->most_turns > 0)
        describe_most(&pulse->most, &seen->most);
    atomic_flag_clear_explicit(&pulse->most.taken, memory_order_release);
    return seen->most_turns > 0;
}

void tl__world_end_script(const tl__seen_script *script)
{
    // relaxed: nothing else depends on it
    if (!__atomic_exchange_n(&script->script->to_end, true, __ATOMIC_RELAXED))
        tl__add(&script->script->world->to_end, 1, memory_order_relaxed);
}
