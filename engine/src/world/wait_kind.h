// SPDX-License-Identifier: MIT
/// What a script waits in. A lone wait is a listener, a timer, or both, in the script itself. Where a script waits in
/// another way (for several things, for what other threads bring), a frame lies on its stack, and says what to do.
#ifndef TELAR_ENGINE_WORLD_WAIT_KIND_H
#define TELAR_ENGINE_WORLD_WAIT_KIND_H

#include "base/list.h"
#include "telar/result.h"
#include "world/time.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct tl__script_record tl__script_record;
typedef struct tl__wait_base tl__wait_base;

/// One thing that a script waits for, in the list of those who wait for that thing.
typedef struct tl__listener {
    tl__link link;
    tl__script_record *script;
    tl__wait_base *frame; ///< that it is a part of; null for a lone wait
    int32_t index;        ///< among those of the frame
    bool is_deaf;         ///< the script takes no notice of how it ended
    void *buffer;         ///< for a payload, an item or a result; may be null
    union {
        size_t size;             ///< of a result
        uint32_t entries_before; ///< in an event's audience
    };
    const char *name;                 ///< of the thing
    const tl__script_record *awaited; ///< the thing, if it is a script
} tl__listener;

/// What a kind of wait frames does. Each function but `leave` may be null: then a script does what it does in a lone
/// wait.
typedef struct tl__wait_kind {
    /// The script waits no more, for whatever reason: takes it out of all that the frame put it into, and forgets the
    /// frame.
    void (*leave)(tl__wait_base *frame);
    /// What a listener of the frame waits for has come (TL_OK), or never will. `ended` is the script whose end that is;
    /// null where it is none's.
    void (*tell)(tl__wait_base *frame, tl__listener *listener, tl_result how, const tl__script_record *ended);
    /// A timer of the frame, or the script's limit, has come.
    void (*fire)(tl__wait_base *frame, tl__timer *timer);
    /// The script was cancelled while it waits: what only it waits for may be given up.
    void (*hurry)(tl__wait_base *frame);
    /// Whether what is waited for has come, where the script was not woken for it yet; then what it answers.
    bool (*has_come)(tl__wait_base *frame, tl_result *answer);
} tl__wait_kind;

struct tl__wait_base {
    const tl__wait_kind *kind;
    tl__script_record *script;
};

#endif
