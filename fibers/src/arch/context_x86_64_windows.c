// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include "arch/context_x86_64.h"
#include "arch/guard_pages.h"

#include <assert.h>
#include <stddef.h>
#include <windows.h>

void tl__bottom(void) __asm__("tl__bottom");
void tl__begin(void) __asm__("tl__begin");
void tl__interrupted(void) __asm__("tl__interrupted");
void tl__switch_end(void) __asm__("tl__switch_end");
EXCEPTION_DISPOSITION tl__last_chance(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                      void *dispatcher) __asm__("tl__last_chance");

/// The frame that tl__switch leaves on a stack, lowest address first. The picture at the head of the assembly shows the
/// same frame.
typedef struct saved_frame {
    char xmm6_to_xmm15[160];
    uintptr_t exception_list, stack_base, stack_limit, deallocation_stack, guaranteed;
    uintptr_t r15, r14, r13, r12, rsi, rdi, rbx, rbp;
    void (*rip)(void);
} saved_frame;

static_assert(sizeof(saved_frame) == TL__SWITCH_SAVES, "what tl__switch takes of the stack");
static_assert(offsetof(saved_frame, exception_list) == 0xa0 && offsetof(saved_frame, guaranteed) == 0xc0,
              "the order in which tl__switch saves");
#define IS_AT(field, offset) static_assert(offsetof(saved_frame, field) == (offset), "where tl__switch saves it");
TL__SAVED_REGISTERS(IS_AT)

enum {
    BOTTOM_FRAME = 0x28,      ///< what tl__bottom's unwind codes say that its frame takes
    SHADOW = 0x20,            ///< stack that a callee may use for its arguments
    NO_EXCEPTION_FRAMES = -1, ///< ExceptionList of a stack without frames that it lists
};

tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top, size_t guard,
                            tl__context_entry *entry, void *arg)
{
    // What the thread's environment block is to say of the guard: where its pages end that raise an overflow
    // (os/guard_windows.c), and how many of them the kernel opens for the handler. Touching the other two raises it.
    enum { PAGE = 4096, RAISES = TL__GUARD_PAGES * PAGE, OPENED = RAISES - 2 * PAGE };
    bool reports = guard > RAISES;
    // Below `top`: zeros, as the return address of the bottom frame, in which each walk ends; the bottom frame; and the
    // frame that the switch loads, which "returns" into tl__bottom.
    uintptr_t bottom = ((uintptr_t)top & ~(uintptr_t)15) - 8 - BOTTOM_FRAME;
    *(uintptr_t *)(bottom + BOTTOM_FRAME) = 0;
    saved_frame *frame = (saved_frame *)bottom - 1;
    *frame = (saved_frame){
        .stack_base = (uintptr_t)top,
        .stack_limit = (uintptr_t)low,
        .deallocation_stack = (uintptr_t)low - (reports ? RAISES + PAGE : 0),
        .guaranteed = reports ? OPENED : 0,
        .exception_list = (uintptr_t)(intptr_t)NO_EXCEPTION_FRAMES,
        .rbx = (uintptr_t)entry,
        .r12 = (uintptr_t)arg,
        .rip = tl__begin,
    };
    made->stack_pointer = frame;
    return tl__switch(&save->stack_pointer, frame, TL_OK);
}

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
{
    // Add a second frame below the saved one, as if the switch had called the entry function at its very end.
    saved_frame *interrupted = context->stack_pointer;
    saved_frame *frame = (saved_frame *)((char *)interrupted - SHADOW) - 1;
    *frame = *interrupted;
    frame->rbx = (uintptr_t)entry;
    frame->r12 = (uintptr_t)arg;
    frame->r13 = (uintptr_t)interrupted;
    frame->rip = tl__interrupted;
    context->stack_pointer = frame;
}

bool tl__context_where(const tl__context *context, tl__context_place *place)
{
    const saved_frame *frame = context->stack_pointer;
    *place = (tl__context_place){(uintptr_t)(frame + 1), frame->rbp, (uintptr_t)frame->rip};
    return true;
}

size_t tl__context_calls(const tl__context *context, uintptr_t *calls, size_t most)
{
    const saved_frame *frame = context->stack_pointer;
    CONTEXT at = {.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER};
    at.R15 = frame->r15, at.R14 = frame->r14, at.R13 = frame->r13, at.R12 = frame->r12;
    at.Rsi = frame->rsi, at.Rdi = frame->rdi, at.Rbx = frame->rbx, at.Rbp = frame->rbp;
    at.Rip = (DWORD64)(uintptr_t)frame->rip;
    at.Rsp = (DWORD64)(uintptr_t)(frame + 1);
    size_t count = 0;
    while (at.Rip != 0 && count < most) {
        calls[count++] = (uintptr_t)at.Rip;
        DWORD64 base, established;
        void *data;
        PRUNTIME_FUNCTION function = RtlLookupFunctionEntry(at.Rip, &base, NULL);
        if (function == NULL) { // no tables: a leaf, whose return address is on top
            at.Rip = *(const DWORD64 *)(uintptr_t)at.Rsp;
            at.Rsp += sizeof(DWORD64);
        } else {
            RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, at.Rip, function, &at, &data, &established, NULL);
        }
    }
    return count;
}

const tl__context *tl__context_being_saved(const void *signal)
{
    const CONTEXT *registers = signal;
    bool saving = registers->Rip >= (uintptr_t)tl__switch && registers->Rip < (uintptr_t)tl__switch_end;
    return saving ? (const tl__context *)registers->Rcx : NULL;
}

/// The exception handler of the bottom frame: what no frame of the fiber handled goes to the process's filter, as it
/// would at the bottom of a thread, so that crash reporters see it. Without it the process would end without a word.
EXCEPTION_DISPOSITION tl__last_chance(EXCEPTION_RECORD *record, void *frame, CONTEXT *context, void *dispatcher)
{
    (void)frame, (void)dispatcher;
    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND))
        return ExceptionContinueSearch;
    EXCEPTION_POINTERS pointers = {record, context};
    if (UnhandledExceptionFilter(&pointers) == EXCEPTION_CONTINUE_EXECUTION)
        return ExceptionContinueExecution;
    TerminateProcess(GetCurrentProcess(), record->ExceptionCode);
    return ExceptionContinueSearch;
}
