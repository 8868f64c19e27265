// SPDX-License-Identifier: MIT
/// Recording traces. The program's own fibers record their runs where they switch (fiber.c). Owners of fibers, a job
/// system or a world, record the runs of theirs, so that these switch as fast as ever; they call the functions here
/// only if tl__traces says so.
#ifndef TELAR_FIBER_TRACE_H
#define TELAR_FIBER_TRACE_H

#include "fiber/control_block.h"
#include "fiber/trace_event.h"
#include "fiber/traced.h"

/// Records that a fiber is about to run. `kind`: TL__TRACE_RUN_...
TL_API void tl__trace_run(tl__trace_kind kind, const tl_fiber *fiber, const char *name);
/// Records that a fiber gives, or has given, control back.
/// @param kind    as it was recorded when it began to run
/// @param reason  what it waits for; null if it has ended
/// @param object  name of the object that it waits for; may be null
TL_API void tl__trace_pause(tl__trace_kind kind, const tl_fiber *fiber, const char *reason, const char *object);
/// As tl__trace_pause, but does not call the run hook. To be called only if such runs are recorded.
void tl__trace_record_pause(const tl_fiber *fiber, const char *reason, const char *object);
/// Records that a fiber has ended: another one may get its address.
TL_API void tl__trace_end(const tl_fiber *fiber);
/// Records that the running fiber or thread has woken a fiber.
TL_API void tl__trace_wake(const tl_fiber *fiber);
/// Records any other event.
TL_API void tl__trace_add(tl__trace_kind kind, const char *name);

/// Names the calling thread, as tl_trace_name_thread, but does not copy the name: it must stay until the thread ends.
void tl__trace_call_thread(const char *name);

/// Begins a trace: from now on events count. Returns false if there is no memory for the calling thread's.
bool tl__trace_set_up(size_t ring_size);

/// What a time in a trace means.
typedef struct tl__trace_clock {
    uint64_t ticks;    ///< when the trace began
    int64_t monotonic; ///< the same moment in nanoseconds
    double tick;       ///< length of one in nanoseconds, measured from then until now
} tl__trace_clock;
tl__trace_clock tl__trace_clock_now(void);
/// The time now in ticks.
uint64_t tl__trace_now(void);

/// A trace is about to be saved: the frame that is running ends here, if there are frames, and does not count.
/// @return whether there are
bool tl__trace_break_frame(void);
/// The trace was saved: the rest of the frame does not count either.
void tl__trace_continue_frame(void);

#endif
