// SPDX-License-Identifier: MIT
// [program]
#include <stdio.h>
#include <telar/concurrency.h>

struct knock {
    int times;
};
typedef TL_EVENT(struct knock) knock_event;

TL_SCRIPT(host, knock_event, knocked)
{
    struct knock heard;
    while (tl_wait_event(*knocked, &heard, TL_WITHIN(10)) == TL_OK)
        printf("%.1f s: somebody knocked %d times\n", tl_local_seconds(), heard.times);
    printf("%.1f s: nobody else will come\n", tl_local_seconds());
}

TL_SCRIPT(guest, knock_event, door)
{
    for (int times = 1; times <= 3; ++times) {
        tl_wait_seconds(1.5);
        tl_emit(*door, {times});
    }
}

int main(void)
{
    tl_world *world = NULL;
    tl_entity door;
    knock_event knocked;
    if (tl_world_create(&(tl_world_desc){.steps_per_second = 60}, &world) != TL_OK)
        return 1;
    tl_entity_create(world, TL_NO_ENTITY, &door);
    tl_event_create(world, door, "knocked", &knocked); /* ends with the door */
    tl_spawn(world, door, NULL, host, knocked);
    tl_spawn(world, TL_NO_ENTITY, NULL, guest, knocked);
    while (tl_script_count(world) > 0)
        tl_world_step(world); /* a sixtieth of a second */
    tl_world_destroy(world);
    return 0;
}
// []
