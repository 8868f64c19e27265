// The reference interpreter of the model test: what scripts must do, said as plainly as can be. There are no fibers, no
// heaps and no lists through anything: scripts are records, whoever is next is looked for among all of them.
#include "model_program.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { BLOCKED = -1000, ALONE = -1, NONE = INT32_MAX, THE_LIMIT = INT32_MAX - 1, MAX_CHILDREN = 8, MAX_WAITERS = 4096 };

typedef struct script script;

/// Somebody who waits, as an arm or alone.
typedef struct waiter {
    script *who;
    int arm;
} waiter;

typedef struct waiters {
    waiter of[MAX_WAITERS];
    int count;
} waiters;

typedef struct timer {
    bool set;
    bool in_steps;
    int64_t deadline;
    uint64_t order;
} timer;

struct script {
    agent self;
    uint64_t random;
    uint64_t creation, turn, place; ///< the place is that in its owner's list
    script *parent;
    script *awaited;
    script *children[MAX_CHILDREN];
    int child_count;
    int entity; ///< ALONE for none
    bool started, fresh, ready, active, doomed, closing, walked, ended, returned, limit_passed;
    int shields;
    int failure; ///< 0 for none
    int how, references;
    int64_t local;
    uint64_t operations;

    op doing;
    bool waiting;
    int answer;
    timer wait, limit;
    uint64_t seen, next_seen;
    int value; ///< sent or received

    bool gathering, race, decided, suspended, one_is_out, gathered_fresh;
    bool open[MAX_ARMS];
    script *child[MAX_ARMS];
    timer arm_timer[MAX_ARMS];
    int values[MAX_ARMS];
    int open_count, living, cursor, passed;
    int64_t gathered_local, passed_local;
    waiter joiners[64];
    int joiner_count;
};

static script *alive[4096]; ///< by creation
static int alive_count;
static script *recent[RECENT];
static uint64_t recent_count;
static waiters listeners[EVENTS], senders[CHANNELS], receivers[CHANNELS];
static uint64_t emits[EVENTS], entity_made[ENTITIES];
static int items[CHANNELS][CAPACITY], item_count[CHANNELS];
static script *late[4096], *decided[4096];
static int late_count, decided_count;
static uint64_t steps, creations, turns, operations, most_operations;
static int64_t now;
static bool closing_world, stepping;

static void run(script *who);
static void cancel(script *who);
static void close_script(script *who);
static void tell(waiter told, int how, const script *ended);

static void note(const script *who, op_kind what, int result)
{
    note_reference((happening){who->self.name, steps, (int)what, result});
}

static void drop(script *who)
{
    if (--who->references == 0)
        free(who);
}

static void remember(script *who)
{
    script **place = &recent[recent_count++ % RECENT];
    if (*place != NULL)
        drop(*place);
    *place = who;
    ++who->references;
}

static script *make(agent self, script *parent, int entity, const script *spawner)
{
    script *made = calloc(1, sizeof *made);
    CHECK(made != NULL);
    made->self = self;
    made->random = self.name;
    made->parent = parent;
    made->entity = parent != NULL ? parent->entity : entity;
    made->creation = made->place = ++creations;
    made->references = 1;
    made->fresh = spawner == NULL;
    made->local = spawner != NULL ? spawner->local : now;
    made->turn = ++turns;
    if (parent != NULL) {
        CHECK(parent->child_count < MAX_CHILDREN);
        parent->children[parent->child_count++] = made;
    }
    CHECK(alive_count < 4096);
    alive[alive_count++] = made;
    return made;
}

static void put_ready(script *who)
{
    if (who->ready)
        return;
    who->ready = true;
    who->turn = ++turns;
}

static void unlist(waiters *list, const script *who)
{
    int kept = 0;
    for (int i = 0; i < list->count; ++i)
        if (list->of[i].who != who)
            list->of[kept++] = list->of[i];
    list->count = kept;
}

static void enlist(waiters *list, script *who, int arm)
{
    CHECK(list->count < MAX_WAITERS);
    list->of[list->count++] = (waiter){who, arm};
}

static waiter first_of(waiters *list)
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

/// Waits no more for anything but the ends of other scripts.
static void leave_sources(script *who)
{
    for (int i = 0; i < EVENTS; ++i)
        unlist(&listeners[i], who);
    for (int i = 0; i < CHANNELS; ++i) {
        unlist(&senders[i], who);
        unlist(&receivers[i], who);
    }
    for (int i = 0; i < MAX_ARMS; ++i)
        who->arm_timer[i].set = false;
    who->limit.set = false;
    remove_from(late, &late_count, who);
    remove_from(decided, &decided_count, who);
}

static void leave(script *who)
{
    leave_sources(who);
    for (int i = 0; i < alive_count; ++i) {
        int kept = 0;
        for (int j = 0; j < alive[i]->joiner_count; ++j)
            if (alive[i]->joiners[j].who != who)
                alive[i]->joiners[kept++] = alive[i]->joiners[j];
        alive[i]->joiner_count = kept;
    }
    who->wait.set = false;
    who->waiting = who->gathering = who->limit_passed = false;
}

static void wake(script *who, int answer, int64_t local)
{
    leave(who);
    who->answer = answer;
    who->local = local;
    who->fresh = !stepping;
    put_ready(who);
}

// Ending.

static bool is_alive(const script *who)
{
    return !who->doomed && !who->closing && !who->ended;
}

static void set_apart(script *who)
{
    if (who->parent == NULL) {
        who->entity = ALONE;
        who->place = ++creations; // at the end of the world's
        return;
    }
    script *parent = who->parent;
    remove_from(parent->children, &parent->child_count, who);
    memmove(&parent->children[1], &parent->children[0], sizeof(script *) * (size_t)parent->child_count++);
    parent->children[0] = who;
}

static void doom(script *who)
{
    who->doomed = true;
    set_apart(who);
}

static bool goes_on(const script *who)
{
    return who->active || (who->shields > 0 && !closing_world);
}

static void end(script *who)
{
    if (who->started && !who->returned)
        note(who, OP_END, 0); // its clean-up
    who->ended = true;
    who->how = who->failure != 0 ? TL_ERROR_FAILED : who->doomed ? TL_CANCELLED : TL_OK;
    leave(who);
    who->ready = false;
    while (who->joiner_count > 0) {
        waiter first = who->joiners[0];
        memmove(&who->joiners[0], &who->joiners[1], sizeof(waiter) * (size_t)--who->joiner_count);
        tell(first, who->how, who);
    }
    if (who->parent != NULL)
        remove_from(who->parent->children, &who->parent->child_count, who);
    remove_from(alive, &alive_count, who);
    drop(who);
}

static void child_is_gone(script *parent)
{
    if (parent == NULL || !parent->closing || parent->walked || parent->active || parent->child_count > 0)
        return;
    script *above = parent->parent;
    end(parent);
    child_is_gone(above);
}

static void close_below(script *who)
{
    who->closing = who->walked = true;
    leave(who);
    who->ready = false;
    while (who->child_count > 0) {
        script *newest = who->children[who->child_count - 1];
        if (newest->doomed || newest->closing)
            break;
        doom(newest);
        if (!goes_on(newest))
            close_below(newest);
    }
    who->walked = false;
    if (who->child_count == 0)
        end(who);
}

static void close_script(script *who)
{
    script *above = who->parent;
    if (!who->doomed)
        set_apart(who);
    close_below(who);
    child_is_gone(above);
}

static void cancel(script *who)
{
    doom(who);
    if (!goes_on(who))
        close_script(who);
}

// Several at once.

static void wake_gathering(script *who)
{
    wake(who, who->answer, who->gathered_local);
    who->fresh = who->gathered_fresh;
}

static void decide(script *who, int answer)
{
    who->decided = true;
    who->answer = answer;
    leave_sources(who);
    if (!who->suspended)
        return;
    if (who->living > 0)
        decided[decided_count++] = who;
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

static void tell(waiter told, int how, const script *ended)
{
    script *who = told.who;
    if (told.arm == ALONE) {
        wake(who, how, ended == NULL ? now : ended->local > who->local ? ended->local : who->local);
        return;
    }
    if (who->child[told.arm] != NULL) {
        who->child[told.arm] = NULL;
        --who->living;
    }
    if (!who->decided) {
        who->gathered_fresh = !stepping;
        if (ended == NULL)
            who->gathered_local = now;
        else if (ended->local > who->gathered_local)
            who->gathered_local = ended->local;
        judge(who, told.arm, how);
        return;
    }
    for (int i = 0; i < decided_count; ++i)
        if (decided[i] == who)
            return;
    if (who->suspended && who->living == 0)
        wake_gathering(who);
}

static void time_passed(script *who, int arm, int64_t deadline)
{
    if (!who->race && arm != THE_LIMIT) {
        if (deadline > who->gathered_local)
            who->gathered_local = deadline;
        who->gathered_fresh = false;
        judge(who, arm, TL_OK);
        return;
    }
    if (arm >= who->passed)
        return;
    bool is_late = who->passed != NONE;
    who->passed = arm;
    who->passed_local = deadline;
    if (!is_late)
        late[late_count++] = who;
}

static script *newest_loser(script *who)
{
    while (who->cursor > 0) {
        script *child = who->child[--who->cursor];
        if (child != NULL && is_alive(child))
            return child;
    }
    return NULL;
}

static void settle(void)
{
    while (decided_count > 0) {
        script *who = decided[0], *loser = newest_loser(who);
        if (loser != NULL) {
            cancel(loser);
            continue;
        }
        remove_from(decided, &decided_count, who);
        if (who->living == 0)
            wake_gathering(who);
    }
}

static void decide_by_time(script *who)
{
    who->gathered_local = who->passed_local;
    who->gathered_fresh = false;
    decide(who, who->passed != THE_LIMIT ? who->passed : who->race ? (int)TL_ERROR_TIMED_OUT : (int)TL_TIMED_OUT);
}

static bool be_late(void)
{
    bool any = late_count > 0;
    while (late_count > 0)
        decide_by_time(late[0]);
    return any;
}

// Operations: the answer, or BLOCKED.

static timer timer_at(const script *who, int64_t deadline)
{
    return (timer){true, false, deadline, who->turn};
}

static int wait_with_limit(script *who, int limit)
{
    if (limit != NO_LIMIT && who->local + limit <= now) {
        leave(who);
        who->local += limit;
        return TL_TIMED_OUT;
    }
    if (limit != NO_LIMIT)
        who->limit = timer_at(who, who->local + limit);
    who->waiting = true;
    return BLOCKED;
}

static int wait_frames(script *who, int count, int limit)
{
    if (count == 0)
        return TL_OK;
    who->wait = (timer){true, true, (int64_t)steps + count, who->turn};
    return wait_with_limit(who, limit);
}

static int wait_ticks(script *who, int ticks, int limit)
{
    if (who->local + ticks <= now) {
        who->local += ticks;
        return TL_OK;
    }
    who->wait = timer_at(who, who->local + ticks);
    return wait_with_limit(who, limit);
}

static bool try_send(int channel, int value)
{
    if (receivers[channel].count > 0) {
        waiter first = first_of(&receivers[channel]);
        *(first.arm == ALONE ? &first.who->value : &first.who->values[first.arm]) = value;
        tell(first, TL_OK, NULL);
        return true;
    }
    if (item_count[channel] == CAPACITY)
        return false;
    items[channel][item_count[channel]++] = value;
    return true;
}

static bool try_receive(int channel, int *value)
{
    if (item_count[channel] == 0)
        return false;
    *value = items[channel][0];
    memmove(&items[channel][0], &items[channel][1], sizeof(int) * (size_t)--item_count[channel]);
    if (senders[channel].count > 0) {
        waiter first = first_of(&senders[channel]);
        items[channel][item_count[channel]++] = first.who->value;
        tell(first, TL_OK, NULL);
    }
    return true;
}

static int join(script *who, int which, int limit)
{
    script *other = recent[which];
    if (other == NULL)
        return TL_ERROR_STALE;
    if (other->ended)
        return other->how;
    for (script *next = other; next != NULL; next = next->waiting && next->doing.kind == OP_JOIN ? next->awaited : NULL)
        for (const script *above = who; above != NULL; above = above->parent)
            if (next == above)
                return TL_ERROR_CYCLE;
    other->joiners[other->joiner_count++] = (waiter){who, ALONE};
    CHECK(other->joiner_count < 64);
    who->awaited = other;
    return wait_with_limit(who, limit);
}

static void begin_child(script *who, int arm, const op_arm *plan)
{
    script *child = make((agent){plan->child, who->self.depth + 1}, who, ALONE, who);
    who->child[arm] = child;
    ++who->living;
    child->joiners[child->joiner_count++] = (waiter){who, arm};
    if (who->local + plan->which <= now) {
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
    case ARM_EVENT: enlist(&listeners[plan->which], who, arm); break;
    case ARM_RECEIVE:
        if (try_receive(plan->which, &who->values[arm]))
            tell((waiter){who, arm}, TL_OK, NULL);
        else
            enlist(&receivers[plan->which], who, arm);
        break;
    case ARM_TIME:
        if (who->local + plan->which <= now)
            time_passed(who, arm, who->local + plan->which);
        else
            who->arm_timer[arm] = timer_at(who, who->local + plan->which);
        break;
    }
}

static int gather(script *who, const op *plan)
{
    who->gathering = true;
    who->race = plan->kind == OP_RACE;
    who->decided = who->suspended = who->one_is_out = false;
    who->open_count = who->cursor = plan->arm_count;
    who->living = 0;
    who->passed = NONE;
    who->gathered_local = who->local;
    for (int arm = 0; arm < MAX_ARMS; ++arm) {
        who->open[arm] = arm < plan->arm_count;
        who->child[arm] = NULL;
        who->values[arm] = -1;
    }
    for (int arm = 0; arm < plan->arm_count && !who->decided && !(who->doomed && who->shields == 0); ++arm)
        begin_arm(who, arm, &plan->arms[arm]);
    if (!who->decided && plan->limit != NO_LIMIT) {
        if (who->local + plan->limit <= now)
            time_passed(who, THE_LIMIT, who->local + plan->limit);
        else
            who->limit = timer_at(who, who->local + plan->limit);
    }
    if (!who->decided && who->passed != NONE)
        decide_by_time(who);
    if (who->doomed && who->shields == 0) {
        who->closing = true;
        return BLOCKED;
    }
    if (who->decided)
        for (script *loser; (loser = newest_loser(who)) != NULL;)
            cancel(loser);
    if (who->decided && who->living == 0) {
        leave(who);
        who->local = who->gathered_local;
        return who->answer;
    }
    if (who->doomed && who->shields == 0) {
        who->closing = true;
        return BLOCKED;
    }
    who->suspended = who->waiting = true;
    return BLOCKED;
}

static int do_wait(script *who, const op *plan)
{
    switch (plan->kind) {
    case OP_FRAMES: return wait_frames(who, plan->which, plan->limit);
    case OP_SHIELDED_FRAMES: ++who->shields; return wait_frames(who, plan->which, plan->limit);
    case OP_SECONDS: return wait_ticks(who, plan->which, plan->limit);
    case OP_EVENT_AFTER:
        who->next_seen = emits[plan->which] + 1;
        if (emits[plan->which] > who->seen) {
            who->next_seen = emits[plan->which];
            return TL_OK;
        }
        enlist(&listeners[plan->which], who, ALONE);
        return wait_with_limit(who, plan->limit);
    case OP_EVENT: enlist(&listeners[plan->which], who, ALONE); return wait_with_limit(who, plan->limit);
    case OP_SEND:
        who->value = (int)who->operations;
        if (try_send(plan->which, who->value))
            return TL_OK;
        enlist(&senders[plan->which], who, ALONE);
        return wait_with_limit(who, plan->limit);
    case OP_RECEIVE:
        who->value = -1;
        if (try_receive(plan->which, &who->value))
            return TL_OK;
        enlist(&receivers[plan->which], who, ALONE);
        return wait_with_limit(who, plan->limit);
    case OP_JOIN: return join(who, plan->which, plan->limit);
    default: return gather(who, plan);
    }
}

/// Notes what came of a wait.
static void finish(script *who, int answer)
{
    const op *done = &who->doing;
    if (done->kind == OP_SHIELDED_FRAMES)
        --who->shields;
    if (done->kind == OP_EVENT_AFTER && answer == TL_OK)
        who->seen = who->next_seen;
    note(who, done->kind, answer);
    if (done->kind == OP_RECEIVE)
        note(who, OP_HEARD, who->value);
    if (done->kind == OP_RACE || done->kind == OP_SYNC)
        for (int arm = 0; arm < done->arm_count; ++arm)
            note(who, OP_HEARD, who->values[arm]);
}

/// The last in an owner's list.
static script *last_of(int entity)
{
    script *last = NULL;
    for (int i = 0; i < alive_count; ++i)
        if (alive[i]->parent == NULL && alive[i]->entity == entity && (last == NULL || alive[i]->place > last->place))
            last = alive[i];
    return last;
}

static void destroy_entity(int entity)
{
    for (script *last; (last = last_of(entity)) != NULL;)
        cancel(last);
}

static int do_act(script *who, const op *plan)
{
    switch (plan->kind) {
    case OP_EMIT:
        ++emits[plan->which];
        while (listeners[plan->which].count > 0)
            tell(first_of(&listeners[plan->which]), TL_OK, NULL);
        return 0;
    case OP_SPAWN:
        if (alive_count >= MOST_ALIVE)
            return 1;
        {
            script *made = make((agent){plan->child, 0}, NULL, plan->which, who);
            remember(made);
            put_ready(made);
        }
        return 0;
    case OP_CANCEL: {
        script *target = recent[plan->which];
        if (target == NULL || !is_alive(target))
            return TL_ERROR_STALE;
        cancel(target);
        return TL_OK;
    }
    case OP_DESTROY:
        destroy_entity(plan->which);
        entity_made[plan->which] = ++creations;
        return 0;
    case OP_FAIL:
        who->failure = 1;
        who->closing = true;
        return BLOCKED;
    default:
        who->returned = true;
        note(who, OP_END, 0);
        return BLOCKED;
    }
}

/// From where it stands to its next wait.
static void go_on(script *who)
{
    if (who->started) {
        finish(who, who->answer);
    } else {
        who->started = true;
        if (who->self.depth > 0)
            remember(who);
    }
    for (;;) {
        if (operations >= most_operations) {
            who->returned = true;
            note(who, OP_END, 0);
            return;
        }
        who->doing = next_op(&who->random, alive_count >= MOST_ALIVE ? 99 : who->self.depth);
        ++operations;
        ++who->operations;
        bool waits = who->doing.kind <= OP_SHIELDED_FRAMES;
        if (waits && who->doomed && who->shields == 0 && who->doing.kind != OP_SHIELDED_FRAMES) {
            who->closing = true;
            return;
        }
        int answer = waits ? do_wait(who, &who->doing) : do_act(who, &who->doing);
        if (answer == BLOCKED)
            return;
        if (waits)
            finish(who, answer);
        else
            note(who, who->doing.kind, answer);
    }
}

static void run(script *who)
{
    if (who->doomed && who->shields == 0) {
        close_script(who);
        return;
    }
    if (who->fresh)
        who->local = now;
    who->fresh = false;
    who->active = true;
    go_on(who);
    who->active = false;
    if (who->returned && who->child_count == 0) {
        script *above = who->parent;
        end(who);
        child_is_gone(above);
    } else if (who->returned || who->closing || (who->doomed && who->shields == 0)) {
        close_script(who);
    }
}

// Steps.

/// The timer that comes first: of a script's wait, of its limit, of an arm.
static script *first_due(bool in_steps, timer **first, int *arm)
{
    script *whose = NULL;
    *first = NULL;
    for (int i = 0; i < alive_count; ++i)
        for (int each = -2; each < MAX_ARMS; ++each) {
            timer *timed = each == -2 ? &alive[i]->wait : each == -1 ? &alive[i]->limit : &alive[i]->arm_timer[each];
            if (!timed->set || timed->in_steps != in_steps || timed->deadline > (in_steps ? (int64_t)steps : now))
                continue;
            if (*first != NULL && (timed->deadline > (*first)->deadline ||
                                   (timed->deadline == (*first)->deadline && timed->order >= (*first)->order)))
                continue;
            *first = timed;
            *arm = each;
            whose = alive[i];
        }
    return whose;
}

static void fire(script *who, timer *first, int arm)
{
    timer fired = *first;
    first->set = false;
    if (arm == -2)
        wake(who, TL_OK, fired.in_steps ? now : fired.deadline);
    else if (who->gathering)
        time_passed(who, arm == -1 ? (int)THE_LIMIT : arm, fired.deadline);
    else if (!who->wait.set)
        who->limit_passed = true, put_ready(who);
    else if (who->wait.deadline <= (who->wait.in_steps ? (int64_t)steps : now))
        wake(who, TL_OK, who->wait.in_steps ? now : who->wait.deadline);
    else
        wake(who, TL_TIMED_OUT, fired.deadline);
}

static script *next_ready(void)
{
    for (int i = 0; i < alive_count; ++i)
        if (alive[i]->ready)
            return alive[i];
    return NULL;
}

static void run_ready(script *who)
{
    who->ready = false;
    if (who->waiting && who->limit_passed) {
        int64_t deadline = who->limit.deadline;
        leave(who);
        who->answer = TL_TIMED_OUT;
        who->local = deadline;
    }
    run(who);
}

void reference_step(void)
{
    stepping = true;
    ++steps;
    now += 2;
    timer *first;
    int arm = 0;
    for (int in_steps = 1; in_steps >= 0; --in_steps)
        for (script *who; (who = first_due(in_steps, &first, &arm)) != NULL;)
            fire(who, first, arm);
    do {
        settle();
        for (script *who; (who = next_ready()) != NULL;) {
            run_ready(who);
            settle();
        }
    } while (be_late());
    stepping = false;
}

void reference_begin(uint64_t most)
{
    steps = creations = turns = operations = recent_count = 0;
    now = 0;
    most_operations = most;
    closing_world = false;
    for (int entity = 0; entity < ENTITIES; ++entity)
        entity_made[entity] = ++creations;
    memset(emits, 0, sizeof emits);
    memset(item_count, 0, sizeof item_count);
}

void reference_spawn(agent made)
{
    script *who = make(made, NULL, ALONE, NULL);
    remember(who);
    put_ready(who);
}

void reference_cancel(int which)
{
    if (recent[which] != NULL && is_alive(recent[which]))
        cancel(recent[which]);
}

void reference_end(void)
{
    closing_world = true;
    for (int i = alive_count; i-- > 0;)
        if (alive[i]->doomed && !alive[i]->closing) {
            close_script(alive[i]);
            i = alive_count; // from the newest again
        }
    for (int left = ENTITIES; left > 0; --left) {
        int newest = 0;
        for (int entity = 1; entity < ENTITIES; ++entity)
            newest = entity_made[entity] > entity_made[newest] ? entity : newest;
        destroy_entity(newest);
        entity_made[newest] = 0;
    }
    destroy_entity(ALONE);
    for (int i = 0; i < RECENT; ++i) {
        if (recent[i] != NULL)
            drop(recent[i]);
        recent[i] = NULL;
    }
    CHECK_INT(0, alive_count);
}

int reference_alive(void)
{
    return alive_count;
}

uint64_t reference_operations(void)
{
    return operations;
}
