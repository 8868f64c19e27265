// SPDX-License-Identifier: MIT
/// Turns in traces: a script's turn is what it does from when it is resumed until it waits again or ends.
#ifndef TELAR_ENGINE_SCRIPT_TURN_H
#define TELAR_ENGINE_SCRIPT_TURN_H

#include "fiber/trace.h"
#include "world/script_record.h"

/// Whether turns are to be recorded, by the calls below.
static inline bool tl__turns_are_traced(void)
{
    return tl__traces_runs_of(TL_TRACE_SCRIPTS);
}

void tl__turn_begin(const tl__script_record *script);
void tl__turn_end(const tl__script_record *script);

#endif
