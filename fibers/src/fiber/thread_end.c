// pthread_exit, and the cancellation of a thread, inside a fiber: the C library unwinds the frames of the fiber, whose
// clean-ups run, finds the end of that stack, and jumps to the bottom of the thread's own. No frame of the library is
// left to notice that, but the destructor of a thread-specific value is.
#include "fiber/thread_end.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/misuse.h"
#include "fiber/control_block.h"
#include "fiber/pool.h"

static pthread_key_t key;
static bool has_key;

/// Makes a fiber that ran or waited on the thread one that is done. What is left of its frames is dropped.
static void drop_frames(tl_fiber *fiber, tl_fiber *resumer)
{
    if (tl__state(resumer) & TL__DENSE)
        tl__dense_wait_no_more(resumer);
    if (tl__state(fiber) & TL__DENSE) {
        if (fiber->pool->dense.occupant == fiber)
            tl__dense_vacate(fiber);
        else
            tl__dense_drop_copy(fiber);
    }
    fiber->deferred = NULL;
    fiber->inbox = NULL;
    fiber->spin_locks = 0;
    atomic_store_explicit(&fiber->resumer, NULL, memory_order_relaxed);
    tl__fiber_set_state(fiber, (tl__state(fiber) & (TL__KEEPS_FLOAT_CONTROL | TL__DENSE)) | TL_FIBER_DONE);
}

/// A job system lacks a worker from now on, or a world would stay in the middle of a step.
static _Noreturn void stop_process(const tl_fiber *owned)
{
    fprintf(stderr,
            "telar: a thread ended (pthread_exit or pthread_cancel) inside a job or script: \"%s\" (entry function %s, "
            "%s:%d)\n",
            tl_fiber_name(owned), owned->entry->name, owned->entry->file, owned->entry->line);
    abort();
}

static void look_at_end(void *unused)
{
    (void)unused;
    tl_fiber *fiber = tl__thread_here().current;
    if (tl__resumer(fiber) == NULL)
        return; // it runs none
    tl__thread_leave_fibers();
    tl__misuse(TL_ERROR_THREAD_ENDED, "the end of a thread");
    for (const tl_fiber *at = fiber; tl__resumer(at) != NULL; at = tl__resumer(at))
        if (tl__state(at) & TL__OWNED)
            stop_process(at);
    for (tl_fiber *resumer; (resumer = tl__resumer(fiber)) != NULL; fiber = resumer)
        drop_frames(fiber, resumer);
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, look_at_end) == 0;
}

void tl__thread_end_watch(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    if (has_key)
        pthread_setspecific(key, &key); // anything but null. Where the system refuses, the end is not looked at
}
