// SPDX-License-Identifier: MIT
#include "fiber/debug_fibers.h"

#include "fiber/dense.h"
#include "fiber/thread.h"

void tl__bottom(void) __asm__("tl__bottom");

#if defined(__APPLE__)
#define TABLE_SECTION "__DATA,__telar_debug"
#elif defined(_WIN32)
#define TABLE_SECTION ".telar" // at most 8 letters
#else
#define TABLE_SECTION "telar_debug"
#endif

#define SAVED_ON_STACK(register, offset) {"frame." #register, offset},
#define SAVED_IN_CONTEXT(register, field) {"context." #register, offsetof(tl__context, field)},

static const tl__debug_entry fiber_entries[] = {
    TL__DEBUG_ADDRESS(tl__debug_tables),
    TL__DEBUG_ADDRESS(tl__roots),
    TL__DEBUG_CONSTANT(TL__ROOT_POOL),
    TL__DEBUG_CONSTANT(TL__ROOT_OWN_FIBER),
    TL__DEBUG_CONSTANT(TL__ROOT_THREAD),
    TL__DEBUG_CONSTANT(TL__ROOT_JOB_SYSTEM),
    TL__DEBUG_CONSTANT(TL__ROOT_WORLD),
    TL__DEBUG_FIELD(tl__root, next),

    TL__DEBUG_FIELD(tl_fiber, context),
#if TL__CONTEXT_IS_A_POINTER
    TL__DEBUG_FIELD(tl_fiber, resumer_context),
#endif
    TL__DEBUG_FIELD(tl_fiber, resumer),
    TL__DEBUG_FIELD(tl_fiber, state),
    TL__DEBUG_FIELD(tl_fiber, copied),
    TL__DEBUG_FIELD(tl_fiber, pool),
    TL__DEBUG_FIELD(tl_fiber, copy),
    TL__DEBUG_FIELD(tl_fiber, name),
    TL__DEBUG_FIELD(tl_fiber, entry),
    TL__DEBUG_FIELD(tl_fiber, stack_size),
    TL__DEBUG_FIELD(tl_fiber, stack_low),
    TL__DEBUG_FIELD(tl_fiber, stack_top),
    TL__DEBUG_FIELD(tl_fiber_entry, name),
    TL__DEBUG_FIELD(tl_fiber_entry, file),
    TL__DEBUG_FIELD(tl_fiber_entry, line),
    TL__DEBUG_FIELD(tl__own_fiber, root),

    TL__DEBUG_CONSTANT(TL__STATUS),
    TL__DEBUG_TEXT(status, "ready", TL_FIBER_READY),
    TL__DEBUG_TEXT(status, "suspended", TL_FIBER_SUSPENDED),
    TL__DEBUG_TEXT(status, "running", TL_FIBER_RUNNING),
    TL__DEBUG_TEXT(status, "waiting", TL_FIBER_WAITING),
    TL__DEBUG_TEXT(status, "done", TL_FIBER_DONE),
    TL__DEBUG_CONSTANT(TL__UNWINDING),
    TL__DEBUG_CONSTANT(TL__DESTROYED),
    TL__DEBUG_CONSTANT(TL__DENSE),
    TL__DEBUG_CONSTANT(TL__CANCELLED),

    TL__DEBUG_FIELD(tl_pool, root),
    TL__DEBUG_FIELD(tl_pool, stacks),
    TL__DEBUG_FIELD(tl_pool, stride),
    TL__DEBUG_FIELD(tl_pool, touched),
    TL__DEBUG_FIELD(tl_pool, slots),
    TL__DEBUG_FIELD(tl_pool, dense.stack_owner),
    TL__DEBUG_FIELD(tl_pool, dense.low),
    TL__DEBUG_FIELD(tl_pool, dense.top),
    TL__DEBUG_CONSTANT(TL__DENSE_FRAMES), // as many bytes of frames lie right below the block; more at `copy`

    TL__DEBUG_FIELD(tl__thread_state, listed),
    TL__DEBUG_FIELD(tl__thread_state, current),
    TL__DEBUG_FIELD(tl__thread_state, root),
    TL__DEBUG_FIELD(tl__thread_state, system_id),

#if defined(TL__SAVED_REGISTERS) && !defined(_WIN32)
    // A thread between the first and the last is in a switch; from the second on it is about to begin a fiber.
    {"&tl__switch", (uintptr_t)tl__switch},
    {"&tl__start", (uintptr_t)tl__start},
    {"&tl__bottom", (uintptr_t)tl__bottom},
#endif
    TL__DEBUG_FIELD(tl__context, stack_pointer),
#ifdef TL__SAVED_REGISTERS
    TL__SAVED_REGISTERS(SAVED_ON_STACK){"frame", TL__SWITCH_SAVES},
#else
    TL__SAVED_IN_CONTEXT(SAVED_IN_CONTEXT)
#endif
};

__attribute__((section(TABLE_SECTION), used)) const tl__debug_layout tl__debug_table = TL__DEBUG_TABLE(fiber_entries);
