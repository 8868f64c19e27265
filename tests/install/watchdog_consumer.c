#include <telar/watchdog.h>

int main(void)
{
    tl_world *world = NULL;
    tl_watchdog *watchdog = NULL;
    if (tl_world_create(&(tl_world_desc){0}, &world) != TL_OK ||
        tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog) != TL_OK)
        return 1;
    tl_world_step(world);
    tl_watchdog_stop(watchdog);
    tl_world_destroy(world);
    return 0;
}
