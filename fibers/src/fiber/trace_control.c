// SPDX-License-Identifier: MIT
// Starting and stopping traces, and the run hook.
#include "base/misuse.h"
#include "fiber/trace.h"
#include "fiber/trace_fibers.h"
#include "fiber/trace_hook.h"
#include "fiber/trace_names.h"

enum { DEFAULT_RING = 16 << 20, LEAST_RING = 64 << 10, LARGEST_RING = 1 << 30 };

bool tl_trace_is_on(void)
{
    return tl__is_traced(TL__TRACES_ON);
}

tl_result tl_trace_start(const tl_trace_desc *desc)
{
    static const tl_trace_desc defaults = {0};
    enum { ALL = TL_TRACE_FIBERS | TL_TRACE_JOBS | TL_TRACE_SCRIPTS | TL_TRACE_WAKES | TL_TRACE_ZONES };
    if (desc == NULL)
        desc = &defaults;
    if (desc->ring_size > LARGEST_RING)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    if (tl_trace_is_on())
        return TL_ERROR_BUSY;
    size_t size = LEAST_RING;
    while (size < (desc->ring_size != 0 ? desc->ring_size : DEFAULT_RING))
        size *= 2;
    tl__trace_watch_forks();
    if (!tl__trace_set_up(size))
        return TL_ERROR_OUT_OF_MEMORY;
    atomic_fetch_or_explicit(&tl__traces, TL__TRACES_ON | (ALL & ~desc->without), memory_order_relaxed);
    tl__trace_mark_fibers();
    return TL_OK;
}

void tl_trace_stop(void)
{
    atomic_fetch_and_explicit(&tl__traces, TL__TRACES_RUNS, memory_order_relaxed);
    tl__trace_mark_fibers();
}

void tl_set_run_hook(const tl_run_hook *hook)
{
    if (hook != NULL && hook->on_run == NULL) {
        tl__misuse(TL_ERROR_NULL, __func__);
        return;
    }
    tl__trace_watch_forks();
    tl__run_hook_set(hook);
    if (hook != NULL)
        atomic_fetch_or_explicit(&tl__traces, TL__TRACES_RUNS, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&tl__traces, ~(uint32_t)TL__TRACES_RUNS, memory_order_relaxed);
    tl__trace_mark_fibers();
}
