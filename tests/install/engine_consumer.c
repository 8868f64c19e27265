// SPDX-License-Identifier: MIT
#include <telar/channel.h>
#include <telar/clock.h>
#include <telar/concurrency.h>
#include <telar/event.h>
#include <telar/script.h>

typedef TL_EVENT(int) number_event;

static number_event event;

TL_SCRIPT(fails, tl_nothing, unused)
{
    tl_fail(3, "as it should");
}

TL_SCRIPT(waits, int *, done)
{
    int number;
    tl_wait_steps(2);
    tl_race_outcome first = tl_race(TL_CHILD(fails, {0}), TL_ON(event, &number));
    **done = first.result == TL_ERROR_FAILED;
}

static void ignore_log(const tl_log *item)
{
    (void)item;
}

int main(void)
{
    int done = 0;
    tl_world *world = NULL;
    tl_set_log_hook(ignore_log);
    if (tl_world_create(&(tl_world_desc){0}, &world) != TL_OK ||
        tl_event_create(world, TL_NO_ENTITY, "number", &event) != TL_OK ||
        tl_spawn(world, TL_NO_ENTITY, NULL, waits, &done) != TL_OK)
        return 1;
    tl_clock clock = {0};
    for (int n = tl_clock_advance(&clock, 0.1); n > 0; --n)
        tl_world_step(world);
    tl_world_destroy(world);
    return done ? 0 : 1;
}
