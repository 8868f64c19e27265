// SPDX-License-Identifier: MIT
#include "world/wait_names.h"

#include "world/owned.h"
#include "world/wait_texts.h"
#include "world/world_state.h"

const char *tl__script_wait_name(const tl__script_record *script)
{
    if (script->audience1 != 0) {
        const tl__owned *event = script->world->events.slots[script->audience1 - 1].object;
        return event != NULL ? event->name : NULL; // null while it is being destroyed: a signal handler may see that
    }
    return script->listener.link.next != NULL ? script->listener.name : NULL;
}

const char *tl_wait_string(tl_wait wait)
{
    switch (wait) {
#define TEXT_OF(wait, text)                                                                                            \
    case wait: return text;
        TL__WAIT_TEXTS(TEXT_OF)
    }
    return "unknown wait";
}
