// SPDX-License-Identifier: MIT
// The reference interpreter of the model test: what scripts must do, said as plainly as can be. It has no fibers, no
// heaps and no linked lists: scripts are records, and the next one is searched for among all of them.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "model_reference_script.h"

static void run(script *who);

// Operations. Each returns its answer, or BLOCKED.

static timer timer_at(const script *who, int64_t deadline)
{
    return (timer){true, false, deadline, who->turn};
}

static int wait_with_limit(script *who, int limit)
{
    if (limit != NO_LIMIT && who->local + limit <= ref.now) {
        ref_leave(who);
        who->local += limit;
        return TL_TIMED_OUT;
    }
    if (limit != NO_LIMIT)
        who->limit = timer_at(who, who->local + limit);
    who->waiting = true;
    return BLOCKED;
}

static int wait_some_steps(script *who, int count, int limit)
{
    if (count == 0)
        return TL_OK;
    who->wait = (timer){true, true, (int64_t)ref.steps + count, who->turn};
    return wait_with_limit(who, limit);
}

static int wait_ticks(script *who, int ticks, int limit)
{
    if (who->local + ticks <= ref.now) {
        who->local += ticks;
        return TL_OK;
    }
    who->wait = timer_at(who, who->local + ticks);
    return wait_with_limit(who, limit);
}

static bool try_send(int channel, int value)
{
    if (ref.receivers[channel].count > 0) {
        waiter first = ref_first_of(&ref.receivers[channel]);
        *(first.arm == SOLE ? &first.who->value : &first.who->values[first.arm]) = value;
        ref_tell(first, TL_OK, NULL);
        return true;
    }
    if (ref.item_count[channel] == CAPACITY)
        return false;
    ref.items[channel][ref.item_count[channel]++] = value;
    return true;
}

static bool try_receive(int channel, int *value)
{
    if (ref.item_count[channel] == 0)
        return false;
    *value = ref.items[channel][0];
    memmove(&ref.items[channel][0], &ref.items[channel][1], sizeof(int) * (size_t)--ref.item_count[channel]);
    if (ref.senders[channel].count > 0) {
        waiter first = ref_first_of(&ref.senders[channel]);
        ref.items[channel][ref.item_count[channel]++] = first.who->value;
        ref_tell(first, TL_OK, NULL);
    }
    return true;
}

static int join(script *who, int which, int limit)
{
    script *other = ref.recent[which];
    if (other == NULL)
        return TL_ERROR_STALE;
    if (other->ended)
        return other->how;
    for (script *next = other; next != NULL; next = next->waiting && next->doing.kind == OP_JOIN ? next->awaited : NULL)
        for (const script *above = who; above != NULL; above = above->parent)
            if (next == above)
                return TL_ERROR_CYCLE;
    other->joiners[other->joiner_count++] = (waiter){who, SOLE};
    CHECK(other->joiner_count < 64);
    who->awaited = other;
    return wait_with_limit(who, limit);
}

static void begin_child(script *who, int arm, const op_arm *plan)
{
    script *child = ref_make((agent){plan->child, who->self.depth + 1}, who, SOLE, who);
    who->child[arm] = child;
    ++who->living;
    child->joiners[child->joiner_count++] = (waiter){who, arm};
    if (who->local + plan->which <= ref.now) {
        child->local = who->local + plan->which;
        run(child);
    } else {
        child->waiting = true;
        child->wait = timer_at(child, who->local + plan->which);
    }
}

static void begin_arm(script *who, int arm, const op_arm *plan)
{
    switch (plan->kind) {
    case ARM_CHILD: begin_child(who, arm, plan); break;
    case ARM_EVENT: ref_enlist(&ref.listeners[plan->which], who, arm); break;
    case ARM_RECEIVE:
        if (try_receive(plan->which, &who->values[arm]))
            ref_tell((waiter){who, arm}, TL_OK, NULL);
        else
            ref_enlist(&ref.receivers[plan->which], who, arm);
        break;
    case ARM_TIME:
        if (who->local + plan->which <= ref.now)
            ref_time_passed(who, arm, who->local + plan->which);
        else
            who->arm_timer[arm] = timer_at(who, who->local + plan->which);
        break;
    }
}

static int gather(script *who, const op *plan)
{
    who->in_wait_set = true;
    who->race = plan->kind == OP_RACE;
    who->resolved = who->suspended = who->one_is_out = false;
    who->open_count = who->cursor = plan->arm_count;
    who->living = 0;
    who->passed = NONE;
    who->gathered_local = who->local;
    for (int arm = 0; arm < MAX_ARMS; ++arm) {
        who->open[arm] = arm < plan->arm_count;
        who->child[arm] = NULL;
        who->values[arm] = -1;
    }
    for (int arm = 0; arm < plan->arm_count && !who->resolved && !(who->cancelled && who->shields == 0); ++arm)
        begin_arm(who, arm, &plan->arms[arm]);
    if (!who->resolved && plan->limit != NO_LIMIT) {
        if (who->local + plan->limit <= ref.now)
            ref_time_passed(who, THE_LIMIT, who->local + plan->limit);
        else
            who->limit = timer_at(who, who->local + plan->limit);
    }
    if (!who->resolved && who->passed != NONE)
        ref_decide_by_time(who);
    if (who->cancelled && who->shields == 0) {
        who->closing = true;
        return BLOCKED;
    }
    if (who->resolved)
        for (script *loser; (loser = ref_newest_loser(who)) != NULL;)
            ref_cancel(loser);
    if (who->resolved && who->living == 0) {
        ref_leave(who);
        who->local = who->gathered_local;
        return who->answer;
    }
    if (who->cancelled && who->shields == 0) {
        who->closing = true;
        return BLOCKED;
    }
    who->suspended = who->waiting = true;
    return BLOCKED;
}

static int do_wait(script *who, const op *plan)
{
    switch (plan->kind) {
    case OP_STEPS: return wait_some_steps(who, plan->which, plan->limit);
    case OP_SHIELDED_STEPS: ++who->shields; return wait_some_steps(who, plan->which, plan->limit);
    case OP_SECONDS: return wait_ticks(who, plan->which, plan->limit);
    case OP_EVENT_AFTER:
        who->next_seen = ref.emits[plan->which] + 1;
        if (ref.emits[plan->which] > who->seen) {
            who->next_seen = ref.emits[plan->which];
            return TL_OK;
        }
        ref_enlist(&ref.listeners[plan->which], who, SOLE);
        return wait_with_limit(who, plan->limit);
    case OP_EVENT: ref_enlist(&ref.listeners[plan->which], who, SOLE); return wait_with_limit(who, plan->limit);
    case OP_SEND:
        who->value = (int)who->operations;
        if (try_send(plan->which, who->value))
            return TL_OK;
        ref_enlist(&ref.senders[plan->which], who, SOLE);
        return wait_with_limit(who, plan->limit);
    case OP_RECEIVE:
        who->value = -1;
        if (try_receive(plan->which, &who->value))
            return TL_OK;
        ref_enlist(&ref.receivers[plan->which], who, SOLE);
        return wait_with_limit(who, plan->limit);
    case OP_JOIN: return join(who, plan->which, plan->limit);
    default: return gather(who, plan);
    }
}

/// Notes the results of a wait.
static void finish(script *who, int answer)
{
    const op *done = &who->doing;
    if (done->kind == OP_SHIELDED_STEPS)
        --who->shields;
    if (done->kind == OP_EVENT_AFTER && answer == TL_OK)
        who->seen = who->next_seen;
    ref_note(who, done->kind, answer);
    if (done->kind == OP_RECEIVE)
        ref_note(who, OP_HEARD, who->value);
    if (done->kind == OP_RACE || done->kind == OP_SYNC)
        for (int arm = 0; arm < done->arm_count; ++arm)
            ref_note(who, OP_HEARD, who->values[arm]);
}

/// Returns the last script in an owner's list.
static script *last_of(int entity)
{
    script *last = NULL;
    for (int i = 0; i < ref.alive_count; ++i)
        if (ref.alive[i]->parent == NULL && ref.alive[i]->entity == entity &&
            (last == NULL || ref.alive[i]->place > last->place))
            last = ref.alive[i];
    return last;
}

static void destroy_entity(int entity)
{
    for (script *last; (last = last_of(entity)) != NULL;)
        ref_cancel(last);
}

static int do_act(script *who, const op *plan)
{
    switch (plan->kind) {
    case OP_EMIT:
        ++ref.emits[plan->which];
        while (ref.listeners[plan->which].count > 0)
            ref_tell(ref_first_of(&ref.listeners[plan->which]), TL_OK, NULL);
        return 0;
    case OP_SPAWN:
        if (ref.alive_count >= MOST_ALIVE)
            return 1;
        {
            script *made = ref_make((agent){plan->child, 0}, NULL, plan->which, who);
            ref_remember(made);
            ref_put_ready(made);
        }
        return 0;
    case OP_CANCEL: {
        script *target = ref.recent[plan->which];
        if (target == NULL || !ref_is_alive(target))
            return TL_ERROR_STALE;
        ref_cancel(target);
        return TL_OK;
    }
    case OP_DESTROY:
        destroy_entity(plan->which);
        ref.entity_made[plan->which] = ++ref.creations;
        return 0;
    case OP_FAIL:
        who->failure = 1;
        who->closing = true;
        return BLOCKED;
    default:
        who->returned = true;
        ref_note(who, OP_END, 0);
        return BLOCKED;
    }
}

/// Runs a script up to its next wait or its end.
static void go_on(script *who)
{
    if (who->started) {
        finish(who, who->answer);
    } else {
        who->started = true;
        if (who->self.depth > 0)
            ref_remember(who);
    }
    for (;;) {
        if (ref.operations >= ref.most_operations) {
            who->returned = true;
            ref_note(who, OP_END, 0);
            return;
        }
        who->doing = next_op(&who->random, ref.alive_count >= MOST_ALIVE ? 99 : who->self.depth);
        ++ref.operations;
        ++who->operations;
        bool waits = who->doing.kind <= OP_SHIELDED_STEPS;
        if (waits && who->cancelled && who->shields == 0 && who->doing.kind != OP_SHIELDED_STEPS) {
            who->closing = true;
            return;
        }
        int answer = waits ? do_wait(who, &who->doing) : do_act(who, &who->doing);
        if (answer == BLOCKED)
            return;
        if (waits)
            finish(who, answer);
        else
            ref_note(who, who->doing.kind, answer);
    }
}

static void run(script *who)
{
    if (who->cancelled && who->shields == 0) {
        ref_close_script(who);
        return;
    }
    if (who->fresh)
        who->local = ref.now;
    who->fresh = false;
    who->active = true;
    go_on(who);
    who->active = false;
    if (who->returned && who->child_count == 0) {
        script *above = who->parent;
        ref_end(who);
        ref_child_is_gone(above);
    } else if (who->returned || who->closing || (who->cancelled && who->shields == 0)) {
        ref_close_script(who);
    }
}

// Steps.

/// Finds the timer that is due first, of a script's wait, of its limit or of an arm. Returns its script.
static script *first_due(bool in_steps, timer **first, int *arm)
{
    script *whose = NULL;
    *first = NULL;
    for (int i = 0; i < ref.alive_count; ++i)
        for (int each = -2; each < MAX_ARMS; ++each) {
            timer *timed = each == -2   ? &ref.alive[i]->wait
                           : each == -1 ? &ref.alive[i]->limit
                                        : &ref.alive[i]->arm_timer[each];
            if (!timed->set || timed->in_steps != in_steps ||
                timed->deadline > (in_steps ? (int64_t)ref.steps : ref.now))
                continue;
            if (*first != NULL && (timed->deadline > (*first)->deadline ||
                                   (timed->deadline == (*first)->deadline && timed->order >= (*first)->order)))
                continue;
            *first = timed;
            *arm = each;
            whose = ref.alive[i];
        }
    return whose;
}

static void fire(script *who, timer *first, int arm)
{
    timer fired = *first;
    first->set = false;
    if (arm == -2)
        ref_wake(who, TL_OK, fired.in_steps ? ref.now : fired.deadline);
    else if (who->in_wait_set)
        ref_time_passed(who, arm == -1 ? (int)THE_LIMIT : arm, fired.deadline);
    else if (!who->wait.set)
        who->limit_passed = true, ref_put_ready(who);
    else if (who->wait.deadline <= (who->wait.in_steps ? (int64_t)ref.steps : ref.now))
        ref_wake(who, TL_OK, who->wait.in_steps ? ref.now : who->wait.deadline);
    else
        ref_wake(who, TL_TIMED_OUT, fired.deadline);
}

static script *next_ready(void)
{
    for (int i = 0; i < ref.alive_count; ++i)
        if (ref.alive[i]->ready)
            return ref.alive[i];
    return NULL;
}

static void run_ready(script *who)
{
    who->ready = false;
    if (who->waiting && who->limit_passed) {
        int64_t deadline = who->limit.deadline;
        ref_leave(who);
        who->answer = TL_TIMED_OUT;
        who->local = deadline;
    }
    run(who);
}

void reference_step(void)
{
    ref.stepping = true;
    ++ref.steps;
    ref.now += 2;
    timer *first;
    int arm = 0;
    for (int in_steps = 1; in_steps >= 0; --in_steps)
        for (script *who; (who = first_due(in_steps, &first, &arm)) != NULL;)
            fire(who, first, arm);
    do {
        ref_after_resume();
        for (script *who; (who = next_ready()) != NULL;) {
            run_ready(who);
            ref_after_resume();
        }
    } while (ref_time_out());
    ref.stepping = false;
}

void reference_begin(uint64_t most)
{
    ref.steps = ref.creations = ref.resumes = ref.operations = ref.recent_count = 0;
    ref.now = 0;
    ref.most_operations = most;
    ref.closing_world = false;
    for (int entity = 0; entity < ENTITIES; ++entity)
        ref.entity_made[entity] = ++ref.creations;
    memset(ref.emits, 0, sizeof ref.emits);
    memset(ref.item_count, 0, sizeof ref.item_count);
}

void reference_spawn(agent made)
{
    script *who = ref_make(made, NULL, SOLE, NULL);
    ref_remember(who);
    ref_put_ready(who);
}

void reference_cancel(int which)
{
    if (ref.recent[which] != NULL && ref_is_alive(ref.recent[which]))
        ref_cancel(ref.recent[which]);
}

void reference_end(void)
{
    ref.closing_world = true;
    for (int i = ref.alive_count; i-- > 0;)
        if (ref.alive[i]->cancelled && !ref.alive[i]->closing) {
            ref_close_script(ref.alive[i]);
            i = ref.alive_count; // from the newest again
        }
    for (int left = ENTITIES; left > 0; --left) {
        int newest = 0;
        for (int entity = 1; entity < ENTITIES; ++entity)
            newest = ref.entity_made[entity] > ref.entity_made[newest] ? entity : newest;
        destroy_entity(newest);
        ref.entity_made[newest] = 0;
    }
    destroy_entity(SOLE);
    for (int i = 0; i < RECENT; ++i) {
        if (ref.recent[i] != NULL)
            ref_drop(ref.recent[i]);
        ref.recent[i] = NULL;
    }
    CHECK_INT(0, ref.alive_count);
}

int reference_alive(void)
{
    return ref.alive_count;
}

uint64_t reference_operations(void)
{
    return ref.operations;
}
