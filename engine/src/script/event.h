/// Events, for those that wait for several things.
#ifndef TELAR_ENGINE_SCRIPT_EVENT_H
#define TELAR_ENGINE_SCRIPT_EVENT_H

#include "telar/event.h"
#include "world/world_state.h"

typedef struct tl__event tl__event;
/// The object of an id; null for one that is gone, or another world's.
tl__event *tl__event_find(const tl_world *world, tl_event event);
tl__link *tl__event_listeners(tl__event *event, const char **name);

#endif
