// Several things at once. A script that races or syncs keeps a gathering on its stack: for each arm what it waits in,
// as a lone wait does, and the child if it is one. Whatever comes tells the gathering, which decides at some moment;
// then the script leaves all it waited for, the children that lost are ended between two scripts' turns (never inside
// whatever decided it), and when the last of them is gone the script is woken.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "world_internal.h"

typedef struct arm {
    tl__listener listener;
    tl__timer timer;
    tl__script *child; ///< while it has not ended
} arm;

struct tl__gathering {
    tl__link of_world; ///< in the world's list of decided or of late ones
    tl__script *script;
    arm *arms;
    int32_t count;
    int32_t open;     ///< arms that are neither done nor out
    int32_t children; ///< children that have not ended
    int32_t cursor;   ///< the arms from here on have no child that is still to be cancelled
    int32_t passed;   ///< the lowest index of a time that has come in this step; NOT_PASSED for none
    bool race, decided, suspended;
    bool one_is_out;
    bool fresh; ///< what decided it came between two steps
    int answer;
    tl__time local[TL__CLOCKS];        ///< what the script's own time will be
    tl__time passed_local[TL__CLOCKS]; ///< the same, should the time decide
};

enum { NOT_PASSED = INT32_MAX, THE_LIMIT = INT32_MAX - 1, FEW_ARMS = 8 };

bool tl__gathering_is_decided(const tl__gathering *gathering)
{
    return gathering->decided;
}

/// Waits no more for what is not a child.
static void leave_sources(tl__gathering *gathering)
{
    for (arm *each = gathering->arms; each < gathering->arms + gathering->count; ++each) {
        if (each->child == NULL)
            tl__list_remove(&each->listener.link);
        tl__timer_take(&each->timer);
    }
    tl__timer_take(&gathering->script->limit);
    tl__list_remove(&gathering->of_world);
}

void tl__gathering_leave(tl__gathering *gathering)
{
    leave_sources(gathering);
    for (arm *each = gathering->arms; each < gathering->arms + gathering->count; ++each)
        tl__list_remove(&each->listener.link);
    gathering->script->group->arm_timers -= (uint32_t)gathering->count;
    gathering->script->world->arm_timers -= (uint32_t)gathering->count;
}

/// The script goes on; its time is when what decided it was.
static void wake(tl__gathering *gathering)
{
    tl__script *script = gathering->script;
    tl__wake(script, TL_OK);
    memcpy(script->local, gathering->local, sizeof script->local);
    script->fresh = gathering->fresh;
}

static void decide(tl__gathering *gathering, int answer)
{
    gathering->decided = true;
    gathering->answer = answer;
    leave_sources(gathering);
    if (!gathering->suspended)
        return;
    if (gathering->children > 0)
        tl__list_append(&gathering->script->world->decided, &gathering->of_world);
    else
        wake(gathering);
}

/// An arm of a race is done, is out, or has failed.
static void judge_race(tl__gathering *gathering, int32_t index, tl_result how)
{
    if (how == TL_ERROR_FAILED) {
        decide(gathering, TL_ERROR_FAILED);
    } else if (how == TL_OK) {
        decide(gathering, index);
    } else if (gathering->open == 0) {
        decide(gathering, TL_ERROR_NONE_LEFT);
    }
}

static void judge_sync(tl__gathering *gathering, tl_result how)
{
    if (how == TL_ERROR_FAILED) {
        decide(gathering, TL_ERROR_FAILED);
        return;
    }
    gathering->one_is_out = gathering->one_is_out || how != TL_OK;
    if (gathering->open == 0)
        decide(gathering, gathering->one_is_out ? TL_CANCELLED : TL_OK);
}

static void judge(tl__gathering *gathering, int32_t index, tl_result how)
{
    --gathering->open;
    if (gathering->race)
        judge_race(gathering, index, how);
    else
        judge_sync(gathering, how);
}

void tl__gathering_tell(tl__gathering *gathering, int32_t index, tl_result how, const tl__script *ended)
{
    arm *told = &gathering->arms[index];
    if (told->child != NULL) {
        told->child = NULL;
        --gathering->children;
    }
    if (!gathering->decided) {
        gathering->fresh = !gathering->script->world->stepping;
        if (ended != NULL)
            tl__local_follow(gathering->local, gathering->script->group, ended);
        else
            tl__local_now(gathering->local, gathering->script->group);
        judge(gathering, index, how);
    } else if (gathering->suspended && gathering->children == 0 && gathering->of_world.next == NULL) {
        wake(gathering);
    }
}

/// A time of a race, or a limit, is put off until nothing else can come in this step.
static void be_late(tl__gathering *gathering, int32_t index, tl__clock clock, tl__time deadline)
{
    if (index >= gathering->passed)
        return;
    gathering->passed = index;
    tl__local_now(gathering->passed_local, gathering->script->group);
    gathering->passed_local[clock] = deadline;
    if (gathering->of_world.next == NULL)
        tl__list_append(&gathering->script->world->late, &gathering->of_world);
}

void tl__gathering_time(tl__gathering *gathering, tl__timer *timer)
{
    tl__timer_take(timer);
    int32_t index = timer->arm == TL__TIMER_IS_LIMIT ? THE_LIMIT : timer->arm;
    if (gathering->race || index == THE_LIMIT) {
        be_late(gathering, index, timer->clock, timer->deadline);
        return;
    }
    tl__time local[TL__CLOCKS];
    tl__local_now(local, gathering->script->group);
    local[timer->clock] = timer->deadline;
    for (tl__clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        gathering->local[clock] = local[clock] > gathering->local[clock] ? local[clock] : gathering->local[clock];
    gathering->fresh = false;
    judge(gathering, index, TL_OK);
}

/// Nothing else came: the time decides.
static void decide_by_time(tl__gathering *gathering)
{
    memcpy(gathering->local, gathering->passed_local, sizeof gathering->local);
    gathering->fresh = false;
    if (gathering->passed != THE_LIMIT)
        decide(gathering, gathering->passed);
    else
        decide(gathering, gathering->race ? (int)TL_ERROR_TIMED_OUT : (int)TL_TIMED_OUT);
}

bool tl__gatherings_be_late(tl_world *world)
{
    bool any = false;
    tl__link *next;
    for (tl__link *link = world->late.next; link != &world->late; link = next) {
        next = link->next;
        tl__gathering *gathering = TL__ITEM(link, tl__gathering, of_world);
        if (gathering->script->place != world->phase || gathering->script->group->frozen)
            continue;
        any = true;
        decide_by_time(gathering);
    }
    return any;
}

/// The newest child that is still to be cancelled, or null.
static tl__script *newest_loser(tl__gathering *gathering)
{
    while (gathering->cursor > 0) {
        tl__script *child = gathering->arms[--gathering->cursor].child;
        if (child != NULL && tl__script_is_alive(child))
            return child;
    }
    return NULL;
}

void tl__gatherings_settle(tl_world *world)
{
    while (!tl__list_is_empty(&world->decided)) { // looked up anew each time: clean-ups may end anybody
        tl__gathering *gathering = TL__ITEM(world->decided.next, tl__gathering, of_world);
        tl__script *loser = newest_loser(gathering);
        if (loser != NULL) {
            tl__script_cancel(loser);
            continue;
        }
        tl__list_remove(&gathering->of_world);
        if (gathering->children == 0)
            wake(gathering);
    }
}

/// Puts the arm's listener into a list.
static void wait_at(arm *begun, tl__link *listeners, const char *name)
{
    begun->listener.name = name;
    tl__list_append(listeners, &begun->listener.link);
}

/// Makes the child, and lets it run to its first wait if its time has come.
static tl_result begin_child(tl__gathering *gathering, arm *begun, const tl_arm *plan)
{
    tl__script *self = gathering->script, *child;
    tl_result made = tl__script_make(self->world, NULL, self, plan->entry, plan->args, plan->site, &child);
    if (made != TL_OK)
        return made;
    begun->child = child;
    ++gathering->children;
    begun->listener.size = plan->size;
    wait_at(begun, &child->joiners, child->name);
    tl__time start = tl__has_limit(plan->time) ? tl__end_of(self, plan->time) : self->local[TL__GAME_TIME];
    if (tl__has_come(self->group, TL__GAME_TIME, start)) {
        child->local[TL__GAME_TIME] = start;
        tl__script_run(child);
    } else {
        child->wait = TL_WAIT_GAME_TIME;
        tl__timer_set(&child->timer, child, TL__TIMER_IS_WAIT, TL__GAME_TIME, start);
    }
    return TL_OK;
}

static void begin_script(tl__gathering *gathering, arm *begun, tl_script id)
{
    tl__script *script = tl__script_find(gathering->script->world, id);
    const tl__end *ended = script == NULL ? tl__kept_find(&gathering->script->world->kept, id) : NULL;
    if (script != NULL)
        wait_at(begun, &script->joiners, script->name);
    else if (ended != NULL)
        tl__gathering_tell(gathering, begun->listener.arm, tl__script_catch(ended, &begun->listener), NULL);
    else
        tl__gathering_tell(gathering, begun->listener.arm, TL_CANCELLED, NULL);
}

static void begin_event(tl__gathering *gathering, arm *begun, tl__event *event)
{
    if (event == NULL)
        tl__gathering_tell(gathering, begun->listener.arm, TL_CANCELLED, NULL);
    else
        tl__list_append(tl__event_listeners(event, &begun->listener.name), &begun->listener.link);
}

static void begin_channel(tl__gathering *gathering, arm *begun, tl__channel *channel, bool send)
{
    tl_result tried = TL_CANCELLED;
    if (channel != NULL)
        tried = tl__channel_try(channel, send, begun->listener.buffer, gathering->script);
    if (tried == TL_WOULD_WAIT)
        tl__list_append(tl__channel_listeners(channel, send, &begun->listener.name), &begun->listener.link);
    else
        tl__gathering_tell(gathering, begun->listener.arm, tried, NULL);
}

static void begin_time(tl__gathering *gathering, arm *begun, tl_limit time)
{
    tl__script *self = gathering->script;
    tl__clock clock = tl__clock_of(time.clock);
    tl__timer_set(&begun->timer, self, begun->listener.arm, clock, tl__end_of(self, time));
    if (tl__has_come(self->group, clock, begun->timer.deadline))
        tl__gathering_time(gathering, &begun->timer);
}

static tl_result begin(tl__gathering *gathering, int32_t index, const tl_arm *plan)
{
    tl__script *self = gathering->script;
    arm *begun = &gathering->arms[index];
    begun->listener.buffer = plan->to;
    switch (plan->kind) {
    case TL__ARM_CHILD: return begin_child(gathering, begun, plan);
    // What was there when the arms were checked may be gone since: an earlier arm's child has run.
    case TL__ARM_SCRIPT: begin_script(gathering, begun, plan->script); break;
    case TL__ARM_EVENT: begin_event(gathering, begun, tl__event_find(self->world, plan->event)); break;
    case TL__ARM_SEND:
    case TL__ARM_RECEIVE:
        begin_channel(gathering, begun, tl__channel_find(self->world, plan->channel), plan->kind == TL__ARM_SEND);
        break;
    case TL__ARM_TIME: begin_time(gathering, begun, plan->time); break;
    default: break;
    }
    return TL_OK;
}

/// Whether an arm can be begun.
static tl_result check(const tl__script *self, const tl_arm *plan)
{
    const tl__script *script;
    if (!tl__is_limit(plan->time))
        return TL_ERROR_ARGUMENT;
    switch (plan->kind) {
    case TL__ARM_SCRIPT:
        script = tl__script_find(self->world, plan->script);
        if (script != NULL)
            return tl__check_cycle(self, script);
        return tl__kept_find(&self->world->kept, plan->script) != NULL ? TL_OK : TL_ERROR_STALE;
    case TL__ARM_EVENT: return tl__check_source(self, plan->event.world, tl__event_find(self->world, plan->event));
    case TL__ARM_SEND:
    case TL__ARM_RECEIVE:
        if (plan->to == NULL)
            return TL_ERROR_NULL;
        return tl__check_source(self, plan->channel.world, tl__channel_find(self->world, plan->channel));
    case TL__ARM_TIME: return tl__has_limit(plan->time) ? TL_OK : TL_ERROR_ARGUMENT;
    default: return TL_OK;
    }
}

/// How many arms there are. On an error, what is wrong with one.
static tl_result check_all(const tl__script *self, const tl_arm *plans, int32_t *count)
{
    if (plans == NULL)
        return TL_ERROR_NULL;
    for (*count = 0; plans[*count].kind != TL__ARM_END; ++*count) {
        tl_result checked = check(self, &plans[*count]);
        if (checked != TL_OK)
            return checked;
    }
    return *count > 0 ? TL_OK : TL_ERROR_ARGUMENT;
}

/// Whether the script was cancelled by a child that it began.
static bool is_to_end(const tl__script *script)
{
    return script->doomed && script->shields == 0;
}

/// Begins the arms until it is decided.
static void begin_all(tl__gathering *gathering, const tl_arm *plans, tl_limit limit)
{
    tl__script *self = gathering->script;
    for (int32_t index = 0; index < gathering->count && !gathering->decided && !is_to_end(self); ++index) {
        tl_result begun = begin(gathering, index, &plans[index]);
        if (begun != TL_OK && !gathering->decided)
            decide(gathering, begun);
    }
    if (gathering->decided)
        return;
    if (tl__has_limit(limit)) {
        tl__clock clock = tl__clock_of(limit.clock);
        tl__timer_set(&self->limit, self, TL__TIMER_IS_LIMIT, clock, tl__end_of(self, limit));
        if (tl__has_come(self->group, clock, self->limit.deadline))
            tl__gathering_time(gathering, &self->limit);
    }
    if (gathering->passed != NOT_PASSED) // a time that was over before it began: nothing is done at once
        decide_by_time(gathering);
}

/// Suspends the script until it is decided and all that lost have ended.
static void wait_for_all(tl__gathering *gathering)
{
    tl__script *self = gathering->script;
    if (is_to_end(self))
        tl__wait_for_the_end(self);
    if (gathering->decided)
        for (tl__script *loser; (loser = newest_loser(gathering)) != NULL;)
            tl__script_cancel(loser);
    if (gathering->decided && gathering->children == 0) {
        tl__wait_leave(self);
        memcpy(self->local, gathering->local, sizeof self->local);
        return;
    }
    if (is_to_end(self))
        tl__wait_for_the_end(self);
    gathering->suspended = true;
    self->wait = gathering->decided ? TL_WAIT_CHILD : gathering->race ? TL_WAIT_RACE : TL_WAIT_SYNC;
    tl_yield(NULL);
}

/// Where its fiber ends otherwise than by the engine, nobody is to find what lies on its stack.
static void leave_wait(void *script)
{
    if (((tl__script *)script)->gathering != NULL)
        tl__wait_leave(script);
}

static int gather(tl__script *self, const tl_arm *plans, arm *arms, int32_t count, bool race, tl_limit limit)
{
    tl__gathering gathering = {
        .script = self,
        .arms = arms,
        .count = count,
        .open = count,
        .cursor = count,
        .passed = NOT_PASSED,
        .race = race,
    };
    memcpy(gathering.local, self->local, sizeof gathering.local);
    memset(arms, 0, (size_t)count * sizeof *arms);
    for (int32_t index = 0; index < count; ++index) {
        arms[index].listener.script = self;
        arms[index].listener.arm = index;
    }
    self->group->arm_timers += (uint32_t)count;
    self->world->arm_timers += (uint32_t)count;
    self->gathering = &gathering;
    tl_defer(leave_wait, self);
    begin_all(&gathering, plans, limit);
    wait_for_all(&gathering);
    return gathering.answer;
}

static void free_arms(void *arms)
{
    free(arms);
}

static int gather_checked(const char *call, const tl_arm *plans, bool race, tl_limit limit)
{
    tl__script *self;
    int32_t count = 0;
    tl_result possible = tl__wait_enter(call, limit, &self);
    if (possible != TL_OK)
        return possible;
    possible = check_all(self, plans, &count);
    if (possible != TL_OK)
        return possible == TL_ERROR_STALE ? possible : tl__misuse(possible, call);
    possible = tl__group_reserve(self->group, 0, (uint32_t)count);
    if (possible != TL_OK)
        return possible;
    if (count <= FEW_ARMS) {
        arm arms[FEW_ARMS];
        return gather(self, plans, arms, count, race, limit);
    }
    arm *arms = malloc((size_t)count * sizeof *arms);
    if (arms == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_defer(free_arms, arms);
    return gather(self, plans, arms, count, race, limit);
}

int tl_race_raw(const tl_arm *arms, tl_limit limit)
{
    return gather_checked("tl_race", arms, true, limit);
}

tl_result tl_sync_raw(const tl_arm *arms, tl_limit limit)
{
    return (tl_result)gather_checked("tl_sync", arms, false, limit);
}

tl_result tl__branch(tl_branch_handle *handle, const tl_fiber_entry *entry, const void *args, const tl_site *site)
{
    tl__script *self, *child;
    handle->result = tl__call_enter("tl_branch", &self);
    if (handle->result != TL_OK)
        return handle->result;
    handle->result = tl__script_make(self->world, NULL, self, entry, args, site, &child);
    if (handle->result != TL_OK)
        return handle->result;
    handle->script = tl__script_id(child);
    tl__script_run(child);
    return TL_OK;
}

void tl__branch_leave(tl_branch_handle *handle)
{
    tl__script *self = tl__script_running();
    if (handle->script.index1 == 0 || self == NULL)
        return;
    tl_script_cancel(self->world, handle->script);
    tl__script *child = tl__script_find(self->world, handle->script);
    if (child == NULL || tl_fiber_unwinding())
        return;
    // It is in a shield, and may use what this block is about to give up.
    tl__wait_in(self, TL_WAIT_CHILD, TL__DEAF, &child->joiners, child->name, NULL, TL_FOREVER);
}

tl__shield tl__shield_enter(const char *call)
{
    tl__script *self = tl__script_running();
    bool entered = self != NULL && !self->asking;
    if (entered)
        ++self->shields;
    else
        tl__misuse(TL_ERROR_NO_SCRIPT, call);
    return (tl__shield){.entered = entered, .inside = true};
}

void tl__shield_leave(tl__shield *shield)
{
    tl__script *self = tl__script_running(); // null where the game cancels the script's fiber by itself
    if (shield->entered && self != NULL)
        --self->shields;
}
