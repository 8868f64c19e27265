// SPDX-License-Identifier: MIT
// Every wait, ended in every way, in the script's body and twenty calls deep: what it returns, in which order clean-ups
// run, and that nothing is left.
#include "trace.h"

typedef TL_EVENT(int) int_event;

/// The things that the waits wait for, made anew for each case.
static int_event bell, other_bell;
static int_channel full, empty;
static tl_script other;
static tl_entity source, owner;
static bool gate;

TL_SCRIPT_RETURNING(int, runs_for, int64_t, count)
{
    CHECK_OK(tl_wait_steps(*count));
    return 5;
}

static bool gate_is_open(void *unused)
{
    (void)unused;
    return gate;
}

// Each waits for long, or briefly if `brief`, and returns its answer as a tl_result.

static tl_result wait_some_steps(bool brief, tl_limit limit)
{
    return tl_wait_steps(brief ? 4 : 100000, limit);
}

static tl_result wait_seconds(bool brief, tl_limit limit)
{
    return tl_wait_seconds(brief ? 0.05 : 100000, limit);
}

static tl_result wait_real_seconds(bool brief, tl_limit limit)
{
    return tl_wait_real_seconds(brief ? 0.05 : 100000, limit);
}

static tl_result wait_phase(bool brief, tl_limit limit)
{
    (void)limit;
    return tl_wait_phase(brief ? TL_PHASE_BEFORE : TL_PHASE_FRAME); // no frame ends here
}

static tl_result wait_frame(bool brief, tl_limit limit)
{
    (void)brief, (void)limit;
    return tl_wait_frame();
}

static void end_frame(void)
{
    CHECK_OK(tl_world_end_frame(world));
}

static tl_result wait_until(bool brief, tl_limit limit)
{
    (void)brief;
    return tl_wait_until(gate_is_open, NULL, limit);
}

static tl_result wait_event(bool brief, tl_limit limit)
{
    (void)brief;
    int rung = 0;
    tl_result answer = tl_wait_event(bell, &rung, limit);
    CHECK_INT(answer == TL_OK ? 7 : 0, rung);
    return answer;
}

static tl_result wait_event_after(bool brief, tl_limit limit)
{
    (void)brief;
    int rung = 0;
    uint64_t seen = tl_event_count(bell);
    tl_result answer = tl_wait_event_after(bell, &seen, &rung, limit);
    CHECK_INT(answer == TL_OK ? 7 : 0, rung);
    CHECK_UINT(answer == TL_OK ? 1 : 0, seen);
    return answer;
}

static tl_result wait_script(bool brief, tl_limit limit)
{
    (void)brief;
    return tl_wait_script(other, limit);
}

static tl_result wait_result(bool brief, tl_limit limit)
{
    (void)brief;
    int result = 0;
    tl_result answer = tl_wait_result(runs_for, other, &result, limit);
    CHECK_INT(answer == TL_OK ? 5 : 0, result);
    return answer;
}

static tl_result send_one(bool brief, tl_limit limit)
{
    (void)brief;
    return tl_send(full, &(int){2}, limit);
}

static tl_result receive_one(bool brief, tl_limit limit)
{
    (void)brief;
    int item = 0;
    tl_result answer = tl_receive(empty, &item, limit);
    CHECK_INT(answer == TL_OK ? 3 : 0, item);
    return answer;
}

static tl_result race_sources(bool brief, tl_limit limit)
{
    (void)brief;
    int item = 0;
    tl_race_outcome outcome = tl_race_within(limit, TL_ON_RECEIVE(empty, &item), TL_ON(bell, NULL),
                                             TL_ON_SEND(full, &item), TL_ON_SCRIPT(other));
    CHECK_INT(outcome.result == TL_OK ? 0 : -1, outcome.winner);
    return outcome.result == TL_ERROR_NONE_LEFT ? TL_CANCELLED : outcome.result;
}

TL_SCRIPT(child, bool, brief)
{
    tl_defer(note_text, "child ");
    CHECK_OK(tl_wait_steps(*brief ? 4 : 100000));
}

static tl_result race_children(bool brief, tl_limit limit)
{
    return tl_race_within(limit, TL_CHILD(child, brief), TL_CHILD(child, false)).result;
}

static tl_result sync_children(bool brief, tl_limit limit)
{
    return tl_sync_within(limit, TL_CHILD(child, brief), TL_CHILD(child, brief));
}

static tl_result bare_yield(bool brief, tl_limit limit)
{
    (void)limit;
    while (!brief)
        tl_yield(NULL);
    return tl_yield(NULL);
}

static void nothing(void)
{
}

static void open_gate(void)
{
    gate = true;
}

static void ring(void)
{
    CHECK_OK(tl_emit(bell, 7));
}

static void take(void)
{
    int item;
    CHECK_OK(tl_try_receive(full, &item));
}

static void put(void)
{
    CHECK_OK(tl_try_send(empty, &(int){3}));
}

static const struct wait_case {
    const char *name;
    tl_result (*wait)(bool brief, tl_limit limit);
    void (*satisfy)(void); ///< does what the wait needs to end, besides steps
    bool needs_other;      ///< the other script must end
    bool has_target;       ///< waits for something that can be destroyed
    bool takes_limit;
    const char *before; ///< what its children note before it returns
} waits[] = {
    {"steps", wait_some_steps, nothing, false, false, true, ""},
    {"seconds", wait_seconds, nothing, false, false, true, ""},
    {"real seconds", wait_real_seconds, nothing, false, false, true, ""},
    {"phase", wait_phase, nothing, false, false, false, ""},
    {"frame", wait_frame, end_frame, false, false, false, ""},
    {"until", wait_until, open_gate, false, false, true, ""},
    {"event", wait_event, ring, false, true, true, ""},
    {"event after", wait_event_after, ring, false, true, true, ""},
    {"script", wait_script, nothing, true, true, true, ""},
    {"result", wait_result, nothing, true, true, true, ""},
    {"send", send_one, take, false, true, true, ""},
    {"receive", receive_one, put, false, true, true, ""},
    {"race of sources", race_sources, put, false, true, true, ""},
    {"race of children", race_children, nothing, false, false, true, "child child "},
    {"sync of children", sync_children, nothing, false, false, true, "child child "},
    {"yield", bare_yield, nothing, false, false, false, ""},
};

enum ending {
    DONE,
    TIMED_OUT,
    BLOCK_TIMED_OUT,
    OWNER_DIED,
    LOST_RACE,
    KILLED,
    PARENT_KILLED,
    SHUT_DOWN,
    TARGET_DIED,
    ENDINGS
};

static bool returns(enum ending ending)
{
    return ending == DONE || ending == TIMED_OUT || ending == TARGET_DIED;
}

struct plan {
    const struct wait_case *wait;
    enum ending ending;
    int depth;
};

static void note_depth(void *depth)
{
    note("%d ", *(int *)depth);
}

#ifdef TELAR_FORCED_UNWIND
static void note_attribute(const int *depth)
{
    note("a%d ", *depth);
}
#define NOTE_ATTRIBUTE __attribute__((cleanup(note_attribute), unused)) int attribute = depth
#else
#define NOTE_ATTRIBUTE (void)0
#endif

static void wait_at(const struct plan *plan, int depth)
{
    tl_defer(note_depth, &depth);
    NOTE_ATTRIBUTE;
    if (depth < plan->depth) {
        wait_at(plan, depth + 1);
    } else {
        tl_limit limit = plan->ending == TIMED_OUT ? TL_WITHIN(0.05) : TL_FOREVER;
        tl_result answer = plan->wait->wait(plan->ending == DONE, limit);
        note("%s ", tl_result_name(answer));
    }
    CHECK(depth > 0); // not a tail call
}

static tl_script subject_id;

TL_SCRIPT(subject, struct plan, plan)
{
    subject_id = tl_script_current();
    wait_at(plan, 1);
}

TL_SCRIPT(parent, struct plan, plan)
{
    tl_defer(note_text, "parent ");
    if (plan->ending == LOST_RACE)
        CHECK_INT(1, tl_race(TL_CHILD(subject, *plan), TL_ON(other_bell, NULL)).winner);
    else if (plan->ending == BLOCK_TIMED_OUT)
        CHECK_RESULT(TL_TIMED_OUT, tl_sync_within(TL_WITHIN(0.05), TL_CHILD(subject, *plan)));
    else
        tl_sync(TL_CHILD(subject, *plan));
    note("after ");
}

static void make_everything(const struct plan *plan)
{
    make_world(60);
    gate = false;
    source = make(TL_NO_ENTITY);
    owner = make(TL_NO_ENTITY);
    CHECK_OK(tl_event_create(world, source, "bell", &bell));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "other bell", &other_bell));
    CHECK_OK(tl_channel_create(world, source, "full", 1, &full));
    CHECK_OK(tl_channel_create(world, source, "empty", 1, &empty));
    CHECK_OK(tl_try_send(full, &(int){1}));
    bool ends = plan->ending == DONE && plan->wait->needs_other;
    CHECK_OK(tl_spawn(world, source, &other, runs_for, ends ? 4 : 100000));
}

/// Starts the subject, alone or as a child. Returns the script to kill.
static tl_script start(const struct plan *plan)
{
    tl_script script;
    bool is_child = plan->ending == LOST_RACE || plan->ending == BLOCK_TIMED_OUT || plan->ending == PARENT_KILLED;
    if (is_child)
        CHECK_OK(tl_spawn(world, owner, &script, parent, *plan));
    else
        CHECK_OK(tl_spawn(world, owner, &script, subject, *plan));
    steps(1);
    CHECK_TRACE("");
    return script;
}

static void end(const struct plan *plan, tl_script script)
{
    switch (plan->ending) {
    case DONE: plan->wait->satisfy(); break;
    case OWNER_DIED: CHECK_OK(tl_entity_destroy(world, owner)); break;
    case LOST_RACE: CHECK_OK(tl_emit(other_bell, 0)); break;
    case KILLED:
    case PARENT_KILLED: CHECK_OK(tl_script_cancel(world, script)); break;
    case TARGET_DIED: CHECK_OK(tl_entity_destroy(world, source)); break;
    default: break;
    }
}

/// Returns what must have been noted.
static const char *expected(const struct plan *plan)
{
    static char text[1024];
    size_t length = 0;
    bool has_children = plan->wait->before[0] != '\0';
    const char *answer = plan->ending == DONE        ? "TL_OK "
                         : plan->ending == TIMED_OUT ? "TL_TIMED_OUT "
                                                     : "TL_CANCELLED ";
    length +=
        (size_t)sprintf(text + length, "%s%s", has_children ? "child child " : "", returns(plan->ending) ? answer : "");
    for (int depth = plan->depth; depth > 0; --depth) {
#ifdef TELAR_FORCED_UNWIND
        length += (size_t)sprintf(text + length, "a%d ", depth);
#endif
        length += (size_t)sprintf(text + length, "%d ", depth);
    }
    if (plan->ending == LOST_RACE || plan->ending == BLOCK_TIMED_OUT)
        strcpy(text + length, "after parent ");
    else if (plan->ending == PARENT_KILLED)
        strcpy(text + length, "parent ");
    return text;
}

static void run(const struct plan *plan)
{
    printf("%s, ending %d, depth %d\n", plan->wait->name, plan->ending, plan->depth);
    fflush(stdout);
    make_everything(plan);
    tl_script script = start(plan);
    end(plan, script);
    if (plan->ending != SHUT_DOWN) {
        if (!returns(plan->ending) && plan->ending != LOST_RACE && plan->ending != BLOCK_TIMED_OUT)
            CHECK_STRING(expected(plan), trace); // before any further step
        steps(6);
        CHECK(!tl_script_is_alive(world, subject_id));
        CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, subject_id));
        CHECK_STRING(expected(plan), trace);
        CHECK_UINT(tl_script_is_alive(world, other) ? 1 : 0, tl_script_count(world));
    }
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE(expected(plan));
}

TEST(every_wait_in_every_ending_at_both_depths)
{
    int cases = 0;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; ++i)
        for (enum ending ending = DONE; ending < ENDINGS; ++ending)
            for (int depth = 1; depth <= 20; depth += 19) {
                if ((ending == TIMED_OUT && !waits[i].takes_limit) || (ending == TARGET_DIED && !waits[i].has_target))
                    continue;
                run(&(struct plan){&waits[i], ending, depth});
                ++cases;
            }
    printf("%d cases\n", cases);
    CHECK_INT(2 * (16 * 7 + 13 + 7), cases);
}
