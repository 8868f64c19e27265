#include <telar/channel.h>
#include <telar/clock.h>
#include <telar/script.h>

TL_SCRIPT(waits, int *, done)
{
    tl_wait_steps(2);
    **done = 1;
}

int main(void)
{
    int done = 0;
    tl_world *world = NULL;
    if (tl_world_create(&(tl_world_desc){0}, &world) != TL_OK ||
        tl_spawn(world, TL_NO_ENTITY, NULL, waits, &done) != TL_OK)
        return 1;
    tl_clock clock = {0};
    for (int n = tl_clock_advance(&clock, 0.1); n > 0; --n)
        tl_world_step(world);
    tl_world_destroy(world);
    return done ? 0 : 1;
}
