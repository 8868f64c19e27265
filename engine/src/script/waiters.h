// SPDX-License-Identifier: MIT
/// Who waits for an object, as an inspector shows it.
#ifndef TELAR_ENGINE_SCRIPT_WAITERS_H
#define TELAR_ENGINE_SCRIPT_WAITERS_H

#include "world/script_record.h"

enum { TL__WAITERS_SHOWN = 8 };

/// How many scripts wait, and which are the first of them.
typedef struct tl__waiters {
    uint32_t count;
    tl_script first[TL__WAITERS_SHOWN];
} tl__waiters;

static inline void tl__waiters_add(tl__waiters *waiters, const tl__script_record *script)
{
    if (waiters->count < TL__WAITERS_SHOWN)
        waiters->first[waiters->count] = tl__script_id(script);
    ++waiters->count;
}

static inline void tl__waiters_add_all(tl__waiters *waiters, const tl__link *listeners)
{
    for (const tl__link *link = listeners->next; link != listeners; link = link->next)
        tl__waiters_add(waiters, TL__ITEM(link, tl__listener, link)->script);
}

#endif
