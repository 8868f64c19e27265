// SPDX-License-Identifier: MIT
// The example of docs/debugging.md.
#include "telar/inspector.h"

#include <stdio.h>

#include "check.h"

static int frames;

static bool game_runs(void)
{
    return frames < 3;
}

static double frame_seconds(void)
{
    return 1.0 / 60;
}

static void draw(void)
{
    ++frames;
}

TEST(it_runs)
{
    tl_world *world;
    tl_clock clock = {0};
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &world));
    // [inspector]
    tl_inspector *inspector = NULL;
    if (tl_inspector_start(&(tl_inspector_desc){.world = world, .clock = &clock}, &inspector) == TL_OK)
        printf("%s\n", tl_inspector_url(inspector));

    while (game_runs()) {
        tl_inspector_frame(inspector); // at the beginning of each frame
        for (int n = tl_clock_advance(&clock, frame_seconds()); n > 0; --n)
            tl_world_step(world);
        draw();
    }
    tl_inspector_stop(inspector);
    // []
    CHECK(inspector != NULL);
    CHECK_UINT(3, tl_world_get_time(world).steps);
    CHECK_OK(tl_world_destroy(world));
}
