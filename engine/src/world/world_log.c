// SPDX-License-Identifier: MIT
#include "world/world_log.h"

#include "base/log.h"
#include "fiber/callback.h"

void tl__world_log(tl_world *world, const tl_log *item)
{
    ++world->running; // so that the hook cannot destroy the world
    TL__CALLBACK(callback);
    tl__log_news(item);
    --world->running;
}
