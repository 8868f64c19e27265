// SPDX-License-Identifier: MIT
#include "fiber/trace_fibers.h"

#include "fiber/pool.h"
#include "fiber/roots.h"
#include "fiber/trace.h"

/// Changes the mark of a fiber that may be running on another thread, which changes its state, too. That thread's store
/// may undo the change (then the fiber's runs are not recorded, or it takes the slow paths until it ends), but nothing
/// here can undo that store.
static void mark_fiber(tl_fiber *fiber, bool traced)
{
    if (traced && (tl__state(fiber) & (TL__OWNED | TL__DESTROYED)) == 0)
        atomic_fetch_or_explicit(&fiber->state, TL__TRACED, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&fiber->state, ~(uint32_t)TL__TRACED, memory_order_relaxed);
}

static void mark_pool(tl_pool *pool, bool traced)
{
    if (tl__pool_has_owner(pool)) // and is used by other threads now
        return;
    tl__pool_set_traced(pool, traced);
    for (uint32_t i = 0; i < pool->touched; ++i) {
        tl_fiber *fiber = tl__pool_inhabitant(pool, i);
        if (fiber != NULL)
            mark_fiber(fiber, traced);
    }
}

/// Whether the runs of a fiber are to be recorded. If not, removes its mark, which another thread may have set.
static bool is_traced(tl_fiber *fiber)
{
    if (!tl__traces_runs_of(TL_TRACE_FIBERS))
        tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__TRACED);
    return (tl__state(fiber) & TL__TRACED) != 0;
}

void tl__trace_begin_marked(tl_fiber *fiber)
{
    if (is_traced(fiber))
        tl__trace_run(TL__TRACE_RUN_FIBER, fiber, tl_fiber_name(fiber));
}

void tl__trace_suspend_marked(tl_fiber *self)
{
    if (is_traced(self))
        tl__trace_pause(TL__TRACE_RUN_FIBER, self, "suspended", NULL);
}

void tl__trace_finish_marked(tl_fiber *self)
{
    if (!is_traced(self))
        return;
    tl__trace_pause(TL__TRACE_RUN_FIBER, self, NULL, NULL);
    if (tl__is_traced(TL_TRACE_FIBERS))
        tl__trace_end(self);
}

void tl__trace_transfer_marked(tl_fiber *self, tl_fiber *to)
{
    if (!is_traced(to)) { // as if nothing ran from now on
        tl__trace_suspend(self);
        return;
    }
    if (tl__is_traced(TL_TRACE_FIBERS) && tl__state(self) & TL__TRACED)
        tl__trace_record_pause(self, "suspended", NULL); // the hook is called only for `to`
    tl__trace_begin_marked(to);
}

void tl__trace_mark_fibers(void)
{
    bool traced = tl__traces_runs_of(TL_TRACE_FIBERS);
    tl__roots_lock();
    for (tl__root *root = tl__roots[TL__ROOT_POOL]; root != NULL; root = root->next)
        mark_pool(TL__OF_ROOT(root, tl_pool, root), traced);
    for (tl__root *root = tl__roots[TL__ROOT_OWN_FIBER]; root != NULL; root = root->next)
        mark_fiber(&TL__OF_ROOT(root, tl__own_fiber, root)->fiber, traced);
    tl__roots_unlock();
}
