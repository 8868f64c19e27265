// SPDX-License-Identifier: MIT
// A walk by Windows' tables that begins where a suspended fiber will continue, as WinDbg's `k = base stack code` does.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "check.h"
#include "telar/fiber.h"

TL_FIBER(waits, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
    CHECK_OK(tl_yield(NULL));
}

TEST(the_calls_of_a_suspended_fiber_are_found_from_its_place)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    tl_fiber_place place;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, waits, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_where(fiber, &place));
    CONTEXT context = {.Rsp = (uintptr_t)place.stack_pointer,
                       .Rbp = (uintptr_t)place.frame_pointer,
                       .Rip = (uintptr_t)place.instruction_pointer};
    DWORD64 base;
    bool arrived = false;
    const RUNTIME_FUNCTION *entry = RtlLookupFunctionEntry((uintptr_t)TL_ENTRY(waits)->run, &base, NULL);
    int frames = 0;
    for (; context.Rip != 0; ++frames) { // the bottom of a fiber's stack
        CHECK(frames < 20);
        void *data;
        DWORD64 frame;
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(context.Rip, &base, NULL);
        CHECK(function != NULL);
        arrived = arrived || function == entry;
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, function, &context, &data, &frame, NULL);
    }
    CHECK(arrived);
    CHECK_OK(tl_pool_destroy(pool));
}
