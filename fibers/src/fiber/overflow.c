// SPDX-License-Identifier: MIT
// The report of a stack overflow, or of another fault in a fiber. All code in the handler is async-signal-safe: it
// waits for no lock, allocates nothing, and does not use stdio.
#include "telar/overflow.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/running.h"
#include "base/utf8.h"
#include "fiber/dense.h"
#include "fiber/fiber.h"
#include "fiber/info.h"
#include "fiber/overflow.h"
#include "os/fault.h"
#include "os/fault_calls.h"
#include "os/signal_stack.h"

static atomic_bool enabled;

static size_t guard_of(const tl_fiber *fiber)
{
    return fiber->pool != NULL ? fiber->pool->guard_size : 0;
}

typedef struct overflow_text {
    char text[1024];
    size_t length;
} overflow_text;

static void put_text(overflow_text *out, const char *text)
{
    while (*text != '\0' && out->length < sizeof out->text)
        out->text[out->length++] = *text++;
}

/// Of a long name or path, only the beginning: it would push other lines out.
static void put_name(overflow_text *out, const char *name)
{
    enum { MOST = 120 };
    size_t length = tl__utf8_fit(name, MOST);
    for (size_t i = 0; i < length && out->length < sizeof out->text; ++i)
        out->text[out->length++] = name[i];
    if (name[length] != '\0')
        put_text(out, "...");
}

static void put_number(overflow_text *out, uintptr_t number, unsigned base)
{
    char digits[24], *digit = digits + sizeof digits - 1;
    *digit = '\0';
    do {
        *--digit = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    put_text(out, digit);
}

static void put_fiber(overflow_text *out, const tl_fiber *fiber)
{
    put_text(out, "\"");
    put_name(out, tl_fiber_name(fiber));
    put_text(out, "\" (entry function ");
    put_name(out, tl__entry_name(fiber->entry));
    put_text(out, ", ");
    put_name(out, fiber->entry->file != NULL ? fiber->entry->file : "?");
    put_text(out, ":");
    put_number(out, (uintptr_t)fiber->entry->line, 10);
    put_text(out, ")");
}

static void flush_text(overflow_text *out)
{
    tl__fault_print(out->text, out->length);
    out->length = 0;
}

/// Says which script runs, if one does: the fiber is its own, or one that it has resumed.
static void put_script(overflow_text *out)
{
    tl_running running = tl_running_here();
    if (running.kind != TL_RUNNING_SCRIPT)
        return;
    put_text(out, "telar: in script \"");
    put_name(out, running.name);
    put_text(out, "\" of ");
    put_text(out, running.entity != 0 ? "entity " : "no entity");
    if (running.entity != 0)
        put_number(out, running.entity, 10);
    if (running.file != NULL) {
        put_text(out, ", spawned at ");
        put_name(out, running.file);
        put_text(out, ":");
        put_number(out, (uintptr_t)running.line, 10);
    }
    put_text(out, "\n");
}

static void put_call(overflow_text *out, const tl__fault_call *call)
{
    size_t offset = 0;
    const char *module = tl__fault_module(call->address, &offset);
    put_text(out, "telar:     ");
    put_text(out, module != NULL ? module : "");
    put_text(out, module != NULL ? "+0x" : "0x");
    put_number(out, module != NULL ? offset : call->address, 16);
    if (call->times > 1) {
        put_text(out, " (");
        put_number(out, call->times, 10);
        put_text(out, " times)");
    }
    put_text(out, "\n");
}

/// Prints where the fiber was, after all else, since a stack that was overwritten might end this.
static void print_calls(const tl_fiber *fiber)
{
    enum { MOST_CALLS = 24 };
    tl__fault_call calls[MOST_CALLS];
    const char *top = fiber->stack_low + fiber->stack_size;
    size_t count = tl__fault_calls(fiber->stack_low - guard_of(fiber), top, calls, MOST_CALLS);
    overflow_text out = {.length = 0};
    for (size_t i = 0; i < count; ++i) {
        put_call(&out, &calls[i]);
        flush_text(&out);
    }
}

/// @param runs  whether it is the current fiber
static void report_overflow(const tl_fiber *fiber, const char *fault, bool runs)
{
    overflow_text out = {.length = 0};
    put_text(&out, "telar: stack overflow in fiber ");
    put_fiber(&out, fiber);
    put_text(&out, ":\ntelar: its stack of ");
    put_number(&out, fiber->stack_size, 10);
    put_text(&out, " bytes is used up; fault at 0x");
    put_number(&out, (uintptr_t)fault, 16);
    put_text(&out, ", below 0x");
    put_number(&out, (uintptr_t)fiber->stack_low, 16);
    put_text(&out, "\n");
    if (runs)
        put_script(&out);
    flush_text(&out);
    print_calls(fiber);
}

/// Reports a fault that ends the process while a fiber runs.
static void report_crash(const tl_fiber *fiber, const tl__fault *fault)
{
    overflow_text out = {.length = 0};
    put_text(&out, "telar: ");
    put_text(&out, fault->kind);
    put_text(&out, " at 0x");
    put_number(&out, (uintptr_t)fault->address, 16);
    put_text(&out, " in fiber ");
    put_fiber(&out, fiber);
    put_text(&out, "\n");
    put_script(&out);
    flush_text(&out);
    print_calls(fiber);
}

static void report_closed_stack(const tl_pool *pool, const char *fault)
{
    overflow_text out = {.length = 0};
    put_text(&out, "telar: use of a dense fiber's local at 0x");
    put_number(&out, (uintptr_t)fault, 16);
    put_text(&out, " while none of its pool runs: it is elsewhere now\ntelar: the last fiber there was ");
    if (pool->dense.latest != NULL)
        put_fiber(&out, pool->dense.latest);
    else
        put_text(&out, "destroyed since");
    put_text(&out, "\n");
    tl__fault_print(out.text, out.length);
}

static bool in_guard(const tl_fiber *fiber, const char *fault)
{
    size_t guard_size = fiber != NULL ? guard_of(fiber) : 0;
    return guard_size != 0 && fault < fiber->stack_low && fault >= fiber->stack_low - guard_size;
}

/// Returns the fiber whose context is saved, or being saved, at `saved`.
static const tl_fiber *owner(const tl__thread_state *here, const tl__context *saved)
{
#if TL__CONTEXT_IS_A_POINTER
    if (saved == &here->current->resumer_context)
        return tl__resumer(here->current);
#else
    (void)here;
#endif
    return (const tl_fiber *)((const char *)saved - offsetof(tl_fiber, context));
}

/// Finds the fibers to whose stacks this thread may have been writing when it faulted. The first is the current fiber,
/// the second one that was just being left or interrupted. Either may be null, or a thread's own context.
/// @param saved  the result of tl__context_being_saved
static void find_suspects(const tl__context *saved, const tl_fiber *suspects[2])
{
    const tl__thread_state *here = tl__thread_state_found(); // not made here, which would allocate
    suspects[0] = here != NULL ? here->current : NULL;
    suspects[1] = here == NULL ? NULL : saved != NULL ? owner(here, saved) : here->interrupted;
}

/// Reports an access to a guard, or to a stack that is closed. Returns false for any other.
static bool report_memory_fault(const char *address, const tl_fiber *suspects[2])
{
    const tl_pool *closed = TL__DENSE_CLOSES ? tl__dense_closed_at(address) : NULL;
    bool is_known = true;
    // Check the fiber that was just being left first: dense fibers share one guard, so the current one would match,
    // too.
    if (in_guard(suspects[1], address))
        report_overflow(suspects[1], address, false);
    else if (in_guard(suspects[0], address))
        report_overflow(suspects[0], address, true);
    else if (closed != NULL)
        report_closed_stack(closed, address);
    else
        is_known = false;
    if (closed != NULL)
        tl__dense_looked_at();
    return is_known;
}

static void report_fault(const tl__fault *fault)
{
    const tl_fiber *suspects[2];
    find_suspects(tl__context_being_saved(fault->context), suspects);
    bool is_reported = fault->is_memory && report_memory_fault(fault->address, suspects);
    bool in_fiber = suspects[0] != NULL && tl__resumer(suspects[0]) != NULL;
    if (fault->is_fatal && in_fiber && !is_reported)
        report_crash(suspects[0], fault);
}

NEVER_INLINE tl_result tl_overflow_report_enable(void)
{
    if (tl__this_thread.reports_overflow)
        return TL_OK;
    tl_result given = tl__signal_stack_ensure();
    if (given != TL_OK)
        return given;
    bool watched = tl__fault_watch(report_fault);
    tl__this_thread.reports_overflow = watched;
    atomic_store(&enabled, watched);
    return watched ? TL_OK : TL_ERROR_SYSTEM;
}

void tl__overflow_report_worker(void)
{
#ifdef NDEBUG
    if (!atomic_load(&enabled))
        return;
#endif
    tl__signal_stack_ensure();
}
