// SPDX-License-Identifier: MIT
// Scripts with results that another file defines: spawned, waited for, and as children.
#include "returning.h"

#include "trace.h"

TL_SCRIPT(asks, tl_nothing, unused)
{
    struct road road = {0}, other = {0};
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, finds_in_c, {3, 10}));
    CHECK_OK(tl_wait_result(finds_in_c, script, &road));
    CHECK_NEAR(7.5, road.length, 0);
    CHECK_INT(2, road.stops);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, finds_in_cpp, {3, 10}));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_result(finds_in_c, script, &road));
    CHECK_OK(tl_wait_result(finds_in_cpp, script, &road, TL_WITHIN(1)));
    CHECK_NEAR(7.25, road.length, 0);
    CHECK_OK(tl_sync(TL_CHILD_INTO(&road, finds_in_c, {1, 2}), TL_CHILD_INTO(&other, finds_in_cpp, {1, 0})));
    CHECK_NEAR(1.5, road.length, 0);
    CHECK_NEAR(-1, other.length, 0);
    note("asked ");
}

TEST(results_of_scripts_in_other_files)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, asks, {0}));
    steps(10);
    CHECK_TRACE("asked ");
    CHECK_OK(tl_world_destroy(world));
}
