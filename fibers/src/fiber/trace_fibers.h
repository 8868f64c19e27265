// SPDX-License-Identifier: MIT
/// The program's own fibers record their runs: those with TL__TRACED in their state, which keeps them off the fast
/// paths of switches. The slow paths call the functions here, which do nothing for other fibers.
#ifndef TELAR_FIBER_TRACE_FIBERS_H
#define TELAR_FIBER_TRACE_FIBERS_H

#include "base/compiler.h"
#include "fiber/control_block.h"

/// Marks all fibers that have no owner, and what makes such fibers, as tl__traces says.
void tl__trace_mark_fibers(void);

/// The functions below, for a fiber that is TL__TRACED.
void tl__trace_begin_marked(tl_fiber *fiber);
void tl__trace_suspend_marked(tl_fiber *self);
void tl__trace_finish_marked(tl_fiber *self);
void tl__trace_transfer_marked(tl_fiber *self, tl_fiber *to);

/// A fiber begins or continues to run.
static inline void tl__trace_begin(tl_fiber *fiber)
{
    if (UNLIKELY(tl__state(fiber) & TL__TRACED))
        tl__trace_begin_marked(fiber);
}

/// The running fiber is about to be suspended.
static inline void tl__trace_suspend(tl_fiber *self)
{
    if (UNLIKELY(tl__state(self) & TL__TRACED))
        tl__trace_suspend_marked(self);
}

/// The running fiber is about to end.
static inline void tl__trace_finish(tl_fiber *self)
{
    if (UNLIKELY(tl__state(self) & TL__TRACED))
        tl__trace_finish_marked(self);
}

/// The running fiber transfers control.
static inline void tl__trace_transfer(tl_fiber *self, tl_fiber *to)
{
    if (UNLIKELY((tl__state(self) | tl__state(to)) & TL__TRACED))
        tl__trace_transfer_marked(self, to);
}

#endif
