// SPDX-License-Identifier: MIT
// Exceptions that leave the game's hook.
#include "telar/inspector.h"

#include <cstdlib>
#include <cstring>

#include "check.h"
extern "C" {
#include "http.h"
}
#include "telar/wait.h"

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    tl_wait_seconds(1000);
}

static void throws(tl_world *, tl_script, void *)
{
    throw 7;
}

TEST(one_ends_the_step_before_it_began)
{
    tl_world *world = nullptr;
    tl_inspector *inspector = nullptr;
    tl_script sleeper;
    tl_world_desc world_desc = {};
    tl_inspector_desc desc = {};
    CHECK_OK(tl_world_create(&world_desc, &world));
    desc.world = world;
    desc.on_cancel = throws;
    CHECK_OK(tl_inspector_start(&desc, &inspector));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &sleeper, sleeps, {}));
    CHECK_OK(tl_world_step(world));
    free(http_state(inspector, ""));
    http_act(inspector, "what=cancel&script=1.1");
    bool caught = false;
    try {
        tl_world_step(world);
    } catch (int number) {
        caught = number == 7;
    }
    CHECK(caught);
    CHECK_UINT(1, tl_world_get_time(world).steps);
    CHECK(tl_script_is_alive(world, sleeper));
    char *state = http_state(inspector, ""); // what the end of that step published
    CHECK(strstr(state, "seconds_ago") != nullptr);
    free(state);
    CHECK_OK(tl_world_step(world)); // as if nothing had been
    CHECK_UINT(2, tl_world_get_time(world).steps);
    tl_inspector_frame(inspector);
    tl_inspector_stop(inspector);
    CHECK_OK(tl_world_destroy(world));
}
