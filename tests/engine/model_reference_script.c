// SPDX-License-Identifier: MIT
// The reference interpreter's scripts: how they wait, are notified and end.
#include "model_reference_script.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

reference ref;

void ref_note(const script *who, op_kind what, int result)
{
    note_reference((happening){who->self.name, ref.steps, (int)what, result});
}

void ref_drop(script *who)
{
    if (--who->references == 0)
        free(who);
}

void ref_remember(script *who)
{
    script **place = &ref.recent[ref.recent_count++ % RECENT];
    if (*place != NULL)
        ref_drop(*place);
    *place = who;
    ++who->references;
}

script *ref_make(agent self, script *parent, int entity, const script *spawner)
{
    script *made = calloc(1, sizeof *made);
    CHECK(made != NULL);
    made->self = self;
    made->random = self.name;
    made->parent = parent;
    made->entity = parent != NULL ? parent->entity : entity;
    made->creation = made->place = ++ref.creations;
    made->references = 1;
    made->fresh = spawner == NULL;
    made->local = spawner != NULL ? spawner->local : ref.now;
    made->turn = ++ref.resumes;
    if (parent != NULL) {
        CHECK(parent->child_count < MAX_CHILDREN);
        parent->children[parent->child_count++] = made;
    }
    CHECK(ref.alive_count < 4096);
    ref.alive[ref.alive_count++] = made;
    return made;
}

void ref_put_ready(script *who)
{
    if (who->ready)
        return;
    who->ready = true;
    who->turn = ++ref.resumes;
}

static void unlist(waiters *list, const script *who)
{
    int kept = 0;
    for (int i = 0; i < list->count; ++i)
        if (list->of[i].who != who)
            list->of[kept++] = list->of[i];
    list->count = kept;
}

void ref_enlist(waiters *list, script *who, int arm)
{
    CHECK(list->count < MAX_WAITERS);
    list->of[list->count++] = (waiter){who, arm};
}

waiter ref_first_of(waiters *list)
{
    waiter first = list->of[0];
    memmove(&list->of[0], &list->of[1], sizeof(waiter) * (size_t)--list->count);
    return first;
}

static void remove_from(script **list, int *count, const script *who)
{
    int kept = 0;
    for (int i = 0; i < *count; ++i)
        if (list[i] != who)
            list[kept++] = list[i];
    *count = kept;
}

/// Ends all waits of a script but those for the ends of other scripts.
static void leave_sources(script *who)
{
    for (int i = 0; i < EVENTS; ++i)
        unlist(&ref.listeners[i], who);
    for (int i = 0; i < CHANNELS; ++i) {
        unlist(&ref.senders[i], who);
        unlist(&ref.receivers[i], who);
    }
    for (int i = 0; i < MAX_ARMS; ++i)
        who->arm_timer[i].set = false;
    who->limit.set = false;
    remove_from(ref.late, &ref.late_count, who);
    remove_from(ref.resolved, &ref.decided_count, who);
}

void ref_leave(script *who)
{
    leave_sources(who);
    for (int i = 0; i < ref.alive_count; ++i) {
        int kept = 0;
        for (int j = 0; j < ref.alive[i]->joiner_count; ++j)
            if (ref.alive[i]->joiners[j].who != who)
                ref.alive[i]->joiners[kept++] = ref.alive[i]->joiners[j];
        ref.alive[i]->joiner_count = kept;
    }
    who->wait.set = false;
    who->waiting = who->in_wait_set = who->limit_passed = false;
}

void ref_wake(script *who, int answer, int64_t local)
{
    ref_leave(who);
    who->answer = answer;
    who->local = local;
    who->fresh = !ref.stepping;
    ref_put_ready(who);
}

// Ending.

bool ref_is_alive(const script *who)
{
    return !who->cancelled && !who->closing && !who->ended;
}

static void set_apart(script *who)
{
    if (who->parent == NULL) {
        who->entity = SOLE;
        who->place = ++ref.creations; // last in the world's list
        return;
    }
    script *parent = who->parent;
    remove_from(parent->children, &parent->child_count, who);
    memmove(&parent->children[1], &parent->children[0], sizeof(script *) * (size_t)parent->child_count++);
    parent->children[0] = who;
}

static void doom(script *who)
{
    who->cancelled = true;
    set_apart(who);
}

static bool may_still_run(const script *who)
{
    return who->active || (who->shields > 0 && !ref.closing_world);
}

void ref_end(script *who)
{
    if (who->started && !who->returned)
        ref_note(who, OP_END, 0); // its clean-up
    who->ended = true;
    who->how = who->failure != 0 ? TL_ERROR_FAILED : who->cancelled ? TL_CANCELLED : TL_OK;
    ref_leave(who);
    who->ready = false;
    while (who->joiner_count > 0) {
        waiter first = who->joiners[0];
        memmove(&who->joiners[0], &who->joiners[1], sizeof(waiter) * (size_t)--who->joiner_count);
        ref_tell(first, who->how, who);
    }
    if (who->parent != NULL)
        remove_from(who->parent->children, &who->parent->child_count, who);
    remove_from(ref.alive, &ref.alive_count, who);
    ref_drop(who);
}

void ref_child_is_gone(script *parent)
{
    if (parent == NULL || !parent->closing || parent->visited || parent->active || parent->child_count > 0)
        return;
    script *above = parent->parent;
    parent->local = ref.now;
    ref_end(parent);
    ref_child_is_gone(above);
}

static void close_below(script *who)
{
    if (!who->closing && !who->returned)
        who->local = ref.now;
    who->closing = who->visited = true;
    ref_leave(who);
    who->ready = false;
    while (who->child_count > 0) {
        script *newest = who->children[who->child_count - 1];
        if (newest->cancelled || newest->closing)
            break;
        doom(newest);
        if (!may_still_run(newest))
            close_below(newest);
    }
    who->visited = false;
    if (who->child_count == 0)
        ref_end(who);
}

void ref_close_script(script *who)
{
    script *above = who->parent;
    if (!who->cancelled)
        set_apart(who);
    close_below(who);
    ref_child_is_gone(above);
}

void ref_cancel(script *who)
{
    doom(who);
    if (!may_still_run(who))
        ref_close_script(who);
}

// Several at once.

static void wake_gathering(script *who)
{
    ref_wake(who, who->answer, who->gathered_local);
    who->fresh = who->resolved_fresh;
}

static void decide(script *who, int answer)
{
    who->resolved = true;
    who->answer = answer;
    leave_sources(who);
    if (!who->suspended)
        return;
    if (who->living > 0)
        ref.resolved[ref.decided_count++] = who;
    else
        wake_gathering(who);
}

static void judge(script *who, int arm, int how)
{
    who->open[arm] = false;
    --who->open_count;
    if (how == TL_ERROR_FAILED) {
        decide(who, TL_ERROR_FAILED);
    } else if (!who->race) {
        who->one_is_out = who->one_is_out || how != TL_OK;
        if (who->open_count == 0)
            decide(who, who->one_is_out ? TL_CANCELLED : TL_OK);
    } else if (how == TL_OK) {
        decide(who, arm);
    } else if (who->open_count == 0) {
        decide(who, TL_ERROR_NONE_LEFT);
    }
}

void ref_tell(waiter notified, int how, const script *ended)
{
    script *who = notified.who;
    if (notified.arm == SOLE) {
        ref_wake(who, how, ended == NULL ? ref.now : ended->local > who->local ? ended->local : who->local);
        return;
    }
    if (who->child[notified.arm] != NULL) {
        who->child[notified.arm] = NULL;
        --who->living;
    }
    if (!who->resolved) {
        who->resolved_fresh = !ref.stepping;
        if (ended == NULL)
            who->gathered_local = ref.now;
        else if (ended->local > who->gathered_local)
            who->gathered_local = ended->local;
        judge(who, notified.arm, how);
        return;
    }
    for (int i = 0; i < ref.decided_count; ++i)
        if (ref.resolved[i] == who)
            return;
    if (who->suspended && who->living == 0)
        wake_gathering(who);
}

void ref_time_passed(script *who, int arm, int64_t deadline)
{
    if (!who->race && arm != THE_LIMIT) {
        if (deadline > who->gathered_local)
            who->gathered_local = deadline;
        who->resolved_fresh = false;
        judge(who, arm, TL_OK);
        return;
    }
    if (arm >= who->passed)
        return;
    bool is_late = who->passed != NONE;
    who->passed = arm;
    who->passed_local = deadline;
    if (!is_late)
        ref.late[ref.late_count++] = who;
}

script *ref_newest_loser(script *who)
{
    while (who->cursor > 0) {
        script *child = who->child[--who->cursor];
        if (child != NULL && ref_is_alive(child))
            return child;
    }
    return NULL;
}

void ref_after_resume(void)
{
    while (ref.decided_count > 0) {
        script *who = ref.resolved[0], *loser = ref_newest_loser(who);
        if (loser != NULL) {
            ref_cancel(loser);
            continue;
        }
        remove_from(ref.resolved, &ref.decided_count, who);
        if (who->living == 0)
            wake_gathering(who);
    }
}

void ref_decide_by_time(script *who)
{
    who->gathered_local = who->passed_local;
    who->resolved_fresh = false;
    decide(who, who->passed != THE_LIMIT ? who->passed : who->race ? (int)RACE_TIMED_OUT : (int)TL_TIMED_OUT);
}

bool ref_time_out(void)
{
    bool any = ref.late_count > 0;
    while (ref.late_count > 0)
        ref_decide_by_time(ref.late[0]);
    return any;
}
