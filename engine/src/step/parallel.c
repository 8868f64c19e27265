// The parallel phase: which scripts run concurrently, and which alone (telar/parallel.h).
//
// Why any number of workers gives the same run: what scripts do concurrently, none of them sees before all are
// done with it, and the rest is done in the order of the seats, by one thread. Beside others a script changes nothing
// but itself, its fiber, its entity's transform that is not read by others (transform.c), and its bits. The bits of 64
// seats are one word, and each word is written by the job alone that runs those seats. So nothing here needs an order
// of its own: the start and the end of the jobs are all (tl_parallel_for).
#include "step/parallel.h"

#include <stdlib.h>

#include "fiber/fiber.h"
#include "fiber/owner.h"
#include "fiber/thread.h"
#include "script/race.h"
#include "script/script_end.h"
#include "script/script_run.h"
#include "script/waits.h"
#include "world/exclusive.h"
#include "world/heartbeat.h"
#include "world/ready.h"
#include "world/script_error.h"
#include "world/seats.h"
#include "world/spread.h"
#include "world/timer.h"

/// Words that one job has at least: their bits fill a line of the cache in each row.
enum { LEAST_WORDS = 8 };

/// Those that wait for the next step of a group that is frozen.
static uint64_t frozen_ones(const tl__parallel *parallel, uint32_t word)
{
    uint64_t frozen = 0;
    for (uint64_t bits = parallel->next[word]; bits != 0; bits &= bits - 1) {
        const tl__script *script = parallel->seats[word * TL__SEAT_BITS + (uint32_t)__builtin_ctzll(bits)];
        if (script->group->frozen)
            frozen |= tl__seat_bit(script);
    }
    return frozen;
}

void tl__parallel_begin(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    tl__seats_compact(parallel);
    bool any_frozen = tl__groups_any_frozen(world);
    for (uint32_t word = 0; word < tl__seat_words(parallel); ++word) {
        uint64_t stay = any_frozen ? frozen_ones(parallel, word) : 0; // their groups do not have this step
        parallel->ready[word] |= parallel->next[word] & ~stay;
        parallel->next[word] &= stay;
        parallel->any_ready = parallel->any_ready || parallel->ready[word] != 0;
    }
}

// Beside each other.

static void go_on(tl__script *script)
{
    script->steps_on = false;
    script->wait = TL_WAIT_NOTHING;
    script->fresh = true;
}

/// Whether a script may go on now; and it waits no more then.
static bool may_go_on(tl__script *script)
{
    if (script->steps_on)
        go_on(script);
    if (script->group->frozen) // since this step began
        return false;
    if (script->wait == TL_WAIT_PHASE)
        tl__wait_is_over(script);
    return script->wait == TL_WAIT_NOTHING; // else a predicate is asked, or a limit is looked at: alone
}

/// Resumes a script. Whether it needs a turn alone. (Inlined by force: as after each switch, a return were
/// mispredicted.)
static inline __attribute__((always_inline)) bool resume(tl__script *script, void **current)
{
    *current = script;
    script->active = true;
    __atomic_store_n(&script->beside, true, __ATOMIC_RELAXED); // nothing hangs on it for those who do not run it
    tl_result resumed = tl__fiber_resume_owned(script->fiber);
    tl__fiber_end_loan(script->fiber);
    __atomic_store_n(&script->beside, false, __ATOMIC_RELAXED);
    script->active = false;
    if (resumed != TL_OK || script->wants_turn || tl__is_to_be_settled(script))
        return true;
    if (!script->steps_on) { // it yielded by itself: what can that mean but the next step?
        script->wait = TL_WAIT_STEPS;
        script->steps_on = true;
    }
    return script->group->budget != 0;
}

/// (Inlined by force: gcc 12 drops calls of a function that does nothing but prefetch.)
static inline __attribute__((always_inline)) void fetch_ahead(tl__script *const *scripts, uint32_t count, uint32_t at)
{
    enum { SCRIPT = 18, FIBER = 12, STACK = 6 }; // far enough for memory to answer each, as in tl_prefetch_ahead
    if (at + SCRIPT < count)
        __builtin_prefetch(scripts[at + SCRIPT], 1);
    if (at + FIBER < count)
        tl_fiber_prefetch(scripts[at + FIBER]->fiber);
    if (at + STACK < count)
        tl_fiber_prefetch_stack(scripts[at + STACK]->fiber);
}

/// Nothing in here changes the thread, since whatever suspends a script comes back to where it was resumed.
static void run_all(tl__parallel *parallel, tl__script *const *scripts, uint32_t count)
{
    void **current = tl__thread_guest(), *before = *current;
    tl__pulse *pulse = count > 0 ? &scripts[0]->world->pulse : NULL;
    bool watched = pulse != NULL && atomic_load_explicit(&pulse->watched, memory_order_relaxed);
    for (uint32_t i = 0; i < count; ++i) {
        fetch_ahead(scripts, count, i);
        tl__script *script = scripts[i];
        bool goes_on = may_go_on(script);
        if (watched && goes_on) { // else all of them would be one turn
            atomic_fetch_add_explicit(&pulse->turns, 1, memory_order_relaxed);
            tl__pulse_count(script);
        }
        bool turn = !goes_on || resume(script, current);
        uint64_t *row = turn ? parallel->called : parallel->next;
        row[tl__seat_word(script)] |= tl__seat_bit(script);
    }
    *current = before;
}

/// Runs the ready ones of some words of seats.
TL_RANGE(run_words, tl__parallel, parallel, first, end)
{
    while (first < end) {
        tl__script *scripts[LEAST_WORDS * TL__SEAT_BITS];
        uint32_t count = 0;
        for (uint32_t i = 0; i < LEAST_WORDS && first < end; ++i, ++first) {
            for (uint64_t bits = parallel->ready[first]; bits != 0; bits &= bits - 1)
                scripts[count++] = parallel->seats[first * TL__SEAT_BITS + (uint32_t)__builtin_ctzll(bits)];
            parallel->ready[first] = 0;
        }
        run_all(parallel, scripts, count);
    }
}

static size_t grain_for(tl_jobs *jobs, size_t count)
{
    enum { PIECES = 8 };
    tl_jobs_info info = {.workers = 1};
    tl_jobs_get_info(jobs, &info);
    return (count / (PIECES * info.workers) / LEAST_WORDS + 1) * LEAST_WORDS;
}

static void run_beside(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    size_t count = tl__seat_words(parallel);
    tl__pulse_note_thread(world); // before the workers count turns
    parallel->running = true;
    ++world->running;
    tl__pulse_beat(world);
    ++parallel->rounds;
    bool done = false;
    if (tl__may_spread(world) && (count > LEAST_WORDS || tl_jobs_current() != world->jobs))
        done = tl_parallel_for(world->jobs, count, grain_for(world->jobs, count), run_words, parallel) == TL_OK;
    if (!done)
        run_words(parallel, 0, count);
    --world->running;
    tl__note_step_thread(world);
    tl__pulse_beat(world);
    parallel->running = false;
}

// Alone.

static void take_turn(tl__script *script, bool watched)
{
    if (script->wants_turn) {
        script->wants_turn = false;
        tl__script_run(script);
    } else if (script->steps_on) {
        tl__seat_set_timer(script);
    } else if (tl__is_to_be_settled(script) || tl__fiber_is_done(script->fiber)) {
        tl_world *world = script->world;
        tl__script_begin_time(script);
        tl__script_settle(script);
        tl__failures_report(world);
    } else if (tl__is_ready(script) || tl__is_held(script)) {
        return; // what it waits for came while another script ran alone: it continues concurrently
    } else if (script->group->frozen) {
        tl__ready_stop(script);
    } else if (script->wait == TL_WAIT_NOTHING || tl__wait_is_over(script)) {
        if (watched)
            tl__pulse_count(script);
        tl__script_run(script);
    }
}

static void take_turns(tl_world *world)
{
    tl__parallel *parallel = &world->parallel; // whose rows may be moved meanwhile
    bool watched = tl__pulse_is_watched(world);
    for (uint32_t word = 0; word < tl__seat_words(parallel); ++word) {
        for (uint64_t bits; (bits = parallel->called[word]) != 0;) {
            parallel->called[word] = bits & (bits - 1);
            take_turn(parallel->seats[word * TL__SEAT_BITS + (uint32_t)__builtin_ctzll(bits)], watched);
            tl__gatherings_settle(world);
        }
    }
}

void tl__parallel_run(tl_world *world)
{
    while (world->parallel.any_ready) {
        world->parallel.any_ready = false;
        tl__groups_run_beside(world);
        run_beside(world);
        take_turns(world);
    }
}
