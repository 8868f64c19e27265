// SPDX-License-Identifier: MIT
// The switch between two stacks, for x86-64 on Windows. docs/how-the-switch-works.md walks through its twin for Linux
// with pictures.
//
// What a suspended context looks like on its own stack; lower addresses are further down:
//
//        |   the frame of the caller of tl__switch   |
//        +-------------------------------------------+
//  +0x108 |   the return address                     |   pushed by the caller's `call`
//  +0x100 |   rbp                                    |  |
//   +0xf8 |   rbx                                    |  |
//   +0xf0 |   rdi                                    |  | the registers that a callee must preserve
//   +0xe8 |   rsi                                    |  |
//   +0xc8 |   r12, r13, r14, r15 (r15 is lowest)     |  |
//   +0xc0 |   GuaranteedStackBytes                   |  |
//   +0xb8 |   DeallocationStack                      |  | what the thread's environment block (TEB) says of its stack:
//   +0xb0 |   StackLimit                             |  | exceptions and the compiler's stack probes go by these
//   +0xa8 |   StackBase                              |  |
//   +0xa0 |   ExceptionList                          |  |
//   +0x00 |   xmm6 to xmm15                          |  <- the saved stack pointer points here; it is a multiple of 16
//        +-------------------------------------------+
//
// Each function that a debugger or an exception may unwind through has unwind codes (.seh_*). RtlVirtualUnwind takes
// pops before a jump for an epilogue and emulates them, so the registers are loaded by moves at a fixed stack pointer,
// and `lea`, not `add`, ends the frame: then the codes hold at each instruction but the last.

// Saves and loads all that a context has besides its return address.
        .macro  EACH_XMM instruction
        .irp    n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        \instruction \n, (\n-6)*16
        .endr
        .endm

        .macro  SAVE_XMM n, offset
        movaps  %xmm\n, \offset(%rsp)
        .seh_savexmm %xmm\n, \offset
        .endm

        .macro  NOTE_XMM n, offset
        .seh_savexmm %xmm\n, \offset
        .endm

        .macro  LOAD_XMM n, offset
        movaps  \offset(%rsp), %xmm\n
        .endm

        .macro  PUSH register
        pushq   %\register
        .seh_pushreg %\register
        .endm

// Tells the unwinder that a saved frame lies at the stack pointer, or at the frame register that was set before.
        .macro  NOTE_FRAME
        .irp    register, rbp, rbx, rdi, rsi, r12, r13, r14, r15
        .seh_pushreg %\register
        .endr
        .seh_stackalloc 0xc8
        EACH_XMM NOTE_XMM
        .endm

// Suspends the caller: all that is to be kept onto its stack, and its stack pointer to *rcx.
        .macro  SUSPEND
        .irp    register, rbp, rbx, rdi, rsi, r12, r13, r14, r15
        PUSH    \register
        .endr
        subq    $0xc8, %rsp
        .seh_stackalloc 0xc8
        EACH_XMM SAVE_XMM
        .seh_endprologue
        movaps  %gs:0x00, %xmm0         // of the TEB: ExceptionList and StackBase
        movq    %gs:0x10, %rax          // StackLimit
        movq    %gs:0x1478, %r10        // DeallocationStack
        movl    %gs:0x1748, %r11d       // GuaranteedStackBytes
        movaps  %xmm0, 0xa0(%rsp)
        movq    %rax, 0xb0(%rsp)
        movq    %r10, 0xb8(%rsp)
        movq    %r11, 0xc0(%rsp)
        movq    %rsp, (%rcx)            // from here on the old context is whole and may be resumed
        .endm

// Continues the context whose saved frame the stack pointer points to, where the suspended call returns r8d.
        .macro  CONTINUE
        movaps  0xa0(%rsp), %xmm0
        movq    0xb0(%rsp), %rax
        movq    0xb8(%rsp), %r10
        movq    0xc0(%rsp), %r11
        movaps  %xmm0, %gs:0x00
        movq    %rax, %gs:0x10
        movq    %r10, %gs:0x1478
        movl    %r11d, %gs:0x1748
        EACH_XMM LOAD_XMM
        movq    0xc8(%rsp), %r15
        movq    0xd0(%rsp), %r14
        movq    0xd8(%rsp), %r13
        movq    0xe0(%rsp), %r12
        movq    0xe8(%rsp), %rsi
        movq    0xf0(%rsp), %rdi
        movq    0xf8(%rsp), %rbx
        movq    0x100(%rsp), %rbp
        movq    0x108(%rsp), %rcx
        movl    %r8d, %eax
        leaq    0x110(%rsp), %rsp
        // Not `ret`: the processor predicts a return to go where the latest call came from, which on another stack is
        // always wrong. An indirect jump is predicted from where it went before.
        jmpq    *%rcx
        .endm

        .text

// void tl__leave(void *load, tl_result answer)
//                      rcx             edx
// Continues the context whose saved stack pointer is `load`, where the call that suspended it returns `answer`. What
// the caller has on its stack is dropped: no switch will return to it.
        .globl  tl__leave
        .p2align 4
        .seh_proc tl__leave
tl__leave:
        NOTE_FRAME
        .seh_endprologue
        movl    %edx, %r8d
        movq    %rcx, %rsp
        CONTINUE
        .seh_endproc

// tl_result tl__switch(void **save, void *load, tl_result answer)
//    eax                      rcx         rdx              r8d
// Suspends the caller: its stack pointer goes to *save. Continues the context whose saved stack pointer is `load`, in
// which the call that suspended it returns `answer`.
        .globl  tl__switch
        .p2align 6
        .seh_proc tl__switch
tl__switch:
        SUSPEND
        movq    %rdx, %rsp              // both stacks look alike here, so the codes hold for the new one too
        CONTINUE
        .globl  tl__switch_end
tl__switch_end:
        .seh_endproc

// Where a context begins: tl__context_start lays out a first frame that "returns" to tl__begin, with the entry function
// in rbx and its argument in r12. The frame's caller is the bottom of the stack: a return address of 0 ends each walk.
// tl__unwound is where ending a fiber early arrives when all its frames are unwound (unwind_windows.c).
        .globl  tl__bottom
        .globl  tl__begin
        .globl  tl__unwound
        .weak   tl__fiber_unwound       // not there where ending early runs tl_defers only
        .p2align 4
        .seh_proc tl__bottom
tl__bottom:
        subq    $0x28, %rsp
        .seh_stackalloc 0x28
        .seh_endprologue
        .seh_handler tl__last_chance, @except
        nop
tl__begin:
        movq    %r12, %rcx
        callq   *%rbx
        callq   tl__fiber_returned      // which does not come back
        ud2
tl__unwound:
        callq   tl__fiber_unwound       // nor does this
        ud2
        .seh_endproc

// Where an interrupted context continues: tl__context_interrupt lets it "return" to tl__interrupted with the function
// to call in rbx, its argument in r12, and the address of the saved frame that it was suspended with in r13. A debugger
// (or an unwinder) walks on from here into the function that was suspended, through that frame.
        .globl  tl__interrupted
        .p2align 4
        .seh_proc tl__interruption
tl__interruption:
        NOTE_FRAME
        .seh_setframe %r13, 0
        .seh_endprologue
        nop
tl__interrupted:
        movq    %r12, %rcx
        callq   *%rbx
        ud2                             // nor does this one return
        .seh_endproc
