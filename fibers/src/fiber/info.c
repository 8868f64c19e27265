// SPDX-License-Identifier: MIT
// Queries about a fiber and its stack.
#include "fiber/info.h"

#include "base/misuse.h"
#include "fiber/dense.h"
#include "fiber/thread.h"
#include "os/memory.h"
#include "os/stack.h"

tl_fiber_status tl_fiber_get_status(const tl_fiber *fiber)
{
    if (fiber == NULL)
        return TL_FIBER_DONE;
    if (tl__resumer(fiber) != NULL)
        return tl__fiber_is_waiting(fiber) ? TL_FIBER_WAITING : TL_FIBER_RUNNING;
    return tl__status(fiber);
}

bool tl_fiber_is_ending(const tl_fiber *fiber)
{
    return fiber != NULL && (tl__state(fiber) & TL__ENDING) != 0 && tl_fiber_get_status(fiber) != TL_FIBER_DONE;
}

const char *tl_fiber_status_string(tl_fiber_status status)
{
    switch (status) {
    case TL_FIBER_READY: return "ready";
    case TL_FIBER_SUSPENDED: return "suspended";
    case TL_FIBER_RUNNING: return "running";
    case TL_FIBER_WAITING: return "waiting";
    case TL_FIBER_DONE: return "done";
    }
    return "unknown status";
}

bool tl__fiber_find_running(tl_running *running)
{
    const tl_fiber *fiber = tl_fiber_current();
    if (fiber == NULL)
        return false;
    running->name = tl_fiber_name(fiber);
    running->function = tl__entry_name(fiber->entry);
    running->file = fiber->entry->file;
    running->line = fiber->entry->line;
    running->id = (uintptr_t)fiber;
    return true;
}

const char *tl_fiber_name(const tl_fiber *fiber)
{
    if (fiber == NULL)
        return "(null)";
    if (fiber->name != NULL)
        return fiber->name;
    return tl__entry_name(fiber->entry);
}

void *tl_fiber_user_data(const tl_fiber *fiber)
{
    return fiber != NULL ? fiber->user_data : NULL;
}

tl_result tl_fiber_set_user_data(tl_fiber *fiber, void *user_data)
{
    if (fiber == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    fiber->user_data = user_data;
    return TL_OK;
}

void *tl_fiber_result(const tl_fiber *fiber)
{
    return fiber != NULL && tl__status(fiber) == TL_FIBER_DONE ? fiber->result : NULL;
}

/// Returns TL_OK if a fiber is suspended and its frames lie on its stack.
static tl_result check_suspended(const tl_fiber *fiber)
{
    switch (tl_fiber_get_status(fiber)) {
    case TL_FIBER_SUSPENDED: break;
    case TL_FIBER_READY: return TL_ERROR_ARGUMENT;
    case TL_FIBER_RUNNING: return TL_ERROR_RUNNING;
    case TL_FIBER_WAITING: return TL_ERROR_WAITING;
    default: return TL_ERROR_FINISHED;
    }
    bool is_copied = tl__is_dense(fiber) && !tl__dense_is_stack_owner(fiber);
    return is_copied ? TL_ERROR_BUSY : TL_OK;
}

tl_result tl_fiber_where(const tl_fiber *fiber, tl_fiber_place *place)
{
    if (place != NULL)
        *place = (tl_fiber_place){0};
    if (fiber == NULL || place == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result result = check_suspended(fiber);
    if (result != TL_OK)
        return tl__misuse(result, __func__);
    tl__context_place found;
    if (!tl__context_where(&fiber->context, &found))
        return TL_ERROR_SYSTEM;
    *place = (tl_fiber_place){(const void *)found.stack_pointer, (const void *)found.frame_pointer,
                              (const void *)found.instruction_pointer};
    return TL_OK;
}

size_t tl_fiber_calls(const tl_fiber *fiber, const void **calls, size_t most)
{
    if (fiber == NULL || (calls == NULL && most > 0)) {
        tl__misuse(TL_ERROR_NULL, __func__);
        return 0;
    }
    const tl__context *context = tl__fiber_waits_in(fiber);
    if (context == NULL && check_suspended(fiber) == TL_OK)
        context = &fiber->context;
    if (context == NULL || (tl__is_dense(fiber) && !tl__dense_is_stack_owner(fiber)))
        return 0;
    return tl__context_calls(context, (uintptr_t *)calls, most);
}

size_t tl__fiber_stack_used(const tl_fiber *fiber)
{
    if (tl_fiber_get_status(fiber) != TL_FIBER_SUSPENDED)
        return 0;
    if (tl__is_dense(fiber) && !tl__dense_is_stack_owner(fiber))
        return fiber->copied;
    return (size_t)(fiber->stack_top - (const char *)tl__context_stack_pointer(&fiber->context));
}

/// Returns 0 if the high-water mark is unknown.
static size_t high_water(const tl_fiber *fiber)
{
    size_t bytes = 0;
    tl_result known = TL_OK;
    if (tl__state(fiber) & TL__DENSE)
        known = tl__dense_high_water(fiber, &bytes);
    else if (fiber->pool != NULL || fiber->stack_index != TL__OWN_AS_IT_WAS)
        known = tl__stack_high_water(fiber->stack_low, fiber->stack_size, &bytes);
    return known == TL_OK ? bytes : 0;
}

tl_stack_info tl_fiber_get_stack(const tl_fiber *fiber)
{
    if (fiber == NULL) {
        tl__misuse(TL_ERROR_NULL, __func__);
        return (tl_stack_info){0};
    }
    return (tl_stack_info){
        .low = fiber->stack_low,
        .size = fiber->stack_size,
        .high_water = high_water(fiber),
        .copied = tl__state(fiber) & TL__DENSE ? fiber->copied : 0,
    };
}

tl_result tl_fiber_trim(tl_fiber *fiber)
{
    if (fiber == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_fiber_status status = tl_fiber_get_status(fiber);
    if (status == TL_FIBER_RUNNING || status == TL_FIBER_WAITING)
        return tl__misuse(status == TL_FIBER_RUNNING ? TL_ERROR_RUNNING : TL_ERROR_WAITING, __func__);
    if (tl__state(fiber) & TL__DESTROYED)
        return tl__misuse(TL_ERROR_STALE, __func__);
    if (fiber->pool == NULL)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    if (tl__state(fiber) & TL__DENSE)
        return tl__dense_trim(fiber);
    char *used = status == TL_FIBER_SUSPENDED ? tl__context_stack_pointer(&fiber->context) : fiber->args;
    return tl__memory_release(fiber->stack_low, used);
}

size_t tl_fiber_control_size(void)
{
    return sizeof(tl__own_fiber) + _Alignof(tl_fiber) - 1;
}
