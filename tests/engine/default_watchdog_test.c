// SPDX-License-Identifier: MIT
// A program that links the watchdog's library and calls nothing in it: a debug build watches its worlds all the same.
#include "world/heartbeat.h"

#include "trace.h"

TEST(linking_it_is_enough)
{
    make_world(60);
#ifdef NDEBUG
    CHECK(!atomic_load(&tl__world_heartbeat(world)->watched));
#else
    CHECK(atomic_load(&tl__world_heartbeat(world)->watched));
#endif
    steps(1);
    CHECK_OK(tl_world_destroy(world));
}
