// SPDX-License-Identifier: MIT
// What happens on pthread_exit, or the cancellation of a thread, inside a fiber: the C library unwinds the frames of
// the fiber, whose clean-ups run, until it finds the end of the fiber's stack; then it jumps to the bottom of the
// thread's own stack. No frame of this library is left there that could notice. But the destructors of thread-specific
// values still run, so one of them (look_at_end) cleans up.
#include "fiber/thread_life.h"

#include <stdio.h>

#include "base/misuse.h"
#include "fiber/debug_fibers.h"
#include "fiber/dense.h"
#include "fiber/info.h"
#include "fiber/trace_ring.h"
#include "os/threads.h"

/// Records that the thread is back on its own stack, after it jumped out of the running fiber and of all fibers that
/// had resumed one another down to it.
static void leave_fibers(void)
{
    tl__sanitizer_leave(&tl__this_thread.current->sanitizer, &tl__this_thread.root.sanitizer, true);
    tl__this_thread.current = &tl__this_thread.root;
    tl__sanitizer_arrive(&tl__this_thread.root.sanitizer);
#ifdef TL__ASAN
    tl__sanitizer_open(tl__this_thread.root.sanitizer.low,
                       tl__this_thread.root.sanitizer.size); // where frames were jumped over
#endif
}

/// Marks a fiber that ran or waited on the thread as done. What is left of its frames is dropped.
static void drop_frames(tl_fiber *fiber, tl_fiber *resumer)
{
    if (tl__state(resumer) & TL__DENSE)
        tl__dense_wait_no_more(resumer);
    if (tl__state(fiber) & TL__DENSE) {
        if (fiber->pool->dense.stack_owner == fiber)
            tl__dense_vacate(fiber);
        else
            tl__dense_drop_copy(fiber);
    }
    fiber->deferred = NULL;
    fiber->inbox = NULL;
    fiber->spinlocks = 0;
    atomic_store_explicit(&fiber->resumer, NULL, memory_order_relaxed);
    tl__fiber_set_state(fiber, (tl__state(fiber) & (TL__KEEPS_FLOAT_CONTROL | TL__DENSE | TL__TRACED)) | TL_FIBER_DONE);
}

/// Aborts the process: a job system would lack a worker from now on, or a world would stay in the middle of a step.
static _Noreturn void stop_process(const tl_fiber *owned)
{
    fprintf(stderr,
            "telar: a thread ended (pthread_exit or pthread_cancel) inside a job or script: \"%s\" (entry function %s, "
            "%s:%d)\n",
            tl_fiber_name(owned), tl__entry_name(owned->entry), owned->entry->file, owned->entry->line);
    tl__thread_end_process();
}

/// Ends what is left of the fibers that the thread was in when it ended.
static void end_fibers(void)
{
    tl_fiber *fiber = tl__this_thread.current;
    if (tl__resumer(fiber) == NULL)
        return; // no fiber is running
    leave_fibers();
    tl__misuse(TL_ERROR_THREAD_ENDED, "the end of a thread");
    for (const tl_fiber *at = fiber; tl__resumer(at) != NULL; at = tl__resumer(at))
        if (tl__state(at) & TL__OWNED)
            stop_process(at);
    for (tl_fiber *resumer; (resumer = tl__resumer(fiber)) != NULL; fiber = resumer)
        drop_frames(fiber, resumer);
}

static void look_at_end(void)
{
    tl__root_remove(&tl__this_thread.listed);
    end_fibers();
    tl__this_thread.has_ended = true;
    if (tl__this_thread.trace != NULL)
        tl__trace_leave_ring(tl__this_thread.trace);
    tl__this_thread.trace = NULL;
}

#ifdef TELAR_EXPLORE // which exchanges the states of its simulated threads by value
static void list_thread(void)
{
}
#else
/// In the child of a fork: only this thread is left.
static void forget_other_threads(void)
{
    tl__thread_state *here = &tl__this_thread;
    bool was_listed = here->listed.at != NULL;
    tl__roots_forget(TL__ROOT_THREAD);
    here->system_id = tl__thread_system_id();
    if (was_listed)
        tl__root_add(TL__ROOT_THREAD, &here->listed);
}

static void list_thread(void)
{
    static tl__fork_hooks hooks = {.in_child = forget_other_threads};
    tl__this_thread.system_id = tl__thread_system_id();
    tl__root_add(TL__ROOT_THREAD, &tl__this_thread.listed);
    tl__at_fork(&hooks); // after tl__root_add has registered its own: in a child they run in this order
    tl__debug_publish(TL__DEBUG_FIBERS, &tl__debug_table);
}
#endif

__attribute__((cold)) NEVER_INLINE void tl__thread_adopt(void)
{
    tl__this_thread.current = &tl__this_thread.root;
    tl__fiber_set_state(&tl__this_thread.root, TL_FIBER_SUSPENDED | TL__THREAD);
    tl__sanitizer_adopt_thread(&tl__this_thread.root.sanitizer);
    // If the system refuses, the end is not checked, and the thread cannot be listed.
    if (!tl__thread_at_end(look_at_end))
        return;
    list_thread();
}

NEVER_INLINE tl_fiber *tl__fiber_self(void)
{
    return tl__running_context();
}

NEVER_INLINE uintptr_t tl__holder_here(void)
{
    const tl_fiber *self = tl__running_context();
#ifdef TELAR_EXPLORE
    if (self == &tl__this_thread.root)
        return tl__this_thread.holder;
#endif
    return (uintptr_t)self;
}

NEVER_INLINE bool tl__holder_is_here(uintptr_t holder)
{
    const tl_fiber *at = tl__this_thread.current;
    while (at != NULL && (uintptr_t)at != holder)
        at = tl__resumer(at);
    return at != NULL;
}
