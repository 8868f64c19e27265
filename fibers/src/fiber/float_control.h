// SPDX-License-Identifier: MIT
/// Floating-point control words at a switch: those of fibers that keep their own, and the words that all other contexts
/// of a thread share. For fiber.c, whose functions may access thread-locals (thread.h).
#ifndef TELAR_FIBER_FLOAT_CONTROL_H
#define TELAR_FIBER_FLOAT_CONTROL_H

#include <stdbool.h>

#include "base/misuse.h"
#include "fiber/control_block.h"
#include "fiber/thread.h"

static inline bool tl__keeps_float_control(const tl_fiber *fiber)
{
    return tl__state(fiber) & TL__KEEPS_FLOAT_CONTROL;
}

/// Returns where the control words of a fiber are kept while another context runs.
static inline tl__float_control *tl__float_control_of(tl_fiber *fiber)
{
    return tl__keeps_float_control(fiber) ? &fiber->float_control : &tl__this_thread.shared_float_control;
}

/// Exchanges the control words if `from` or `to` keeps its own.
static inline void tl__exchange_float_control(tl_fiber *from, tl_fiber *to)
{
    if ((tl__state(from) | tl__state(to)) & TL__KEEPS_FLOAT_CONTROL)
        tl__float_control_exchange(tl__float_control_of(from), tl__float_control_of(to));
}

// In a debug build all switches take the slow path, and changes of the control words by a fiber that does not keep its
// own must not leak: when the fiber stops running, the words must be what they were when control last left the thread's
// own context.
#if defined(NDEBUG) || TL__SWITCH_KEEPS_FLOAT_CONTROL
enum { TL__CHECKS_FLOAT_CONTROL = false };
#else
enum { TL__CHECKS_FLOAT_CONTROL = true };
#endif

static inline void tl__check_float_control(const tl_fiber *self, const char *call)
{
    if (!TL__CHECKS_FLOAT_CONTROL || tl__keeps_float_control(self))
        return;
    tl__float_control now;
    tl__float_control_read(&now);
    if (tl__state(self) & TL__THREAD) {
        tl__this_thread.shared_float_control = now; // a thread may set its words freely
    } else if (!tl__float_control_equal(&now, &tl__this_thread.shared_float_control)) {
        tl__misuse(TL_ERROR_FLOAT_CONTROL, call);
        tl__float_control_load(&tl__this_thread.shared_float_control);
    }
}

#endif
