#include <math.h>
#include <stdlib.h>

#include "world_internal.h"

enum { DEFAULT_STEPS_PER_SECOND = 60, MAX_STEPS_PER_SECOND = 1000000, DEFAULT_SCRIPTS = 4096, MAX_SCALE = 1000 };

/// A second has 2^33 to 2^34 of a world's units of time: under 120 picoseconds each, for 17 years and more.
enum { LEAST_UNIT_BITS = 33 };

static bool is_sooner(const tl__heap_node *left, const tl__heap_node *right)
{
    return ((const tl__timer *)left)->deadline < ((const tl__timer *)right)->deadline;
}

/// The documented order: phase, priority, creation.
static bool runs_before(const tl__heap_node *left, const tl__heap_node *right)
{
    const tl__script *a = (const tl__script *)left, *b = (const tl__script *)right;
    if (a->phase != b->phase)
        return a->phase < b->phase;
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return a->creation < b->creation;
}

tl_result tl_world_create(const tl_world_desc *desc, tl_world **world)
{
    if (world != NULL)
        *world = NULL;
    if (desc == NULL || world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (desc->steps_per_second > MAX_STEPS_PER_SECOND)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl_world *made = calloc(1, sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_pool_desc stacks = {.stack_size = desc->stack_size,
                           .stack_count = desc->max_scripts > 0 ? desc->max_scripts : DEFAULT_SCRIPTS};
    tl_result result = tl_pool_create(&stacks, &made->stacks);
    if (result != TL_OK) {
        free(made);
        return result;
    }
    made->steps_per_second = desc->steps_per_second > 0 ? desc->steps_per_second : DEFAULT_STEPS_PER_SECOND;
    made->units_per_step = (int64_t)1 << LEAST_UNIT_BITS;
    for (uint32_t rate = made->steps_per_second; rate > 1; rate /= 2)
        made->units_per_step /= 2;
    made->units_per_second = made->units_per_step * made->steps_per_second;
    made->game_units_per_step = made->units_per_step;
    made->ready.before = runs_before;
    for (int clock = 0; clock < TL__CLOCKS; ++clock)
        made->timers[clock].before = is_sooner;
    tl__list_init(&made->living_entities);
    tl__list_init(&made->scripts);
    tl__list_init(&made->retired);
    tl__list_init(&made->predicates);
    tl__list_init(&made->events);
    tl__list_init(&made->channels);
    *world = made;
    return TL_OK;
}

/// Whether some call that works on the world is not finished yet.
static bool is_busy(const tl_world *world)
{
    return world->stepping || world->closing || world->running > 0;
}

tl_result tl_world_destroy(tl_world *world)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (is_busy(world))
        return tl__misuse(TL_ERROR_IN_SCRIPT, __func__);
    world->closing = true;
    tl__entities_destroy(world);
    tl__scripts_cancel_all(&world->scripts);
    tl__events_destroy(world);
    tl__channels_destroy(world);
    tl__scripts_free(world);
    tl__entities_free(world);
    tl__heap_free(&world->ready);
    for (int clock = 0; clock < TL__CLOCKS; ++clock)
        tl__heap_free(&world->timers[clock]);
    tl_pool_destroy(world->stacks);
    free(world);
    return TL_OK;
}

static void advance_time(tl_world *world)
{
    ++world->now[TL__STEPS];
    world->now[TL__REAL_TIME] += world->units_per_step;
    if (world->now[TL__GAME_TIME] < TL__NEVER / 2) // at a thousand times the speed, that is within days
        world->now[TL__GAME_TIME] += world->game_units_per_step;
}

static void ask_predicates(tl_world *world)
{
    for (tl__link *link = world->predicates.next; link != &world->predicates; link = link->next)
        if (TL__ITEM(link, tl__script, of_wait)->ready.place1 == 0)
            tl__heap_put(&world->ready, &TL__ITEM(link, tl__script, of_wait)->ready);
}

tl_result tl_world_step(tl_world *world)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (is_busy(world))
        return tl__misuse(TL_ERROR_IN_SCRIPT, __func__);
    world->stepping = true;
    advance_time(world);
    tl__timers_fire(world);
    ask_predicates(world);
    for (tl__heap_node *first; (first = tl__heap_first(&world->ready)) != NULL;) {
        tl__heap_take(&world->ready, first);
        tl__script *script = (tl__script *)first;
        if (tl__wait_is_over(script))
            tl__script_run(script);
    }
    world->stepping = false;
    return TL_OK;
}

tl_result tl_world_set_time_scale(tl_world *world, double scale)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (!(scale >= 0 && scale <= MAX_SCALE))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    world->game_units_per_step = llround(scale * (double)world->units_per_step);
    return TL_OK;
}

tl_world_time tl_world_get_time(const tl_world *world)
{
    if (world == NULL)
        return (tl_world_time){0};
    double per_second = (double)world->units_per_second;
    return (tl_world_time){
        .steps = (uint64_t)world->now[TL__STEPS],
        .real_seconds = (double)world->now[TL__REAL_TIME] / per_second,
        .game_seconds = (double)world->now[TL__GAME_TIME] / per_second,
        .real_delta = (double)world->units_per_step / per_second,
        .game_delta = (double)world->game_units_per_step / per_second,
        .scale = (double)world->game_units_per_step / (double)world->units_per_step,
    };
}
