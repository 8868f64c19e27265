// SPDX-License-Identifier: MIT
// What scripts end with: results and errors, and which scripts receive them.
#include "trace.h"

static void ignore_log(const tl_log *item)
{
    note("log %d ", item->code);
}

TL_SCRIPT_RETURNING(int, fails, int, after)
{
    tl_defer(note_text, "cleaned ");
    CHECK_OK(tl_wait_steps(*after));
    tl_fail(40 + *after, "after %d steps", *after);
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
    CHECK_RESULT(TL_ERROR_FAILED,
                 tl_race(TL_CHILD(walks, {"b", 9}), TL_CHILD(fails, 0), TL_CHILD(walks, {"c", 9})).result);
    note("%d ", tl_wait_error()->code);
    CHECK_OK(tl_wait_step());
    CHECK_POINTER(NULL, tl_wait_error());
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, fails, 2));
    CHECK_RESULT(TL_ERROR_FAILED, tl_wait_script(script));
    note("%d ", tl_wait_error()->code);
    CHECK_RESULT(TL_ERROR_FAILED, tl_wait_result(fails, script, &number)); // and again
    CHECK_RESULT(TL_ERROR_FAILED, tl_race(TL_ON_SCRIPT(script), TL_AFTER(1)).result);
    CHECK_STRING("after 2 steps", tl_wait_error()->text);
    CHECK_INT(7, number);
}

TEST(errors_travel_to_those_that_wait)
{
    tl_set_log_hook(ignore_log);
    RUN(catches, 9);
    CHECK_TRACE("a( cleaned unwound 41 after 1 steps fails b( cleaned unwound 40 cleaned 42 ");
    CHECK_OK(tl_world_destroy(world));
}

static int logged_line;

static void note_log(const tl_log *item)
{
    CHECK_INT(TL_LOG_SCRIPT_FAILED, item->id);
    CHECK_STRING("fails", item->script);
    CHECK(strstr(item->text, "'fails'") != NULL && strstr(item->text, "failed with 41: after 1 steps") != NULL);
    CHECK_STRING(__FILE__, item->file);
    logged_line = item->line;
    note("log %d ", item->code);
}

TEST(errors_that_no_script_waits_for_go_to_the_log)
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

TL_SCRIPT_RETURNING(int, returns_early, tl_nothing, unused)
{
    tl_defer(note_text, "left ");
    {
        tl_scoped_shield();
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

TL_SCRIPT(fails_in_a_shield, tl_nothing, unused)
{
    {
        tl_scoped_shield();
        CHECK_OK(tl_wait_steps(2));
        tl_fail(77, "unheard");
    }
}

TL_SCRIPT(leaves_a_failing_branch, tl_nothing, unused)
{
    CHECK_RESULT(TL_ERROR_FAILED, tl_sync(TL_CHILD(fails, 0)));
    {
        tl_branch(child, fails_in_a_shield, {0});
    }
    CHECK_INT(40, tl_wait_error()->code); // neither starting nor leaving a branch is a wait
}

TEST(leaving_a_block_is_not_waiting_for_its_branch)
{
    tl_set_log_hook(ignore_log);
    RUN(leaves_a_failing_branch, 4);
    CHECK_TRACE("cleaned log 77 ");
    CHECK_OK(tl_world_destroy(world));
}
