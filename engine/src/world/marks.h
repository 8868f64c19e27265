// SPDX-License-Identifier: MIT
/// What there is to know of a script whenever it gets control, and gives it back. It lies in its fiber, where the
/// switch looks anyway (tl__fiber_marks): a script that does nothing but wait for the next step is run without its
/// record.
#ifndef TELAR_ENGINE_WORLD_MARKS_H
#define TELAR_ENGINE_WORLD_MARKS_H

#include "fiber/owner.h"
#include "world/script_record.h"

enum {
    TL__ACTIVE = 1,      ///< it is running, or waiting for one that it started, resumed or cancels
    TL__STEPS_ON = 2,    ///< it waits for the next step, and no timer is set for that: a bit in a lane says so
    TL__BY_STEP = 4,     ///< it got control so, and nothing was noted of that yet: its own time begins with this step
    TL__IN_PARALLEL = 8, ///< it runs, and others do, too; read by a watchdog's handler as well
    TL__WANTS_EXCLUSIVE = 16, ///< it is suspended until its turn alone
    TL__LOOK = 32,            ///< it was cancelled, or has caught a failure: its record is to be looked at

    TL__STARTED = TL__BY_STEP | TL__IN_PARALLEL, ///< how it got control: no matter when it gives it back
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
