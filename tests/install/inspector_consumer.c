// SPDX-License-Identifier: MIT
#include <stddef.h>
#include <telar/inspector.h>

int main(void)
{
    tl_world *world = NULL;
    tl_inspector *inspector = NULL;
    if (tl_world_create(&(tl_world_desc){0}, &world) != TL_OK)
        return 1;
    if (tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector) != TL_OK)
        return 2;
    tl_inspector_frame(inspector);
    tl_world_step(world);
    tl_inspector_stop(inspector);
    return tl_world_destroy(world) == TL_OK && tl_inspector_url(NULL) == NULL ? 0 : 3;
}
