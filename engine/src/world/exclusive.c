// SPDX-License-Identifier: MIT
#include "world/exclusive.h"

#include "base/misuse.h"
#include "fiber/fiber.h"
#include "fiber/thread_life.h"
#include "telar/parallel.h"
#include "world/current.h"
#include "world/heartbeat.h"
#include "world/marks.h"

tl_result tl__exclusive_enter(const char *call)
{
    tl__script_record *self = tl__script_here();
    if (self == NULL || !tl__is_marked(self, TL__IN_PARALLEL))
        return TL_OK;
    if (self->fiber != tl_fiber_current())
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    bool cleans_up = tl_fiber_is_unwinding(); // a clean-up must not be ended half-way
    self->shields += cleans_up;
    self->cleans_up = cleans_up;
    tl__mark(self, TL__WANTS_EXCLUSIVE);
    tl__fiber_yield_anywhere();
    self->cleans_up = false;
    self->shields -= cleans_up;
    return TL_OK;
}

#ifdef NDEBUG
enum { CHECKS_THREADS = false };
#else
enum { CHECKS_THREADS = true };
#endif

/// Whether another thread is stepping the world: some thread is, and the caller is neither that thread, nor the fiber
/// or thread that called tl_world_step, nor one of the world's scripts.
static bool is_stepped_elsewhere(const tl_world *world)
{
    uint64_t thread = tl__load(&world->step_thread, memory_order_relaxed);
    const tl__script_record *self = tl__script_here();
    return thread != 0 && thread != tl__thread_token() && (self == NULL || self->world != world) &&
           tl__load(&world->stepper, memory_order_relaxed) != tl__holder_here();
}

tl_result tl__change_begin(const tl_world *world, const char *call)
{
    if (CHECKS_THREADS && world != NULL && is_stepped_elsewhere(world))
        return tl__misuse(TL_ERROR_OTHER_THREAD, call);
    return tl__exclusive_enter(call);
}

tl_result tl_wait_exclusive(void)
{
    if (tl__script_running() == NULL)
        return tl__misuse(TL_ERROR_NO_SCRIPT, __func__);
    return tl__exclusive_enter(__func__);
}

void tl__note_step_thread(tl_world *world)
{
    tl__store(&world->step_thread, tl__thread_token(), memory_order_relaxed);
    tl__heartbeat_note_thread(world);
}
