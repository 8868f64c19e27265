// SPDX-License-Identifier: MIT
// Several things at once: which arm wins, which scripts are unwound and when, and what the calls return.
#include "sources.h"

TL_SCRIPT(races, tl_nothing, unused)
{
    int winner = tl_race(TL_CHILD(walks, {"a", 3}), TL_CHILD(walks, {"b", 2}), TL_CHILD(walks, {"c", 9})).winner;
    note("won by %d@%ju ", winner, step_count());
}

TEST(race_continues_with_the_first_and_unwinds_the_others_newest_first)
{
    RUN(races, 9);
    CHECK_TRACE("a( b( c( b) unwound unwound unwound won by 1@3 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(races_with_ties, tl_nothing, unused)
{
    CHECK_INT(0, tl_race(TL_CHILD(walks, {"a", 2}), TL_CHILD(walks, {"b", 2}), TL_CHILD(walks, {"c", 1000})).winner);
    note("| ");
    CHECK_INT(1, tl_race(TL_CHILD(walks, {"a", 2}), TL_CHILD(walks, {"b", 0}), TL_CHILD(walks, {"c", 0})).winner);
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
        CHECK_OK(tl_wait_step());
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
    CHECK_OK(tl_script_cancel(world, *chain)); // from this small stack
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

TL_SCRIPT(waits_a_second, tl_nothing, unused)
{
    CHECK_OK(tl_wait_seconds(1));
}

TL_SCRIPT(races_against_time, tl_nothing, unused)
{
    CHECK_INT(
        0,
        tl_race(TL_CHILD(waits_a_second, {0}), TL_AFTER(1)).winner); // within a step, a child's end comes before a time
    CHECK_INT(1, tl_race(TL_AFTER(1), TL_CHILD(waits_a_second, {0})).winner); // whatever the arms' indices
    CHECK_INT(1, tl_race(TL_AFTER(2), TL_AFTER(1), TL_AFTER_REAL(1)).winner);
    CHECK_INT(0, tl_race(TL_AFTER(0), TL_CHILD(waits_a_second, {0})).winner);
    CHECK_OK(tl_sync_within(TL_WITHIN(1), TL_CHILD(waits_a_second, {0}))); // the same holds for limits
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
    CHECK_RESULT(TL_TIMED_OUT, tl_race_within(TL_WITHIN_REAL(1), TL_CHILD(does_it, {0}), TL_ON(bell, NULL)).result);
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
        CHECK_INT(1, tl_race(TL_CHILD(beats, 0.06), TL_AFTER(0.03)).winner);
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
    int came = tl_race_raw(arms, TL_FOREVER).winner;
    note("%d:%d ", came, numbers[0]);
    tl_race_raw(arms, TL_FOREVER);
    CHECK_UNREACHED();
}

TL_SCRIPT(syncs_a_list, int, count)
{
    tl_arm arms[8];
    struct walk walkers[8];
    memset(arms, 0, sizeof arms);
    for (int i = 0; i < *count; ++i) {
        walkers[i] = (struct walk){i % 2 ? "odd" : "even", i};
        arms[i] = TL_CHILD_OF(walks, &walkers[i]);
    }
    CHECK_OK(tl_sync_raw(arms, TL_FOREVER));
    note("@%ju ", step_count());
}

TEST(a_list_of_children)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, syncs_a_list, 3));
    steps(5);
    CHECK_TRACE("even( even) odd( even( odd) unwound even) unwound @3 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(lists_made_at_run_time)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races_with_many, {0}));
    steps(1);
    CHECK_OK(tl_try_send(orders, &(int){4}));
    steps(1);
    CHECK_TRACE("0:4 ");
    CHECK_OK(tl_world_destroy(world)); // frees the memory for the long list, too
}

/// Arms that are out of a race.

static tl_script victim;

TL_SCRIPT(shows_itself, int64_t, count)
{
    victim = tl_script_current();
    tl_defer(note_text, "victim ");
    CHECK_OK(tl_wait_steps(*count));
}

TL_SCRIPT(races_with_a_victim, int, way)
{
    int got = -1;
    if (*way == 0)
        got = tl_race(TL_CHILD(shows_itself, 9), TL_CHILD(walks, {"a", 3})).winner;
    else if (*way == 1)
        got = tl_race(TL_CHILD(shows_itself, 9)).result;
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
    CHECK_TRACE("a( victim a) unwound 1@4 victim -104@3 a( victim a) unwound 2@4 ");
    CHECK_INT(-104, TL_ERROR_NONE_LEFT);
    CHECK_INT(2, TL_CANCELLED);
}

/// Misuse.

static void begin_in_clean_up(void *unused)
{
    (void)unused;
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_race(TL_CHILD(does_nothing, {0})).result);
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
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_race(TL_ON_SCRIPT(own)).result);
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
    CHECK_MISUSE(TL_ERROR_NULL, tl_race_raw(NULL, TL_FOREVER).result);
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync_raw(&none, TL_FOREVER));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync(TL_AFTER(-1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync(TL_AT(-1, does_nothing, {0})));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_sync_within(TL_WITHIN(-1), TL_CHILD(does_nothing, {0})));
    CHECK_MISUSE(TL_ERROR_NULL, tl_sync(TL_ON_RECEIVE(orders, NULL)));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_sync(TL_ON_SCRIPT(own)));
    CHECK_RESULT(TL_ERROR_STALE, tl_race(TL_CHILD(walks, {"never", 0}), TL_ON(no_event, &number)).result);
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
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_race(TL_CHILD(does_nothing, {0})).result);
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
                 tl_race(TL_CHILD(walks, {"a", 1}), TL_CHILD(walks, {"b", 1}), TL_CHILD(walks, {"c", 1})).result);
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

TL_SCRIPT(mixes_clocks, tl_nothing, unused)
{
    CHECK_OK(tl_sync(TL_AFTER(1)));
    CHECK_OK(tl_wait_real_seconds(0.5));
    note("@%ju ", step_count());
    double begin = tl_local_seconds();
    CHECK_OK(tl_sync(TL_AFTER_REAL(1)));
    CHECK_NEAR(1, tl_local_seconds() - begin, 1e-6);
    CHECK_INT(0, tl_race(TL_ON(bell, NULL), TL_CHILD(waits_a_second, {0})).winner);
    CHECK_OK(tl_wait_seconds(0.1));
    note("@%ju ", step_count());
}

TEST(all_clocks_go_on_through_a_sync)
{
    make_sources();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, mixes_clocks, {0}));
    steps(160);
    CHECK_TRACE("@91 ");
    CHECK_OK(tl_emit(bell, 1)); // counts as emitted in the next step
    steps(10);
    CHECK_TRACE("@167 ");
    CHECK_OK(tl_world_destroy(world));
}
