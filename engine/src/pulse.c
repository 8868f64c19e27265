#include "pulse.h"

#include "signal_stack.h"
#include "world_internal.h"

void tl__pulse_begin(tl_world *world)
{
    if (!atomic_load_explicit(&world->pulse.watched, memory_order_relaxed))
        return;
    // At each step: the thread may be another than at the last one, even where its pthread_t is the same. Without memory
    // for a signal stack, the watchdog's handler runs on the script's stack.
    tl__signal_stack_ensure();
    atomic_store_explicit(&world->pulse.thread, pthread_self(), memory_order_relaxed);
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

/// The first that runs beside others; null for none.
static tl__script *first_beside(const tl_world *world)
{
    for (uint32_t seat = 0; world->parallel.running && seat < world->parallel.count; ++seat) {
        tl__script *script = world->parallel.seats[seat];
        if (script != NULL && __atomic_load_n(&script->beside, __ATOMIC_RELAXED))
            return script;
    }
    return NULL;
}

bool tl__world_running_script(const tl_world *world, tl__running_script *script)
{
    tl__script *found = tl__script_current();
    bool here = found != NULL && found->world == world;
    if (!here)
        found = first_beside(world);
    if (found == NULL)
        return false;
    *script = (tl__running_script){found, found->name, found->end.entry->name, .here = here};
    if (found->site != NULL)
        script->spawned = *found->site;
    return true;
}

void tl__world_end_running_script(const tl__running_script *script)
{
    __atomic_store_n(&script->script->to_end, true, __ATOMIC_RELAXED); // nothing else hangs on it
}

bool tl__script_is_to_end(const tl__script *script)
{
    return __atomic_load_n(&script->to_end, __ATOMIC_RELAXED); // as above
}

void tl__script_end_if_stuck(tl__script *script)
{
    if (!tl__script_is_to_end(script))
        return;
    __atomic_store_n(&script->to_end, false, __ATOMIC_RELAXED);
    if (tl__script_is_alive(script))
        tl__script_cancel(script);
}
