// SPDX-License-Identifier: MIT
/// Flags of a script that are checked whenever it is resumed or suspends. They are stored in its fiber, which the
/// switch loads anyway (tl__fiber_marks), so a script that only waits for the next step is run without loading its
/// record.
#ifndef TELAR_ENGINE_WORLD_MARKS_H
#define TELAR_ENGINE_WORLD_MARKS_H

#include "fiber/owner.h"
#include "world/script_record.h"

enum {
    TL__ACTIVE = 1,           ///< it is running, or is in a call in which it starts, resumes or cancels another script
    TL__STEPS_ON = 2,         ///< it waits for the next step by a bit in a lane, without a timer
    TL__BY_STEP = 4,          ///< resumed from such a wait; record not updated yet: its own time begins with this step
    TL__IN_PARALLEL = 8,      ///< it runs in parallel with other scripts; also read by a watchdog's signal handler
    TL__WANTS_EXCLUSIVE = 16, ///< it is suspended until it runs exclusively
    TL__LOOK = 32,            ///< it was cancelled, or has caught a failure: its next wait has to check the record

    TL__STARTED = TL__BY_STEP | TL__IN_PARALLEL, ///< how it was resumed; ignored when it suspends
};

static inline uint32_t tl__marks(const tl__script_record *script)
{
    return tl__fiber_marks(script->fiber);
}

static inline bool tl__is_marked(const tl__script_record *script, uint32_t marks)
{
    return tl__marks(script) & marks;
}

static inline void tl__mark(tl__script_record *script, uint32_t marks)
{
    tl__fiber_set_marks(script->fiber, tl__marks(script) | marks);
}

static inline void tl__unmark(tl__script_record *script, uint32_t marks)
{
    tl__fiber_set_marks(script->fiber, tl__marks(script) & ~marks);
}

#endif
