// SPDX-License-Identifier: MIT
/// Whether anything is traced.
#ifndef TELAR_FIBER_TRACED_H
#define TELAR_FIBER_TRACED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "telar/trace.h"

/// What is traced: bits TL_TRACE_..., TL__TRACES_ON while a trace is recorded, and TL__TRACES_RUNS if the run hook is
/// set. relaxed: a thread may notice a change late.
extern TL_API _Atomic uint32_t tl__traces;
enum { TL__TRACES_ON = 0x100, TL__TRACES_RUNS = 0x200 };

static inline bool tl__is_traced(uint32_t what)
{
    return UNLIKELY(atomic_load_explicit(&tl__traces, memory_order_relaxed) & what);
}

/// Whether runs are to be recorded: of TL_TRACE_FIBERS, TL_TRACE_JOBS or TL_TRACE_SCRIPTS.
static inline bool tl__traces_runs_of(uint32_t what)
{
    return tl__is_traced(what | TL__TRACES_RUNS);
}

#endif
