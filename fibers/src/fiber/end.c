// SPDX-License-Identifier: MIT
// Fibers that end before their entry function returns: by a tl_exit of their own, or by another fiber or thread that
// cancels, resets or destroys them. In both cases the fiber unwinds its frames one by one, on its own stack (unwind.c).
#include "fiber/end.h"

#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/dense.h"
#include "fiber/fiber.h"
#include "fiber/thread.h"
#include "fiber/unwind.h"

_Noreturn static void unwind(tl_fiber *self)
{
    tl__fiber_set_state(self, tl__state(self) | TL__UNWINDING | TL__ENDING);
    tl__unwind(self);
}

void tl__fiber_be_cancelled(void *fiber)
{
    tl_fiber *self = fiber;
    tl__sanitizer_arrive(&self->sanitizer);
    unwind(self);
}

/// Returns TL_OK if the running fiber may set `result` as its result.
static tl_result check_result(const tl_fiber *self, const void *result)
{
    tl_result checked = tl__check_suspendable(self);
    return checked == TL_OK && tl__dense_owns(self, result) ? TL_ERROR_DENSE_POINTER : checked;
}

NEVER_INLINE tl_result tl_fiber_set_result(void *result)
{
    tl_fiber *self = tl__running_fiber();
    tl_result checked = check_result(self, result);
    if (checked == TL_OK && tl__state(self) & TL__OWNED)
        checked = TL_ERROR_NOT_YOURS;
    if (checked != TL_OK)
        return tl__misuse(checked, __func__);
    self->result = result;
    return TL_OK;
}

NEVER_INLINE tl_result tl_exit(void *result)
{
    tl_fiber *self = tl__running_fiber();
    tl_result checked = check_result(self, result);
    if (checked != TL_OK)
        return tl__misuse(checked, __func__);
    if (self->pool != NULL && self->pool->on_exit != NULL)
        return self->pool->on_exit();
    self->result = result;
    unwind(self);
}

#if defined(NDEBUG) || (!defined(TELAR_FORCED_UNWIND) && !defined(TELAR_SEH_UNWIND))
enum { ROOM_TO_END = 0 }; // not checked
#else
enum { ROOM_TO_END = TL__ROOM_TO_UNWIND };
#endif

/// Reports misuse if a suspended fiber has less stack left than the unwinder may use.
static void check_room_to_end(const tl_fiber *fiber, const char *call)
{
    if (ROOM_TO_END == 0)
        return;
    bool off_the_stack = tl__is_dense(fiber) && !tl__dense_is_stack_owner(fiber);
    const char *used = off_the_stack ? fiber->stack_top - fiber->copied : tl__context_stack_pointer(&fiber->context);
    if (used - fiber->stack_low < ROOM_TO_END)
        tl__misuse(TL_ERROR_STACK_SIZE, call);
}

tl_result tl__fiber_check_endable(const tl_fiber *fiber)
{
    tl_result resumable = tl__check_resumable(fiber, 0);
    return resumable == TL_OK && tl__state(fiber) & TL__OWNED ? TL_ERROR_NOT_YOURS : resumable;
}

NEVER_INLINE tl_result tl__fiber_end(tl_fiber *fiber, const char *call)
{
    if (tl__status(fiber) == TL_FIBER_READY) {
        tl__fiber_set_state(fiber, (tl__state(fiber) & ~(uint32_t)TL__STATUS) | TL_FIBER_DONE);
        if (tl__is_dense(fiber))
            tl__dense_drop_copy(fiber);
    }
    if (tl__status(fiber) != TL_FIBER_SUSPENDED)
        return TL_OK;
    check_room_to_end(fiber, call);
    return tl__fiber_interrupt(fiber, call);
}

tl_result tl_fiber_cancel(tl_fiber *fiber)
{
    tl_result result = tl__fiber_check_endable(fiber);
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    return tl__fiber_end(fiber, __func__);
}
