// SPDX-License-Identifier: MIT
/// How a waiting script is registered with what it waits for. A lone wait uses a listener, a timer, or both, in the
/// script's record. Every other wait (for several objects or times, or for something that another thread completes) has
/// a wait frame on the script's stack, whose kind defines how that wait is woken and left.
#ifndef TELAR_ENGINE_WORLD_WAIT_KIND_H
#define TELAR_ENGINE_WORLD_WAIT_KIND_H

#include "base/list.h"
#include "telar/result.h"
#include "world/time.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct tl__script_record tl__script_record;
typedef struct tl__wait_base tl__wait_base;

/// A script's entry in the list of an object that it waits for.
typedef struct tl__listener {
    tl__link link;
    tl__script_record *script;
    tl__wait_base *frame; ///< wait frame that it belongs to; null: a lone wait
    int32_t index;        ///< index of its arm in the frame
    bool is_deaf;         ///< the script ignores the outcome
    void *buffer;         ///< for a payload, an item or a result; may be null
    union {
        size_t size;             ///< bytes of a result
        uint32_t entries_before; ///< number of entries in the event's audience when the script began to wait
    };
    const char *name;                 ///< of the object
    const tl__script_record *awaited; ///< the object, if it is a script
} tl__listener;

/// The operations of a kind of wait frame. All but `leave` may be null: the script is then handled as in a lone wait.
typedef struct tl__wait_kind {
    /// Ends the wait, for whatever reason: removes the script from everything that the frame registered it with, and
    /// clears the script's pointer to the frame.
    void (*leave)(tl__wait_base *frame);
    /// Handles a listener of the frame whose object has completed (`how` is TL_OK) or never will (any other result). If
    /// the object is a script, which has ended, `ended` is that script; else null.
    void (*tell)(tl__wait_base *frame, tl__listener *listener, tl_result how, const tl__script_record *ended);
    /// Handles a timer of the frame, or the script's limit, whose time has come.
    void (*fire)(tl__wait_base *frame, tl__timer *timer);
    /// Called when the waiting script is cancelled: may cancel work that only this script waits for.
    void (*hurry)(tl__wait_base *frame);
    /// Returns whether what the script waits for has completed, though the script was not woken for it yet; if so, sets
    /// *answer to the result of the wait.
    bool (*has_come)(tl__wait_base *frame, tl_result *answer);
} tl__wait_kind;

struct tl__wait_base {
    const tl__wait_kind *kind;
    tl__script_record *script;
};

#endif
