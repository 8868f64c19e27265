// SPDX-License-Identifier: MIT
/// Turns in traces and for observers: a script's turn is what it does from when it is resumed until it waits again or
/// ends.
#ifndef TELAR_ENGINE_SCRIPT_TURN_H
#define TELAR_ENGINE_SCRIPT_TURN_H

#include "fiber/trace.h"
#include "world/observer.h"
#include "world/world_state.h"

/// Whether turns are to be recorded, shown or timed, by the calls below.
static inline bool tl__turns_are_watched(const tl_world *world)
{
    return tl__traces_runs_of(TL_TRACE_SCRIPTS) || world->observer != NULL;
}

/// A turn in progress.
typedef struct tl__turn {
    bool is_first, is_shown;     ///< is_first: of its script; is_shown: to the observer
    uint64_t began;              ///< in ticks; 0: it is not timed
    const tl_fiber_entry *outer; ///< of the script that started or cancelled this one
} tl__turn;

tl__turn tl__turn_begin(const tl__script_record *script);
void tl__turn_end(const tl__script_record *script, tl__turn turn);

#endif
