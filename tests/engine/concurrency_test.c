// Several things at once: who wins, who is unwound and when, what comes back.
#include "trace.h"

static uintmax_t step_count(void)
{
    return (uintmax_t)tl_world_get_time(world).steps;
}

struct walk {
    const char *name;
    int64_t frames;
};

/// Waits some frames; notes its beginning, its end and its being unwound.
TL_SCRIPT_RETURNING(int, walks, struct walk, me)
{
    note("%s( ", me->name);
    tl_defer(note_text, (void *)(uintptr_t)(me->frames > 0 ? "unwound " : ""));
    CHECK_OK(tl_wait_frames(me->frames));
    note("%s) ", me->name);
    return (int)me->frames;
}

static void run(const tl_fiber_entry *entry, int count)
{
    make_world(60);
    static const tl_nothing nothing = {0};
    CHECK_OK(tl_spawn_raw(world, NULL, entry, &nothing, NULL, NULL));
    steps(count);
}

#define RUN(script, count) run(&script##__entry, count)

TL_SCRIPT(races, tl_nothing, unused)
{
    int winner = tl_race(TL_CHILD(walks, {"a", 3}), TL_CHILD(walks, {"b", 2}), TL_CHILD(walks, {"c", 9}));
    note("won by %d@%ju ", winner, step_count());
}

TEST(race_goes_on_with_the_first_and_unwinds_the_others_newest_first)
{
    RUN(races, 9);
    CHECK_TRACE("a( b( c( b) unwound unwound unwound won by 1@3 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(races_with_ties, tl_nothing, unused)
{
    CHECK_INT(0, tl_race(TL_CHILD(walks, {"a", 2}), TL_CHILD(walks, {"b", 2}), TL_CHILD(walks, {"c", 1000})));
    note("| ");
    CHECK_INT(1, tl_race(TL_CHILD(walks, {"a", 2}), TL_CHILD(walks, {"b", 0}), TL_CHILD(walks, {"c", 0})));
    note("@%ju ", step_count());
}

TEST(ties_go_to_the_lowest_index_and_nothing_after_it_is_begun)
{
    RUN(races_with_ties, 5);
    CHECK_TRACE("a( b( c( a) unwound unwound unwound | a( b( b) unwound @3 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(syncs, tl_nothing, unused)
{
    int first = -1, second = -1;
    CHECK_OK(tl_sync(TL_CHILD_INTO(&first, walks, {"a", 3}), TL_CHILD(walks, {"b", 0}),
                     TL_CHILD_INTO(&second, walks, {"c", 1})));
    note("%d %d@%ju ", first, second, step_count());
}

TEST(sync_waits_for_all_and_brings_their_results)
{
    RUN(syncs, 9);
    CHECK_TRACE("a( b( b) c( c) unwound a) unwound 3 1@4 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(syncs_at_once, tl_nothing, unused)
{
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_sync(TL_CHILD(walks, {"a", 0}), TL_CHILD(walks, {"b", 0})));
    note("@%ju ", step_count());
}

TEST(children_that_end_at_once_cost_no_step)
{
    RUN(syncs_at_once, 1);
    CHECK_TRACE("a( a) b( b) a( a) b( b) a( a) b( b) @1 ");
    CHECK_OK(tl_world_destroy(world));
}

struct level {
    int depth;
};

TL_SCRIPT_RETURNING(int, nests, struct level, me)
{
    int left = 0, right = 0;
    if (me->depth == 0) {
        CHECK_OK(tl_wait_frame());
        return 1;
    }
    CHECK_OK(tl_sync(TL_CHILD_INTO(&left, nests, {me->depth - 1}), TL_CHILD_INTO(&right, nests, {me->depth - 1})));
    return left + right;
}

TL_SCRIPT(nests_deeply, tl_nothing, unused)
{
    int leaves = 0;
    CHECK_OK(tl_sync(TL_CHILD_INTO(&leaves, nests, {8})));
    note("%d leaves@%ju ", leaves, step_count());
}

TEST(nested_in_nested)
{
    RUN(nests_deeply, 2);
    CHECK_TRACE("256 leaves@2 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(is_a_link, struct level, me)
{
    tl_defer(note_text, me->depth % 500 == 0 ? "." : "");
    if (me->depth > 0)
        tl_race(TL_CHILD(is_a_link, {me->depth - 1}), TL_AFTER(1000));
    else
        tl_wait_seconds(1000);
    CHECK_UNREACHED();
}

static void cancel_a_chain(void *unused)
{
    (void)unused;
    note("| ");
}

TL_SCRIPT(cancels_a_chain, tl_script, chain)
{
    tl_defer(cancel_a_chain, NULL);
    CHECK_OK(tl_script_cancel(world, *chain)); // on this small stack
}

TEST(a_nest_deeper_than_any_stack_is_unwound)
{
    tl_script chain;
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 3000, .stack_size = 32768}, &world));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &chain, is_a_link, {2000}));
    steps(1);
    CHECK_UINT(2001, tl_script_count(world));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, cancels_a_chain, chain));
    steps(1);
    CHECK_TRACE(".....| ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_nest_ends_with_the_world)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 1100, .stack_size = 32768}, &world));
    CHECK_OK(tl_spawn(world, make(TL_NO_ENTITY), NULL, is_a_link, {1000}));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("...");
}

/// Sources besides children.

typedef TL_EVENT(int) int_event;

static int_event bell;
static int_channel orders, goods;

static void make_sources(void)
{
    make_world(60);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "orders", 2, &orders));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "goods", 1, &goods));
}

TL_SCRIPT(selects, tl_nothing, unused)
{
    int good = 70;
    CHECK_OK(tl_send(goods, &good)); // is full now
    for (;;) {
        int rung = -1, order = -1;
        ++good;
        int came = tl_race(TL_ON(bell, &rung), TL_ON_RECEIVE(orders, &order), TL_ON_SEND(goods, &good), TL_AFTER(0.5));
        note("%d:%d,%d@%ju ", came, rung, order, step_count());
        if (came < 0)
            return;
    }
}

TEST(one_wait_for_several_sources_says_which_came)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, selects, {0}));
    steps(1);
    CHECK_OK(tl_emit(bell, 5));
    steps(1);
    CHECK_TRACE("0:5,-1@2 ");
    int item = 8;
    CHECK_OK(tl_try_send(orders, &item));
    steps(1);
    CHECK_TRACE("1:-1,8@3 ");
    CHECK_OK(tl_try_receive(goods, &item));
    CHECK_INT(70, item);
    steps(1);
    CHECK_TRACE("2:-1,-1@4 ");
    steps(30);
    CHECK_TRACE("3:-1,-1@34 ");
    CHECK_OK(tl_try_receive(goods, &item));
    CHECK_INT(73, item); // what lost a race was not sent
    CHECK_OK(tl_event_destroy(bell));
    CHECK_OK(tl_channel_destroy(orders));
    CHECK_OK(tl_channel_close(goods));
    steps(1);
    CHECK_TRACE("2:-1,-1@35 -40:-1,-1@35 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(takes_what_is_there, tl_nothing, unused)
{
    int first = -1, second = -1;
    CHECK_INT(0, tl_race(TL_ON_RECEIVE(orders, &first), TL_ON_RECEIVE(orders, &second)));
    CHECK_INT(11, first);
    CHECK_INT(1, tl_race(TL_CHILD(walks, {"a", 1}), TL_ON_RECEIVE(orders, &second), TL_CHILD(walks, {"b", 0})));
    CHECK_INT(12, second);
    CHECK_INT(0, tl_race(TL_CHILD(walks, {"c", 0}), TL_ON_RECEIVE(orders, &second)));
    CHECK_UINT(1, tl_channel_count(orders));
    note("@%ju ", step_count());
}

TEST(what_is_there_wins_at_once_and_the_rest_is_left)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, takes_what_is_there, {0}));
    for (int item = 11; item <= 12; ++item)
        CHECK_OK(tl_try_send(orders, &item));
    struct {
        int_channel to;
    } third = {orders};
    (void)third;
    CHECK_RESULT(TL_WOULD_WAIT, tl_try_send(orders, &(int){13}));
    CHECK_OK(tl_channel_destroy(goods));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "orders", 3, &goods));
    int_channel full = orders;
    orders = goods;
    for (int item = 11; item <= 13; ++item)
        CHECK_OK(tl_try_send(orders, &item));
    steps(1);
    CHECK_TRACE("a( unwound c( c) @1 ");
    CHECK_UINT(2, tl_channel_count(full));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(emits_five, tl_nothing, unused)
{
    CHECK_OK(tl_wait_frame());
    CHECK_OK(tl_emit(bell, 5));
    note("emitted ");
}

TL_SCRIPT(hears_twice, tl_nothing, unused)
{
    int left = 0, right = 0;
    CHECK_INT(0, tl_race(TL_ON(bell, &left), TL_ON(bell, &right)));
    note("%d %d ", left, right);
    tl_script other;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &other, emits_five, {0}));
    CHECK_OK(tl_sync(TL_ON(bell, &left), TL_ON(bell, &right), TL_ON_SCRIPT(other), TL_AFTER(0.1)));
    note("%d %d@%ju ", left, right, step_count());
}

TEST(one_emit_for_several_arms)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hears_twice, {0}));
    steps(1);
    CHECK_OK(tl_emit(bell, 3));
    steps(10);
    CHECK_TRACE("3 0 emitted 5 5@8 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_a_second, tl_nothing, unused)
{
    CHECK_OK(tl_wait_seconds(1));
}

TL_SCRIPT(races_against_time, tl_nothing, unused)
{
    CHECK_INT(0,
              tl_race(TL_CHILD(waits_a_second, {0}), TL_AFTER(1))); // what comes in the same step comes before a time
    CHECK_INT(0, tl_race(TL_AFTER(1), TL_CHILD(waits_a_second, {0}))); // unless that has the lower index
    CHECK_INT(1, tl_race(TL_AFTER(2), TL_AFTER(1), TL_AFTER_REAL(1)));
    CHECK_INT(0, tl_race(TL_AFTER(0), TL_CHILD(waits_a_second, {0})));
    CHECK_OK(tl_sync_within(TL_WITHIN(1), TL_CHILD(waits_a_second, {0}))); // so it is with limits
    note("@%ju ", step_count());
}

TEST(times_come_last_in_their_step)
{
    RUN(races_against_time, 300);
    CHECK_TRACE("@241 ");
    CHECK_OK(tl_world_destroy(world));
}

static void do_it(void)
{
    tl_defer(note_text, "undone ");
    CHECK_OK(tl_wait_seconds(10));
}

TL_SCRIPT(does_it, tl_nothing, unused)
{
    do_it();
}

TL_SCRIPT(does_it_for_at_most, tl_nothing, unused)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_sync_within(TL_WITHIN(2), TL_CHILD(does_it, {0}), TL_CHILD(does_it, {0})));
    note("@%ju ", step_count());
    CHECK_INT(TL_ERROR_TIMED_OUT, tl_race_within(TL_WITHIN_REAL(1), TL_CHILD(does_it, {0}), TL_ON(bell, NULL)));
    note("@%ju ", step_count());
    CHECK_RESULT(TL_TIMED_OUT, tl_sync_within(TL_WITHIN(0), TL_CHILD(does_it, {0})));
    CHECK_OK(tl_sync_within(TL_WITHIN(0), TL_CHILD(does_nothing, {0})));
    note("@%ju ", step_count());
}

TEST(a_whole_block_can_have_a_limit)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, does_it_for_at_most, {0}));
    steps(200);
    CHECK_TRACE("undone undone @121 undone @181 undone @181 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(beats, double, seconds)
{
    CHECK_OK(tl_wait_seconds(*seconds));
}

TL_SCRIPT(loops_of_children, tl_nothing, unused)
{
    double begin = tl_local_seconds();
    for (int i = 0; i < 1000; ++i) {
        CHECK_OK(tl_sync(TL_CHILD(beats, 0.07), TL_CHILD(beats, 0.05)));
        CHECK_INT(1, tl_race(TL_CHILD(beats, 0.06), TL_AFTER(0.03)));
        CHECK_OK(tl_sync(TL_AT(0.03, beats, 0.04), TL_AFTER(0.01)));
    }
    CHECK_NEAR(170, tl_local_seconds() - begin, 1e-3);
    note("@%ju ", step_count());
}

TEST(time_does_not_drift_through_children)
{
    RUN(loops_of_children, 170 * 60 + 1);
    CHECK_TRACE("@10201 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(says, char *, word)
{
    note("%s@%ju ", *word, step_count());
}

TL_SCRIPT(plays_a_timeline, tl_nothing, unused)
{
    CHECK_OK(tl_sync(TL_AT(1, says, "b"), TL_AT(0, says, "a"), TL_AT(1.5, says, "c"), TL_CHILD(does_nothing, {0})));
    note("end@%ju ", step_count());
}

TEST(a_timeline_is_a_sync_of_delayed_children)
{
    RUN(plays_a_timeline, 100);
    CHECK_TRACE("a@1 b@61 c@91 end@91 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(races_with_many, tl_nothing, unused)
{
    enum { MANY = 300 };
    static tl_arm arms[MANY + 1];
    static int numbers[MANY];
    for (int i = 0; i < MANY; ++i) {
        numbers[i] = 100;
        arms[i] = TL_ON_RECEIVE(orders, &numbers[i]);
    }
    int came = tl_race_raw(arms, TL_FOREVER);
    note("%d:%d ", came, numbers[0]);
    tl_race_raw(arms, TL_FOREVER);
    CHECK_UNREACHED();
}

TEST(lists_made_at_run_time)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races_with_many, {0}));
    steps(1);
    CHECK_OK(tl_try_send(orders, &(int){4}));
    steps(1);
    CHECK_TRACE("0:4 ");
    CHECK_OK(tl_world_destroy(world)); // and their memory is freed
}

/// Branches.

TL_SCRIPT(ticks, char *, name)
{
    tl_defer(note_text, "off ");
    for (;;) {
        note("%s ", *name);
        CHECK_OK(tl_wait_frame());
    }
}

static void branch_for_a_while(void)
{
    tl_branch(lamp, ticks, "lamp");
    CHECK_OK(lamp.result);
    CHECK(tl_script_is_alive(world, lamp.script));
    CHECK_OK(tl_wait_frames(2));
    note("leave ");
}

TL_SCRIPT(branches, tl_nothing, unused)
{
    tl_branch(fan, ticks, "fan");
    branch_for_a_while();
    note("left ");
    CHECK_OK(tl_wait_frames(2));
    note("return ");
}

TEST(a_branch_goes_on_until_its_block_is_left)
{
    RUN(branches, 9);
    CHECK_TRACE("fan lamp fan lamp leave off left fan fan return off ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(branches_in_many_ways, int, way)
{
    tl_defer(note_text, "outer ");
    tl_branch(child, ticks, "tick");
    tl_defer(note_text, "inner ");
    switch (*way) {
    case 0: tl_exit(NULL); break;
    case 1: tl_fail(1, "no"); break;
    case 2: return;
    default: tl_wait_seconds(1000);
    }
}

static void ignore_log(const tl_log *item)
{
    note("log %d ", item->code);
}

TEST(a_branch_cannot_outlive_its_parent)
{
    make_world(0);
    tl_set_log_hook(ignore_log);
    for (int way = 0; way < 4; ++way) {
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, branches_in_many_ways, way));
        steps(1);
        if (way == 3)
            CHECK_OK(tl_script_cancel(world, script));
        CHECK_UINT(0, tl_script_count(world));
        note("| ");
    }
    // Cancelled and failing, children go first of all; else all goes in exact reverse.
    CHECK_TRACE("tick inner off outer | tick off inner outer log 1 | tick inner off outer | tick off inner outer | ");
    CHECK_OK(tl_world_destroy(world));
}

/// Errors.

TL_SCRIPT_RETURNING(int, fails, int, after)
{
    tl_defer(note_text, "cleaned ");
    CHECK_OK(tl_wait_frames(*after));
    tl_fail(40 + *after, "after %d frames", *after);
    CHECK_UNREACHED();
    return 0;
}

TL_SCRIPT(catches, tl_nothing, unused)
{
    int number = 7;
    CHECK_POINTER(NULL, tl_wait_error());
    CHECK_RESULT(TL_ERROR_FAILED, tl_sync(TL_CHILD(walks, {"a", 9}), TL_CHILD_INTO(&number, fails, 1)));
    CHECK_INT(7, number);
    const tl_error *error = tl_wait_error();
    note("%d %s %s ", error->code, error->text, error->script);
    CHECK_STRING(__FILE__, error->spawned.file);
    CHECK_INT(__LINE__ - 5, error->spawned.line);
    CHECK_INT(TL_ERROR_FAILED, tl_race(TL_CHILD(walks, {"b", 9}), TL_CHILD(fails, 0), TL_CHILD(walks, {"c", 9})));
    note("%d ", tl_wait_error()->code);
    CHECK_OK(tl_wait_frame());
    CHECK_POINTER(NULL, tl_wait_error());
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, fails, 2));
    CHECK_RESULT(TL_ERROR_FAILED, tl_wait_script(script));
    note("%d ", tl_wait_error()->code);
    CHECK_RESULT(TL_ERROR_FAILED, tl_wait_result(fails, script, &number)); // and again
    CHECK_INT(TL_ERROR_FAILED, tl_race(TL_ON_SCRIPT(script), TL_AFTER(1)));
    CHECK_STRING("after 2 frames", tl_wait_error()->text);
    CHECK_INT(7, number);
}

TEST(errors_travel_to_those_that_wait)
{
    tl_set_log_hook(ignore_log);
    RUN(catches, 9);
    CHECK_TRACE("a( cleaned unwound 41 after 1 frames fails b( cleaned unwound 40 cleaned 42 ");
    CHECK_OK(tl_world_destroy(world));
}

static int logged_line;

static void note_log(const tl_log *item)
{
    CHECK_INT(TL_LOG_SCRIPT_FAILED, item->id);
    CHECK_STRING("fails", item->script);
    CHECK(strstr(item->text, "'fails'") != NULL && strstr(item->text, "failed with 41: after 1 frames") != NULL);
    CHECK_STRING(__FILE__, item->file);
    logged_line = item->line;
    note("log %d ", item->code);
}

TEST(errors_that_nobody_waits_for_go_to_the_log)
{
    make_world(0);
    CHECK_POINTER(NULL, NULL);
    tl_log_hook before = tl_set_log_hook(note_log);
    CHECK(before != NULL);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, fails, 1));
    int line = __LINE__ - 1;
    steps(3);
    CHECK_TRACE("cleaned log 41 ");
    CHECK_INT(line, logged_line);
    CHECK_OK(tl_world_destroy(world));
}

/// Who is out of a race.

static tl_script victim;

TL_SCRIPT(shows_itself, int64_t, frames)
{
    victim = tl_script_current();
    tl_defer(note_text, "victim ");
    CHECK_OK(tl_wait_frames(*frames));
}

TL_SCRIPT(races_with_a_victim, int, way)
{
    int got = -1;
    if (*way == 0)
        got = tl_race(TL_CHILD(shows_itself, 9), TL_CHILD(walks, {"a", 3}));
    else if (*way == 1)
        got = tl_race(TL_CHILD(shows_itself, 9));
    else
        got = tl_sync(TL_CHILD(shows_itself, 9), TL_CHILD(walks, {"a", 3}));
    note("%d@%ju ", got, step_count());
}

TEST(a_cancelled_child_is_out)
{
    for (int way = 0; way < 3; ++way) {
        make_world(0);
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races_with_a_victim, way));
        steps(2);
        CHECK_OK(tl_script_cancel(world, victim));
        CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, victim));
        steps(5);
        CHECK_OK(tl_world_destroy(world));
    }
    CHECK_TRACE("a( victim a) unwound 1@4 victim -46@3 a( victim a) unwound 3@4 ");
    CHECK_INT(-46, TL_ERROR_NONE_LEFT);
    CHECK_INT(3, TL_CANCELLED);
}

/// Killing: oneself, one's parent, one's parent in a clean-up.

static tl_script parent;

static void kill_parent(void *unused)
{
    (void)unused;
    note("%s ", tl_result_name(tl_script_cancel(world, parent)));
}

TL_SCRIPT(kills_its_parent, int, way)
{
    tl_defer(note_text, "child ");
    if (*way == 0) {
        CHECK_OK(tl_wait_frame());
        kill_parent(NULL);
        CHECK(!tl_script_is_alive(world, parent));
        CHECK(!tl_script_is_alive(world, tl_script_current())); // it goes down with it, at its next wait
        note("still here ");
        tl_wait_frame();
    } else if (*way == 1) {
        kill_parent(NULL); // which is running: it called this
        tl_wait_frame();
        note("not yet ");
        tl_wait_frames(5);
    } else {
        tl_defer(kill_parent, NULL);
        CHECK_OK(tl_wait_frame());
        CHECK_OK(tl_script_cancel(world, tl_script_current()));
        tl_wait_frame();
    }
    CHECK_UNREACHED();
}

TL_SCRIPT(has_a_murderer, int, way)
{
    parent = tl_script_current();
    tl_defer(note_text, "parent ");
    tl_sync(TL_CHILD(walks, {"a", 9}), TL_CHILD(kills_its_parent, *way), TL_CHILD(walks, {"b", 9}));
    CHECK_UNREACHED();
}

TEST(a_child_may_kill_its_parent)
{
    for (int way = 0; way < 3; ++way) {
        make_world(0);
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, has_a_murderer, way));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
        steps(3);
        CHECK_UINT(0, tl_script_count(world));
        note("| ");
        CHECK_OK(tl_world_destroy(world));
    }
    CHECK_TRACE("a( b( unwound unwound TL_OK still here child parent TL_CANCELLED@2 | "
                "a( TL_OK b( unwound child unwound parent TL_CANCELLED@1 | "
                "a( b( unwound unwound TL_OK child parent TL_CANCELLED@2 | ");
}

/// Shields.

TL_SCRIPT(is_shielded, int64_t, frames)
{
    tl_defer(note_text, "end ");
    TL_SHIELD
    {
        note("in ");
        CHECK_OK(tl_wait_frames(*frames));
        CHECK_OK(tl_sync(TL_CHILD(walks, {"a", 1})));
        TL_SHIELD
        {
            CHECK_OK(tl_wait_frame());
        }
        CHECK_OK(tl_wait_frame());
        note("out ");
    }
    note("on ");
    tl_wait_frame();
    CHECK_UNREACHED();
}

TEST(a_shield_lets_a_cancelled_script_finish_a_section)
{
    make_world(0);
    tl_script script;
    tl_entity entity = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, entity, &script, is_shielded, 2));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(2);
    CHECK_OK(tl_entity_destroy(world, entity)); // the owner's end does not break it either
    CHECK(!tl_script_is_alive(world, script));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, script));
    CHECK_UINT(2, tl_script_count(world));
    CHECK_TRACE("in ");
    steps(9);
    CHECK_TRACE("a( a) unwound out on end TL_CANCELLED@6 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(races_with_a_shield, tl_nothing, unused)
{
    tl_defer(note_text, "racer ");
    note("won by %d@", tl_race(TL_CHILD(walks, {"x", 1}), TL_CHILD(is_shielded, 2)));
    note("%ju ", step_count());
    tl_wait_seconds(1000);
}

TEST(a_race_waits_for_a_loser_in_a_shield)
{
    RUN(races_with_a_shield, 9);
    CHECK_TRACE("x( in x) unwound a( a) unwound out on end won by 0@6 ");
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("racer ");
}

TEST(a_cancelled_parent_waits_for_a_child_in_a_shield)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, races_with_a_shield, {0}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_TRACE("x( in unwound ");
    steps(9);
    CHECK_TRACE("a( a) unwound out on end racer ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(the_end_of_the_world_breaks_shields)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, races_with_a_shield, {0}));
    CHECK_OK(tl_spawn(world, make(TL_NO_ENTITY), NULL, is_shielded, 5));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("x( in in unwound end end racer ");
}

TL_SCRIPT(branches_into_a_shield, tl_nothing, unused)
{
    {
        tl_branch(child, is_shielded, 1);
        CHECK_OK(tl_wait_frame());
        note("leave ");
    }
    note("left@%ju ", step_count());
}

TEST(leaving_a_block_waits_for_a_branch_in_a_shield)
{
    RUN(branches_into_a_shield, 9);
    CHECK_TRACE("in leave a( a) unwound out on end left@5 ");
    CHECK_OK(tl_world_destroy(world));
}

/// Misuse.

static void begin_in_clean_up(void *unused)
{
    (void)unused;
    CHECK_MISUSE(TL_ERROR_UNWINDING, (tl_result)tl_race(TL_CHILD(does_nothing, {0})));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_sync(TL_AFTER(1)));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_fail(1, "no"));
    tl_branch(child, does_nothing, {0});
    CHECK_MISUSE(TL_ERROR_UNWINDING, child.result);
    CHECK_UINT(0, child.script.index1);
    note("refused ");
}

static tl_script own;

TL_SCRIPT(waits_for_its_parent, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_wait_script(own));
    CHECK_MISUSE(TL_ERROR_CYCLE, (tl_result)tl_race(TL_ON_SCRIPT(own)));
}

TL_SCRIPT(misuses, tl_nothing, unused)
{
    tl_defer(begin_in_clean_up, NULL);
    own = tl_script_current();
    int number = 0;
    tl_arm none;
    memset(&none, 0, sizeof none);
    int_event no_event = {.event = {0}};
    int_channel no_channel = {.channel = {0}};
    CHECK_MISUSE(TL_ERROR_NULL, (tl_result)tl_race_raw(NULL, TL_FOREVER));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync_raw(&none, TL_FOREVER));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync(TL_AFTER(-1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync(TL_AT(-1, does_nothing, {0})));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync_within(TL_WITHIN(-1), TL_CHILD(does_nothing, {0})));
    CHECK_MISUSE(TL_ERROR_NULL, tl_sync(TL_ON_RECEIVE(orders, NULL)));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_sync(TL_ON_SCRIPT(own)));
    CHECK_RESULT(TL_ERROR_STALE, (tl_result)tl_race(TL_CHILD(walks, {"never", 0}), TL_ON(no_event, &number)));
    CHECK_RESULT(TL_ERROR_STALE, tl_sync(TL_CHILD(walks, {"never", 0}), TL_ON_SEND(no_channel, &number)));
    CHECK_RESULT(TL_ERROR_STALE, tl_sync(TL_ON_SCRIPT(TL_NO_SCRIPT)));
    CHECK_OK(tl_sync(TL_CHILD(waits_for_its_parent, {0})));
    CHECK_MISUSE(TL_ERROR_NULL, tl_wait_result(walks, own, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_result(walks, own, &number));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_return(walks, 1));
    note("done ");
}

TEST(misuse)
{
    make_sources();
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, (tl_result)tl_race(TL_CHILD(does_nothing, {0})));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_fail(1, "no"));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_return(walks, 1));
    CHECK_POINTER(NULL, tl_wait_error());
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, misuses, {0}));
    steps(2);
    CHECK_TRACE("done refused ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(has_too_many_children, tl_nothing, unused)
{
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED,
                 (tl_result)tl_race(TL_CHILD(walks, {"a", 1}), TL_CHILD(walks, {"b", 1}), TL_CHILD(walks, {"c", 1})));
    note("| ");
    CHECK_OK(tl_sync(TL_CHILD(walks, {"a", 1}), TL_CHILD(walks, {"b", 1})));
}

TEST(more_children_than_there_is_room_for)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 3}, &world));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, has_too_many_children, {0}));
    steps(3);
    CHECK_TRACE("a( b( unwound unwound | a( b( a) unwound b) unwound ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT_RETURNING(int, returns_early, tl_nothing, unused)
{
    tl_defer(note_text, "left ");
    TL_SHIELD
    {
        tl_return(returns_early, 12);
    }
    CHECK_UNREACHED();
    return 0;
}

TL_SCRIPT_RETURNING(int, exits, tl_nothing, unused)
{
    tl_exit(NULL);
    return 5;
}

TL_SCRIPT(takes_results, tl_nothing, unused)
{
    int early = 1, none = 1;
    CHECK_OK(tl_sync(TL_CHILD_INTO(&early, returns_early, {0}), TL_CHILD_INTO(&none, exits, {0})));
    note("%d %d ", early, none);
}

TEST(results_from_any_depth)
{
    RUN(takes_results, 1);
    CHECK_TRACE("left 12 0 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(yields_in_shield, tl_nothing, unused)
{
    TL_SHIELD
    {
        CHECK_OK(tl_yield(NULL));
        note("yielded ");
    }
    tl_yield(NULL);
    CHECK_UNREACHED();
}

TEST(info_tells_what_several_it_waits_for)
{
    make_world(0);
    tl_script script;
    tl_script_info info;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, races_with_a_shield, {0}));
    steps(1);
    CHECK_OK(tl_script_get_info(world, script, &info));
    CHECK_INT(TL_WAIT_RACE, info.wait);
    CHECK_STRING("the first of several", tl_wait_string(info.wait));
    tl_script other;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &other, yields_in_shield, {0}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, other));
    trace[0] = '\0';
    steps(1);
    CHECK(strstr(trace, "yielded") != NULL);
    trace[0] = '\0';
    CHECK_OK(tl_world_destroy(world));
}
