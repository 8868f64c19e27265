// SPDX-License-Identifier: MIT
// The tests of returning_test.c, from C++.
#include "returning.h"

#include "check.h"
#include "telar/concurrency.h"

namespace
{

bool asked;

TL_SCRIPT(asks, tl_world *, world)
{
    road first = {}, other = {};
    tl_script script;
    CHECK_OK(tl_spawn(*world, TL_NO_ENTITY, &script, finds_in_c, {3, 10}));
    CHECK_OK(tl_wait_result(finds_in_c, script, &first));
    CHECK_NEAR(7.5, first.length, 0);
    CHECK_OK(tl_spawn(*world, TL_NO_ENTITY, &script, finds_in_cpp, {3, 10}));
    CHECK_OK(tl_wait_result(finds_in_cpp, script, &first, TL_WITHIN(1)));
    CHECK_NEAR(7.25, first.length, 0);
    CHECK_INT(3, first.stops);
    CHECK_OK(tl_sync(TL_CHILD_INTO(&first, finds_in_c, {1, 0}), TL_CHILD_INTO(&other, finds_in_cpp, {1, 2})));
    CHECK_NEAR(-1, first.length, 0);
    CHECK_NEAR(1.25, other.length, 0);
    asked = true;
}

} // namespace

TEST(results_of_scripts_in_other_files_in_cpp)
{
    tl_world *world = nullptr;
    tl_world_desc desc = {};
    CHECK_OK(tl_world_create(&desc, &world));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, nullptr, asks, world));
    for (int i = 0; i < 10; ++i)
        CHECK_OK(tl_world_step(world));
    CHECK(asked);
    CHECK_OK(tl_world_destroy(world));
}
