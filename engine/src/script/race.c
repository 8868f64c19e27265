// SPDX-License-Identifier: MIT
// Races and syncs. A script that races or syncs keeps a wait set on its stack. For each arm the set has a listener and
// a timer, as a lone wait has, and the child if the arm is one. An arm that completes notifies the wait set, which at
// some point decides the outcome. Then the script stops waiting for all arms, and the losing children are ended:
// between the runs of two scripts or, if an arm decides while the arms begin, by the racing script itself; never inside
// the code that resolved the set. When the last of these children has ended, the script is woken.
#include <limits.h>
#include <string.h>

#include "base/misuse.h"
#include "os/allocator.h"
#include "script/arm_kind.h"
#include "script/call.h"
#include "script/race.h"
#include "script/script_end.h"
#include "script/script_run.h"
#include "script/spawn.h"
#include "script/waits.h"
#include "world/group.h"
#include "world/lanes.h"
#include "world/timer.h"
#include "world/wait.h"

typedef struct arm {
    tl__listener listener;
    tl__timer timer;
    tl__script_record *child; ///< null once the child has ended, and if the arm is not a child
} arm;

typedef struct wait_set {
    tl__wait_base frame; ///< must be first: a tl__wait_base * is cast to a wait_set *
    tl__link of_world;   ///< in world->resolved or world->pending_timeouts
    arm *arms;
    int32_t count;
    int32_t open;     ///< number of arms that have neither succeeded nor dropped out
    int32_t children; ///< number of children that have not ended
    int32_t cursor;   ///< arms from this index on have no child left to cancel
    int32_t passed;   ///< lowest index of a time arm (or THE_LIMIT) whose time came in this step; NOT_PASSED: none
    bool race, resolved, suspended;
    bool one_is_out;
    bool fresh; ///< the set was resolved between two steps
    tl_race_outcome outcome;
    tl__time local[TL__CLOCKS];        ///< own time that the script will have once woken
    tl__time passed_local[TL__CLOCKS]; ///< the same, if the time of `passed` decides
} wait_set;

enum { NOT_PASSED = INT32_MAX, THE_LIMIT = INT32_MAX - 1, FEW_ARMS = 8 };

/// Stops waiting for all arms that are not children, and for the limit. From now on ignores how the children end.
static void leave_sources(wait_set *all)
{
    for (arm *each = all->arms; each < all->arms + all->count; ++each) {
        each->listener.is_deaf = true;
        if (each->child == NULL)
            tl__list_remove(&each->listener.link);
        tl__timer_take(&each->timer);
    }
    tl__timer_take(&all->frame.script->limit);
    tl__list_remove(&all->of_world);
}

static void leave_arms(tl__wait_base *frame)
{
    wait_set *all = (wait_set *)frame;
    frame->script->frame = NULL;
    if (all->resolved) // decide() has called leave_sources
        tl__list_remove(&all->of_world);
    else
        leave_sources(all);
    for (arm *each = all->arms; each < all->arms + all->count; ++each)
        tl__list_remove(&each->listener.link);
    all->frame.script->group->arm_timers -= (uint32_t)all->count;
    all->frame.script->world->arm_timers -= (uint32_t)all->count;
}

/// Makes the script ready, and sets its own time to that of the arm that resolved the set.
static void wake_script(wait_set *all)
{
    tl__script_record *script = all->frame.script;
    tl__wake(script, TL_OK);
    memcpy(script->local, all->local, sizeof script->local);
    script->fresh = all->fresh;
}

static void decide(wait_set *all, tl_result result)
{
    all->resolved = true;
    all->outcome.result = result;
    leave_sources(all);
    if (!all->suspended)
        return;
    if (all->children == 0) {
        wake_script(all);
        return;
    }
    tl__list_append(&all->frame.script->world->resolved, &all->of_world);
    tl__lanes_interrupt(all->frame.script->world); // the losers end before another script runs
}

/// Handles an arm of a race that has succeeded (TL_OK), failed (TL_ERROR_FAILED) or dropped out (any other result).
static void judge_race(wait_set *all, int32_t index, tl_result how)
{
    if (how == TL_ERROR_FAILED) {
        decide(all, TL_ERROR_FAILED);
    } else if (how == TL_OK) {
        all->outcome.winner = index;
        decide(all, TL_OK);
    } else if (all->open == 0) {
        decide(all, TL_ERROR_NONE_LEFT);
    }
}

static void judge_sync(wait_set *all, tl_result how)
{
    if (how == TL_ERROR_FAILED) {
        decide(all, TL_ERROR_FAILED);
        return;
    }
    all->one_is_out = all->one_is_out || how != TL_OK;
    if (all->open == 0)
        decide(all, all->one_is_out ? TL_CANCELLED : TL_OK);
}

static void judge(wait_set *all, int32_t index, tl_result how)
{
    --all->open;
    if (all->race)
        judge_race(all, index, how);
    else
        judge_sync(all, how);
}

static void arm_is_done(wait_set *all, int32_t index, tl_result how, const tl__script_record *ended)
{
    arm *done = &all->arms[index];
    if (done->child != NULL) {
        done->child = NULL;
        --all->children;
    }
    if (!all->resolved) {
        all->fresh = !tl__is_stepping(all->frame.script->world);
        if (ended != NULL)
            tl__local_follow(all->local, all->frame.script->group, ended);
        else
            tl__local_now(all->local, all->frame.script->group);
        judge(all, index, how);
    } else if (all->suspended && all->children == 0 && all->of_world.next == NULL) {
        wake_script(all);
    }
}

static void arm_ended(tl__wait_base *frame, tl__listener *listener, tl_result how, const tl__script_record *ended)
{
    arm_is_done((wait_set *)frame, listener->index, how, ended);
}

/// Notes that the time of a race's arm, or the limit, has come. That decides the outcome only if no other arm completes
/// in this step.
static void set_pending_timeout(wait_set *all, int32_t index, tl__timer_clock clock, tl__time deadline)
{
    if (index >= all->passed)
        return;
    all->passed = index;
    tl__local_now(all->passed_local, all->frame.script->group);
    all->passed_local[clock] = deadline;
    if (all->of_world.next == NULL)
        tl__list_append(&all->frame.script->world->pending_timeouts, &all->of_world);
}

static void time_has_come(wait_set *all, tl__timer *timer)
{
    tl__timer_take(timer);
    int32_t index = timer->use == TL__TIMER_IS_LIMIT ? THE_LIMIT : timer->index;
    if (all->race || index == THE_LIMIT) {
        set_pending_timeout(all, index, timer->clock, timer->deadline);
        return;
    }
    tl__time local[TL__CLOCKS];
    tl__local_now(local, all->frame.script->group);
    local[timer->clock] = timer->deadline;
    for (tl__timer_clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        all->local[clock] = local[clock] > all->local[clock] ? local[clock] : all->local[clock];
    all->fresh = false;
    judge(all, index, TL_OK);
}

static void timer_fired(tl__wait_base *frame, tl__timer *timer)
{
    time_has_come((wait_set *)frame, timer);
}

static const tl__wait_kind kind = {.leave = leave_arms, .tell = arm_ended, .fire = timer_fired};

/// Resolves the set by the time of `passed`, since no other arm has completed in this step.
static void decide_by_time(wait_set *all)
{
    memcpy(all->local, all->passed_local, sizeof all->local);
    all->fresh = false;
    if (all->passed != THE_LIMIT)
        all->outcome.winner = all->passed;
    decide(all, all->passed != THE_LIMIT ? TL_OK : TL_TIMED_OUT);
}

bool tl__wait_sets_time_out(tl_world *world)
{
    bool any = false;
    tl__link *next;
    for (tl__link *link = world->pending_timeouts.next; link != &world->pending_timeouts; link = next) {
        next = link->next;
        wait_set *all = TL__ITEM(link, wait_set, of_world);
        if (all->frame.script->phase_order != world->phase || all->frame.script->group->frozen)
            continue;
        any = true;
        decide_by_time(all);
    }
    return any;
}

/// Returns the newest child that is still to be cancelled, or null.
static tl__script_record *newest_loser(wait_set *all)
{
    while (all->cursor > 0) {
        tl__script_record *child = all->arms[--all->cursor].child;
        if (child != NULL && tl__script_record_is_alive(child))
            return child;
    }
    return NULL;
}

void tl__wait_sets_cancel_losers(tl_world *world)
{
    while (!tl__list_is_empty(&world->resolved)) { // reads the head each time: clean-ups may end any script
        wait_set *all = TL__ITEM(world->resolved.next, wait_set, of_world);
        tl__script_record *loser = newest_loser(all);
        if (loser != NULL) {
            tl__script_cancel_now(loser);
            continue;
        }
        tl__list_remove(&all->of_world);
        if (all->children == 0)
            wake_script(all);
    }
}

/// Creates the arm's child and, if its start time has come, runs it to its first wait.
static tl_result begin_child(wait_set *all, arm *begun, const tl_arm *plan)
{
    tl__script_record *self = all->frame.script, *child;
    tl_result made = tl__child_make(self, plan->entry, plan->args, plan->site, &child);
    if (made != TL_OK)
        return made;
    begun->child = child;
    ++all->children;
    begun->listener.size = plan->size;
    tl__listener_join(&begun->listener, &child->joiners, child->name);
    tl__time start = tl__has_limit(plan->time) ? tl__end_of(self, plan->time) : self->local[TL__GAME_TIME];
    if (tl__has_come(self->group, TL__GAME_TIME, start)) {
        child->local[TL__GAME_TIME] = start;
        tl__script_run(child);
    } else {
        child->wait = TL_WAIT_GAME_TIME;
        tl__timer_set(&child->timer, child, TL__TIMER_IS_WAIT, 0, TL__GAME_TIME, start);
    }
    return TL_OK;
}

static void begin_time(wait_set *all, arm *begun, tl_limit time)
{
    tl__script_record *self = all->frame.script;
    tl__timer_clock clock = tl__clock_of(time.clock);
    tl__timer_set(&begun->timer, self, TL__TIMER_IS_ARM, begun->listener.index, clock, tl__end_of(self, time));
    if (tl__has_come(self->group, clock, begun->timer.deadline))
        time_has_come(all, &begun->timer);
}

static tl_result check_time(const tl__script_record *self, const tl_arm *plan)
{
    (void)self;
    return tl__has_limit(plan->time) ? TL_OK : TL_ERROR_ARGUMENT;
}

const tl__arm_kind tl__child_arm = {0}, tl__time_arm = {.check = check_time};

/// Whether an arm whose kind has no `begin` is a time, and not a child. Compares the contents of the kind, not its
/// address: a program that links a shared library may have its own copy of the kinds.
static bool is_time(const tl_arm *plan)
{
    return plan->kind->check != NULL;
}

static tl_result begin_arm(wait_set *all, int32_t index, const tl_arm *plan)
{
    arm *begun = &all->arms[index];
    begun->listener.buffer = plan->to;
    if (plan->kind->begin != NULL) {
        tl_result how = plan->kind->begin(all->frame.script, plan, &begun->listener);
        if (how != TL_WOULD_WAIT)
            arm_is_done(all, index, how, NULL);
        return TL_OK;
    }
    if (!is_time(plan))
        return begin_child(all, begun, plan);
    begin_time(all, begun, plan->time);
    return TL_OK;
}

/// Returns TL_OK if an arm can be begun, else the error.
static tl_result check(const tl__script_record *self, const tl_arm *plan)
{
    if (!tl__is_limit(plan->time))
        return TL_ERROR_ARGUMENT;
    return plan->kind->check != NULL ? plan->kind->check(self, plan) : TL_OK;
}

/// Counts the arms and checks each of them. Returns the first error.
static tl_result check_all(const tl__script_record *self, const tl_arm *plans, int32_t *count)
{
    if (plans == NULL)
        return TL_ERROR_NULL;
    for (*count = 0; plans[*count].kind != NULL; ++*count) {
        tl_result checked = check(self, &plans[*count]);
        if (checked != TL_OK)
            return checked;
    }
    return *count > 0 ? TL_OK : TL_ERROR_ARGUMENT;
}

/// Begins the arms in order until the set is resolved. If it is not, starts the limit.
static void begin_all(wait_set *all, const tl_arm *plans, tl_limit limit)
{
    tl__script_record *self = all->frame.script;
    for (int32_t index = 0; index < all->count && !all->resolved && !tl__must_stop(self); ++index) {
        tl_result begun = begin_arm(all, index, &plans[index]);
        if (begun != TL_OK && !all->resolved)
            decide(all, begun);
    }
    if (all->resolved)
        return;
    if (tl__has_limit(limit)) {
        tl__timer_clock clock = tl__clock_of(limit.clock);
        tl__timer_set(&self->limit, self, TL__TIMER_IS_LIMIT, 0, clock, tl__end_of(self, limit));
        if (tl__has_come(self->group, clock, self->limit.deadline))
            time_has_come(all, &self->limit);
    }
    if (all->passed != NOT_PASSED) // a time had come before its arm began, and no arm completed at once
        decide_by_time(all);
}

/// Suspends the script until the set is resolved and all losing children have ended.
static void wait_for_all(wait_set *all)
{
    tl__script_record *self = all->frame.script;
    if (tl__must_stop(self))
        tl__wait_for_the_end(self);
    if (all->resolved)
        for (tl__script_record *loser; (loser = newest_loser(all)) != NULL;)
            tl__script_cancel_now(loser);
    if (all->resolved && all->children == 0) {
        tl__wait_leave(self);
        memcpy(self->local, all->local, sizeof self->local);
        return;
    }
    if (tl__must_stop(self))
        tl__wait_for_the_end(self);
    all->suspended = true;
    self->wait = all->resolved ? TL_WAIT_CHILD : all->race ? TL_WAIT_RACE : TL_WAIT_SYNC;
    tl_yield(NULL);
}

/// Initialises the wait set field by field: to clear the set and its arms whole would cost a short-lived child a tenth
/// of its lifetime. `passed_local` is set together with `passed`, and the timers' other fields when a timer is set.
static void fill_wait_set(wait_set *all, tl__script_record *self, arm *arms, int32_t count, bool race)
{
    all->frame = (tl__wait_base){&kind, self};
    all->of_world = (tl__link){0};
    all->arms = arms;
    all->count = all->open = all->cursor = count;
    all->children = 0;
    all->passed = NOT_PASSED;
    all->race = race;
    all->resolved = all->suspended = all->one_is_out = all->fresh = false;
    all->outcome = (tl_race_outcome){TL_OK, -1};
    memcpy(all->local, self->local, sizeof all->local);
}

static void fill_arm(arm *begun, wait_set *all, int32_t index)
{
    tl__listener *listener = &begun->listener;
    listener->link = (tl__link){0};
    listener->script = all->frame.script;
    listener->frame = &all->frame;
    listener->index = index;
    listener->is_deaf = false;
    listener->buffer = NULL;
    listener->size = 0;
    listener->name = NULL;
    listener->awaited = NULL;
    begun->timer.node.heap_index1 = 0;
    begun->child = NULL;
}

static tl_race_outcome wait_for_arms(tl__script_record *self, const tl_arm *plans, arm *arms, int32_t count, bool race,
                                     tl_limit limit)
{
    wait_set all;
    fill_wait_set(&all, self, arms, count, race);
    for (int32_t index = 0; index < count; ++index)
        fill_arm(&arms[index], &all, index);
    self->group->arm_timers += (uint32_t)count;
    self->world->arm_timers += (uint32_t)count;
    self->frame = &all.frame;
    begin_all(&all, plans, limit);
    wait_for_all(&all);
    return all.outcome;
}

/// The arms of a race or sync that has too many for the stack.
typedef struct many_arms {
    arm *arms;
    size_t size;
} many_arms;

static void free_arms(const many_arms *many)
{
    tl__free(many->arms, many->size);
}

static inline tl_race_outcome refused(tl_result result)
{
    return (tl_race_outcome){result, -1};
}

static tl_race_outcome wait_for_checked(const char *call, const tl_arm *plans, bool race, tl_limit limit)
{
    tl__script_record *self;
    int32_t count = 0;
    tl_result result = tl__wait_enter(call, limit, &self);
    if (result != TL_OK)
        return refused(result);
    result = check_all(self, plans, &count);
    if (result != TL_OK)
        return refused(result == TL_ERROR_STALE ? result : tl__misuse(result, call));
    result = tl__group_reserve(self->group, 0, (uint32_t)count);
    if (result != TL_OK)
        return refused(result);
    if (count <= FEW_ARMS) {
        arm arms[FEW_ARMS];
        return wait_for_arms(self, plans, arms, count, race, limit);
    }
    many_arms many __attribute__((cleanup(free_arms))) = {.size = (size_t)count * sizeof(arm)};
    many.arms = tl__allocate(many.size);
    if (many.arms == NULL)
        return refused(TL_ERROR_OUT_OF_MEMORY);
    return wait_for_arms(self, plans, many.arms, count, race, limit);
}

tl_race_outcome tl_race_raw(const tl_arm *arms, tl_limit limit)
{
    return wait_for_checked("tl_race", arms, true, limit);
}

tl_result tl_sync_raw(const tl_arm *arms, tl_limit limit)
{
    return wait_for_checked("tl_sync", arms, false, limit).result;
}
