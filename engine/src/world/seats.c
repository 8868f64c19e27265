#include "world/seats.h"

#include <stdlib.h>

#include "base/grow.h"
#include "world/entity.h"
#include "world/timer.h"

enum {
    LEAST_WORDS = 8, ///< of a row
    LEAST_TO_COMPACT = 256,
};

/// Gives `*row` room for `more` more words, which are zero.
static bool grow_row(uint64_t **row, uint32_t had, uint32_t more)
{
    if (!TL__GROW(*row, had + more))
        return false;
    for (uint32_t word = had; word < had + more; ++word)
        (*row)[word] = 0;
    return true;
}

static void move_bit(uint64_t *row, uint32_t from, uint32_t to)
{
    uint64_t bit = row[from / TL__SEAT_BITS] >> from % TL__SEAT_BITS & 1;
    row[from / TL__SEAT_BITS] &= ~((uint64_t)1 << from % TL__SEAT_BITS);
    row[to / TL__SEAT_BITS] |= bit << to % TL__SEAT_BITS;
}

/// Moves seats together so that none is empty. No script may be waiting for its turn alone.
static void compact(tl__parallel *parallel)
{
    uint32_t kept = 0;
    for (uint32_t seat = 0; seat < parallel->count; ++seat) {
        tl__script *script = parallel->seats[seat];
        if (script == NULL)
            continue;
        move_bit(parallel->ready, seat, kept);
        move_bit(parallel->next, seat, kept);
        parallel->seats[kept++] = script;
        script->seat1 = kept;
    }
    parallel->count = kept;
    parallel->empty = 0;
}

void tl__seats_compact(tl__parallel *parallel)
{
    if (parallel->count >= LEAST_TO_COMPACT && parallel->empty > parallel->count / 2)
        compact(parallel);
}

tl_result tl__seat_reserve(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    if (!tl__is_stepping(world))
        tl__seats_compact(parallel);
    if (parallel->count < parallel->capacity)
        return TL_OK;
    uint32_t had = parallel->capacity / TL__SEAT_BITS, more = had > LEAST_WORDS ? had : LEAST_WORDS;
    if (!TL__GROW(parallel->seats, (had + more) * TL__SEAT_BITS) || !grow_row(&parallel->ready, had, more) ||
        !grow_row(&parallel->next, had, more) || !grow_row(&parallel->called, had, more))
        return TL_ERROR_OUT_OF_MEMORY;
    parallel->capacity = (had + more) * TL__SEAT_BITS;
    return TL_OK;
}

static void count_for_owner(const tl__script *script, uint32_t change)
{
    tl__entity_count_parallel(script->world, script->owner, change);
}

void tl__seat_take(tl__script *script)
{
    tl__parallel *parallel = &script->world->parallel;
    parallel->seats[parallel->count++] = script;
    script->seat1 = parallel->count;
    count_for_owner(script, 1);
}

void tl__seat_leave(tl__script *script)
{
    if (script->seat1 == 0)
        return;
    tl__seat_make_unready(script);
    script->world->parallel.seats[script->seat1 - 1] = NULL;
    ++script->world->parallel.empty;
    script->seat1 = 0;
    count_for_owner(script, UINT32_MAX);
}

bool tl__seat_is_ready(const tl__script *script)
{
    return script->world->parallel.ready[tl__seat_word(script)] & tl__seat_bit(script);
}

void tl__seat_make_ready(tl__script *script)
{
    script->world->parallel.ready[tl__seat_word(script)] |= tl__seat_bit(script);
    script->world->parallel.any_ready = true;
}

void tl__seat_make_unready(tl__script *script)
{
    tl__parallel *parallel = &script->world->parallel;
    uint32_t word = tl__seat_word(script);
    parallel->ready[word] &= ~tl__seat_bit(script);
    parallel->next[word] &= ~tl__seat_bit(script);
    parallel->called[word] &= ~tl__seat_bit(script);
}

void tl__parallel_free(tl__parallel *parallel)
{
    free(parallel->seats);
    free(parallel->ready);
    free(parallel->next);
    free(parallel->called);
}

void tl__seat_set_timer(tl__script *script)
{
    script->steps_on = false;
    tl__timer_set_next_step(script);
}

void tl__script_step_on(tl__script *script)
{
    if (script->group->budget != 0)
        tl__seat_set_timer(script);
    else
        script->world->parallel.next[tl__seat_word(script)] |= tl__seat_bit(script);
}

void tl__seats_set_timers(tl_group *group)
{
    tl__parallel *parallel = &group->world->parallel;
    for (uint32_t seat = 0; seat < parallel->count; ++seat) {
        tl__script *script = parallel->seats[seat];
        if (script == NULL || script->group != group || !(parallel->next[seat / TL__SEAT_BITS] & tl__seat_bit(script)))
            continue;
        tl__seat_make_unready(script);
        tl__seat_set_timer(script);
    }
}
