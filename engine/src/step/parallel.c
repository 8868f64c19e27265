// The parallel phase: which scripts run beside each other, and which alone (telar/parallel.h).
//
// Why any number of workers gives the same run: what scripts do beside each other, none of them sees before all are
// done with it, and the rest is done in the order of the seats, by one thread. Beside others a script changes nothing
// but itself, its fiber, its entity's transform that is not read by others (entity.c), and its bits. The bits of 64
// seats are one word, and each word is written by the job alone that runs those seats. So nothing here needs an order
// of its own: the start and the end of the jobs are all (tl_parallel_for).
#include "telar/parallel.h"

#include <stdlib.h>

#include "job/wait.h"
#include "world_internal.h"

enum {
    BITS = 64,
    /// Words that one job has at least: their bits fill a line of the cache in each row.
    LEAST_WORDS = 8,
    LEAST_TO_COMPACT = 256,
};

static uint32_t words(const tl__parallel *parallel)
{
    return (parallel->count + BITS - 1) / BITS;
}

static uint64_t bit_of(const tl__script *script)
{
    return (uint64_t)1 << ((script->seat1 - 1) % BITS);
}

static uint32_t word_of(const tl__script *script)
{
    return (script->seat1 - 1) / BITS;
}

// Seats.

/// `*row` has room for so many words more, which are zero.
static bool grow_row(uint64_t **row, uint32_t had, uint32_t more)
{
    uint64_t *grown = realloc(*row, (had + more) * sizeof *grown);
    if (grown == NULL)
        return false;
    for (uint32_t word = had; word < had + more; ++word)
        grown[word] = 0;
    *row = grown;
    return true;
}

static void move_bit(uint64_t *row, uint32_t from, uint32_t to)
{
    uint64_t bit = row[from / BITS] >> from % BITS & 1;
    row[from / BITS] &= ~((uint64_t)1 << from % BITS);
    row[to / BITS] |= bit << to % BITS;
}

/// Closes the ranks. Nobody is called now.
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

static void compact_if_worth_it(tl__parallel *parallel)
{
    if (parallel->count >= LEAST_TO_COMPACT && parallel->empty > parallel->count / 2)
        compact(parallel);
}

tl_result tl__seat_reserve(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    if (!world->stepping)
        compact_if_worth_it(parallel);
    if (parallel->count < parallel->capacity)
        return TL_OK;
    uint32_t had = parallel->capacity / BITS, more = had > LEAST_WORDS ? had : LEAST_WORDS;
    tl__script **seats = realloc(parallel->seats, (size_t)(had + more) * BITS * sizeof(tl__script *));
    if (seats == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    parallel->seats = seats;
    if (!grow_row(&parallel->ready, had, more) || !grow_row(&parallel->next, had, more) ||
        !grow_row(&parallel->called, had, more))
        return TL_ERROR_OUT_OF_MEMORY;
    parallel->capacity = (had + more) * BITS;
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
    return script->world->parallel.ready[word_of(script)] & bit_of(script);
}

void tl__seat_make_ready(tl__script *script)
{
    script->world->parallel.ready[word_of(script)] |= bit_of(script);
    script->world->parallel.any_ready = true;
}

void tl__seat_make_unready(tl__script *script)
{
    tl__parallel *parallel = &script->world->parallel;
    uint32_t word = word_of(script);
    parallel->ready[word] &= ~bit_of(script);
    parallel->next[word] &= ~bit_of(script);
    parallel->called[word] &= ~bit_of(script);
}

void tl__parallel_free(tl__parallel *parallel)
{
    free(parallel->seats);
    free(parallel->ready);
    free(parallel->next);
    free(parallel->called);
}

// Waiting for the next step, which takes no timer.

bool tl__step_on(void)
{
    tl__script *self = tl__script_current();
    if (self == NULL || self->seat1 == 0 || self->asking || self->caught != NULL || tl__script_is_to_end(self) ||
        (self->doomed && self->shields == 0) || !tl__fiber_runs_here(self->fiber))
        return false;
    self->wait = TL_WAIT_STEPS;
    self->steps_on = true;
    return true;
}

static void set_timer(tl__script *script)
{
    script->steps_on = false;
    tl__wait_for_next_step(script);
}

void tl__script_step_on(tl__script *script)
{
    if (script->group->budget != 0)
        set_timer(script);
    else
        script->world->parallel.next[word_of(script)] |= bit_of(script);
}

void tl__seats_set_timers(tl_group *group)
{
    tl__parallel *parallel = &group->world->parallel;
    for (uint32_t seat = 0; seat < parallel->count; ++seat) {
        tl__script *script = parallel->seats[seat];
        if (script == NULL || script->group != group || !(parallel->next[seat / BITS] & bit_of(script)))
            continue;
        tl__seat_make_unready(script);
        set_timer(script);
    }
}

/// Those that wait for the next step of a group that is frozen.
static uint64_t frozen_ones(const tl__parallel *parallel, uint32_t word)
{
    uint64_t frozen = 0;
    for (uint64_t bits = parallel->next[word]; bits != 0; bits &= bits - 1) {
        const tl__script *script = parallel->seats[word * BITS + (uint32_t)__builtin_ctzll(bits)];
        if (script->group->frozen)
            frozen |= bit_of(script);
    }
    return frozen;
}

void tl__parallel_begin(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    compact_if_worth_it(parallel);
    bool any_frozen = tl__groups_any_frozen(world);
    for (uint32_t word = 0; word < words(parallel); ++word) {
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

/// Whether it will not go on, or is not to.
static bool is_to_be_settled(const tl__script *script)
{
    return script->closing || (script->doomed && script->shields == 0) || tl__script_is_to_end(script);
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
    if (resumed != TL_OK || script->wants_turn || is_to_be_settled(script))
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
        row[word_of(script)] |= bit_of(script);
    }
    *current = before;
}

/// Runs the ready ones of some words of seats.
TL_RANGE(run_words, tl__parallel, parallel, first, end)
{
    while (first < end) {
        tl__script *scripts[LEAST_WORDS * BITS];
        uint32_t count = 0;
        for (uint32_t i = 0; i < LEAST_WORDS && first < end; ++i, ++first) {
            for (uint64_t bits = parallel->ready[first]; bits != 0; bits &= bits - 1)
                scripts[count++] = parallel->seats[first * BITS + (uint32_t)__builtin_ctzll(bits)];
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

bool tl__may_spread(const tl_world *world)
{
    return world->jobs != NULL && !tl__waits_in_its_own_way();
}

static void run_beside(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    size_t count = words(parallel);
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

tl_result tl__take_turn(const char *call)
{
    tl__script *self = tl__script_current();
    if (self == NULL || !self->beside)
        return TL_OK;
    if (self->fiber != tl_fiber_current())
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    bool cleans_up = tl_fiber_unwinding(); // which nothing may end half-way
    self->shields += cleans_up;
    self->cleans_up = cleans_up;
    self->wants_turn = true;
    tl__fiber_yield_anywhere();
    self->cleans_up = false;
    self->shields -= cleans_up;
    return TL_OK;
}

#ifdef NDEBUG
enum { CHECKS_THREADS = false };
#else
enum { CHECKS_THREADS = true };
#endif

/// Whether another thread is stepping the world, as far as the caller can tell: it is neither that thread, nor what
/// called tl_world_step, nor one of the world's scripts.
static bool is_stepped_elsewhere(const tl_world *world)
{
    uint64_t thread = tl__load(&world->step_thread, memory_order_relaxed);
    const tl__script *self = tl__script_current();
    return thread != 0 && thread != tl__thread_token() && (self == NULL || self->world != world) &&
           tl__load(&world->stepper, memory_order_relaxed) != tl__holder_here();
}

tl_result tl__change_begin(const tl_world *world, const char *call)
{
    if (CHECKS_THREADS && world != NULL && is_stepped_elsewhere(world))
        return tl__misuse(TL_ERROR_OTHER_THREAD, call);
    return tl__take_turn(call);
}

tl_result tl_wait_turn(void)
{
    if (tl__script_running() == NULL)
        return tl__misuse(TL_ERROR_NO_SCRIPT, __func__);
    return tl__take_turn(__func__);
}

static void take_turn(tl__script *script, bool watched)
{
    if (script->wants_turn) {
        script->wants_turn = false;
        tl__script_run(script);
    } else if (script->steps_on) {
        set_timer(script);
    } else if (is_to_be_settled(script) || tl__fiber_is_done(script->fiber)) {
        tl_world *world = script->world;
        tl__script_begin_time(script);
        tl__script_settle(script);
        tl__failures_report(world);
    } else if (tl__is_ready(script) || script->held) {
        return; // what it waits for has come in another's turn: it goes on beside others
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
    for (uint32_t word = 0; word < words(parallel); ++word) {
        for (uint64_t bits; (bits = parallel->called[word]) != 0;) {
            parallel->called[word] = bits & (bits - 1);
            take_turn(parallel->seats[word * BITS + (uint32_t)__builtin_ctzll(bits)], watched);
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
