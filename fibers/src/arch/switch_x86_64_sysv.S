// SPDX-License-Identifier: MIT
// The switch between two stacks, for x86-64 under the System V ABI (Linux). docs/how-the-switch-works.md walks
// through it with pictures.
//
// What a suspended context looks like on its own stack; lower addresses are further down:
//
//        |   the frame of the caller of tl__switch   |
//        +-------------------------------------------+
//   +48  |   the return address                      |   pushed by the caller's `call`
//   +40  |   rbp                                     |  |
//   +32  |   rbx                                     |  | the registers that a callee must preserve (by the ABI),
//   +24  |   r12                                     |  | pushed by tl__switch, tl__start (see context_x86_64_sysv.c)
//   +16  |   r13                                     |  |
//    +8  |   r14                                     |  |
//    +0  |   r15                                     |  |  <- the saved stack pointer points here
//        +-------------------------------------------+
//
// The ABI also requires a callee to preserve the direction flag, which is clear at every call anyway, and the control
// bits of MXCSR and the x87 control word. tl__float_control_exchange saves these, for the fibers that ask for it
// (telar/pool.h says why).

        .macro  PUSH register
        pushq   %\register
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %\register, 0
        .endm

        .macro  POP register
        popq    %\register
        .cfi_adjust_cfa_offset -8
        .cfi_restore %\register
        .endm

// Describes to a debugger, and to the unwinder, the frame that was saved at the address in a register.
        .macro  FRAME_AT register
        .cfi_def_cfa \register, 56
        .cfi_offset %rip, -8
        .cfi_offset %rbp, -16
        .cfi_offset %rbx, -24
        .cfi_offset %r12, -32
        .cfi_offset %r13, -40
        .cfi_offset %r14, -48
        .cfi_offset %r15, -56
        .endm

// Suspends the caller: pushes the registers that must be kept, and stores the stack pointer in *rdi.
        .macro  SUSPEND
        PUSH    rbp
        PUSH    rbx
        PUSH    r12
        PUSH    r13
        PUSH    r14
        PUSH    r15
        movq    %rsp, (%rdi)            // from here on the old context is complete and may be resumed
        .endm

// Continues the context whose saved frame the stack pointer points to.
        .macro  GO_ON
        POP     r15
        POP     r14
        POP     r13
        POP     r12
        POP     rbx
        POP     rbp
        // Not `ret`: the processor predicts that a return goes back to the latest call, which after a switch of stacks
        // is always wrong. It predicts an indirect jump from where that jump went before. `notrack`, since no endbr64
        // follows a call.
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        notrack jmp *%rcx
        .endm

        .text

// void tl__leave(void *load, tl_result answer)
//                      rdi             esi
// Continues the context whose saved stack pointer is `load`, where the call that suspended it returns `answer`. The
// frames on the caller's stack are dropped: no switch will return to them.
        .globl  tl__leave
        .hidden tl__leave
        .type   tl__leave, @function
        .balign 16
tl__leave:
        .cfi_startproc
        endbr64
        movl    %esi, %eax
        movq    %rdi, %rsp
        FRAME_AT %rsp
        GO_ON
        .cfi_endproc
        .size   tl__leave, . - tl__leave

// tl_result tl__switch(void **save, void *load, tl_result answer)
//    eax                 rdi          rsi             edx
// Suspends the caller: its stack pointer goes to *save. Continues the context whose saved stack pointer is `load`, in
// which the call that suspended it returns `answer`.
        .globl  tl__switch
        .hidden tl__switch
        .type   tl__switch, @function
        .balign 64
tl__switch:
        .cfi_startproc
        endbr64
        SUSPEND
        movq    %rsi, %rsp              // both stacks look alike here, so the CFI above holds for the new one too
        movl    %edx, %eax
        GO_ON
        .cfi_endproc
        .size   tl__switch, . - tl__switch

// tl_result tl__start(void **save, void *top, void (*entry)(void *), void *arg, void *made)
//    eax                rdi          rsi               rdx                 rcx         r8
// Suspends the caller like tl__switch, and calls entry(arg) on a new stack, whose first free byte is below `top`, a
// multiple of 16. Continues in tl__bottom, which follows. `made`, with which the fiber begins, is for debuggers: see
// the end of this file.
        .globl  tl__start
        .hidden tl__start
        .type   tl__start, @function
        .balign 16
tl__start:
        .cfi_startproc
        endbr64
        SUSPEND
        .cfi_endproc
        .size   tl__start, . - tl__start

// The bottom frame of each fiber.
        .globl  tl__bottom
        .hidden tl__bottom
        .type   tl__bottom, @function
tl__bottom:
.Lbottom:
        .cfi_startproc
        .cfi_undefined %rip             // the outermost frame: an unwinder stops its walk here
        movq    %rsi, %rsp
        movq    %r8, %rbx
.Lgoes_on_in_resumer:
        xorl    %ebp, %ebp              // a walk along frame pointers ends here, too
        movq    %rcx, %rdi
        callq   *%rdx
        callq   tl__fiber_returned      // which does not return
        ud2
.Lend_of_bottom:
        .cfi_endproc
        .size   tl__bottom, . - tl__bottom

// Where an interrupted context continues: tl__context_interrupt makes it "return" to here with the function to call in
// rbx, its argument in r12, and in r13 the address of the frame that was saved when it was suspended. Through that
// frame a debugger (or an unwinder) continues into the function that was suspended.
        .globl  tl__interruption
        .hidden tl__interruption
        .type   tl__interruption, @function
        .balign 16
tl__interruption:
        .cfi_startproc
        FRAME_AT %r13
        nop                             // contexts enter after this: see AFTER_NOP in context_x86_64_sysv.c
        endbr64
        movq    %r12, %rdi
        callq   *%rbx
        ud2                             // the called function does not return either
        .cfi_endproc
        .size   tl__interruption, . - tl__interruption

// Is never run: to debuggers, a fiber without a resumer returns to here, so its backtrace ends in this name.
tl__no_resumer:
        .cfi_startproc
        .cfi_undefined %rip
        nop
.Lnone: ud2
        .cfi_endproc

// void tl__with_frame(void *frame, void (*look)(void *arg), void *arg)
//                           rdi              rsi               rdx
// Calls look(arg), for which an unwinder finds the saved frame as the caller's, so that it walks a suspended context's
// calls. Nothing may be unwound through here.
        .globl  tl__with_frame
        .hidden tl__with_frame
        .type   tl__with_frame, @function
        .balign 16
tl__with_frame:
        .cfi_startproc
        endbr64
        PUSH    r13
        movq    %rdi, %r13
        movq    %rdx, %rdi
        .cfi_remember_state
        FRAME_AT %r13
        callq   *%rsi
        .cfi_restore_state
        POP     r13
        retq
        .cfi_endproc
        .size   tl__with_frame, . - tl__with_frame

// For debuggers alone: below tl__bottom the calls of the fiber's resumer follow, where it has one. This is said in
// .debug_frame, which debuggers prefer and the compiler's unwinder does not know: by .eh_frame, cancelling a fiber
// would unwind its resumer, too, and run that one's clean-ups.
        .set    RESUMER_CONTEXT, 8      // of a tl_fiber; control_block.h asserts these
        .set    RESUMER, 16
        .set    STATE, 32
        .set    COPIED, 36
        .set    DENSE, 0x800000

        .section .debug_frame, "", @progbits
.Ldebug_frame:
        .long   .Lend_of_cie - .Lcie
.Lcie:  .long   0xffffffff
        .byte   1                       // version
        .asciz  "S"                     // else gdb takes a resumer whose stack lies lower for a corrupt stack
        .uleb128 1                      // unit of code
        .sleb128 -8                     // unit of offsets
        .byte   16                      // rip
        .balign 8, 0
.Lend_of_cie:
        .long   .Lend_of_fde - .Lfde
.Lfde:  .long   .Ldebug_frame
        .quad   .Lbottom                // where its description in .eh_frame begins: else gdb takes that one
        .quad   .Lend_of_bottom - .Lbottom
        .byte   0x0c, 7, 8              // DW_CFA_def_cfa, rsp
        .byte   0x07, 16                // DW_CFA_undefined, rip: so far rbx is not the fiber
        .byte   0x02, .Lgoes_on_in_resumer - .Lbottom // DW_CFA_advance_loc1
        // The frame's address is the end of the resumer's saved frame: of what the fiber has of it or, if the resumer
        // is dense, of its own context. Without a resumer, or if its frames are off the stack that dense fibers share,
        // the frame is made up.
        .byte   0x0f                                    // DW_CFA_def_cfa_expression
        .uleb128 .Lend_of_cfa - .Lcfa
.Lcfa:  .byte   0x73, RESUMER, 0x06, 0x12               // breg3 (rbx), deref, dup
        .byte   0x28                                    // bra: there is one
        .short  .Lis_dense - .Lno_frame
.Lno_frame:
        .byte   0x73, RESUMER + 16                      // breg3
        .byte   0x2f                                    // skip
        .short  .Lcfa_found - .Lis_dense
.Lis_dense:
        .byte   0x12, 0x23, STATE, 0x94, 4              // dup, plus_uconst, deref_size
        .byte   0x0c                                    // const4u
        .long   DENSE
        .byte   0x1a, 0x28                              // and, bra
        .short  .Lis_copied - .Lis_plain
.Lis_plain:
        .byte   0x13, 0x73, RESUMER_CONTEXT             // drop, breg3
.Lhas_context:
        .byte   0x06, 0x23, 56                          // deref, plus_uconst
        .byte   0x2f                                    // skip
        .short  .Lcfa_found - .Lis_copied
.Lis_copied:
        .byte   0x12, 0x23, COPIED, 0x94, 4             // dup, plus_uconst, deref_size
        .byte   0x30, 0x2e, 0x28                        // lit0, ne, bra
        .short  .Lno_frame - .Lis_on_stack
.Lis_on_stack:
        .byte   0x2f                                    // skip
        .short  .Lhas_context - .Lcfa_found
.Lcfa_found:
        .byte   0x96                                    // nop: lldb 14 refuses to skip to an expression's end
.Lend_of_cfa:
        // It returns to where the resumer was suspended or, where that is not known, to tl__no_resumer. (The frame's
        // address is on the expression's stack to begin with.)
        .byte   0x16, 16                                // DW_CFA_val_expression, of rip
        .uleb128 .Lend_of_rip - .Lrip
.Lrip:  .byte   0x73, RESUMER, 0x06, 0x12, 0x28         // breg3, deref, dup, bra
        .short  .Lmay_be_copied - .Lnowhere
.Lnowhere:
        .byte   0x03                                    // addr
        .quad   .Lnone
        .byte   0x2f                                    // skip
        .short  .Lrip_found - .Lmay_be_copied
.Lmay_be_copied:
        .byte   0x12, 0x23, STATE, 0x94, 4              // dup, plus_uconst, deref_size
        .byte   0x0c                                    // const4u
        .long   DENSE
        .byte   0x1a, 0x30, 0x29, 0x28                  // and, lit0, eq, bra
        .short  .Lreturns - .Lasks_copied
.Lasks_copied:
        .byte   0x12, 0x23, COPIED, 0x94, 4, 0x28       // dup, plus_uconst, deref_size, bra
        .short  .Lnowhere - .Lreturns
.Lreturns:
        .byte   0x13, 0x38, 0x1c, 0x06                  // drop, lit8, minus, deref
.Lrip_found:
        .byte   0x96                                    // nop
.Lend_of_rip:
        // DW_CFA_offset, of rbp, rbx and r12 to r15: as in FRAME_AT
        .byte   0x80 + 6, 2, 0x80 + 3, 3, 0x80 + 12, 4, 0x80 + 13, 5, 0x80 + 14, 6, 0x80 + 15, 7
        .balign 8, 0
.Lend_of_fde:

// Notes for the linker: this file needs no executable stack. It supports indirect branch tracking (bit 0: branch
// targets begin with endbr64), but not shadow stacks (bit 1), which a switch by a jump would not pop.
        .section .note.GNU-stack, "", @progbits
        .section .note.gnu.property, "a", @note
        .balign 8
        .long   4, 16, 5                // name size, descriptor size, NT_GNU_PROPERTY_TYPE_0
        .asciz  "GNU"
        .long   0xc0000002, 4, 1, 0     // GNU_PROPERTY_X86_FEATURE_1_AND: 4 bytes, IBT, padding
