// The switch between two stacks, for x86-64 under the System V ABI (Linux). docs/how-the-switch-works.md walks
// through it with pictures.
//
// What a suspended context looks like on its own stack; lower addresses are further down:
//
//        |   the frame of whoever called tl__switch  |
//        +-------------------------------------------+
//   +48  |   where to go on: the return address      |   pushed by the caller's `call`
//   +40  |   rbp                                     |  |
//   +32  |   rbx                                     |  | the registers that the ABI makes the callee's to keep,
//   +24  |   r12                                     |  | pushed by tl__switch; for a context that never ran,
//   +16  |   r13                                     |  | written by tl__context_make (offsets: context_x86_64.c)
//    +8  |   r14                                     |  |
//    +0  |   r15                                     |  |  <- the saved stack pointer points here
//        +-------------------------------------------+
//
// The ABI's callee also keeps the direction flag clear (it is, at every call) and the control bits of MXCSR and the x87
// control word: those are kept by tl__float_control_exchange, for the fibers that ask for it (telar/pool.h says why).

        .text

// tl_result tl__switch(void **save, void *load, tl_result answer)
//    eax                 rdi          rsi             edx
// Suspends the caller: its stack pointer goes to *save. Goes on with the context whose saved stack pointer is `load`, where
// tl__switch returns `answer`.
        .globl  tl__switch
        .hidden tl__switch
        .type   tl__switch, @function
        .balign 16
tl__switch:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0

        movq    %rsp, (%rdi)            // from here on the old context is whole and may be resumed
        movq    %rsi, %rsp              // both stacks look alike here, so the CFI above holds for the new one too

        movl    %edx, %eax

        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        // Not `ret`: the processor predicts a return to go where the latest call came from, which on another stack is
        // always wrong. An indirect jump is predicted from where it went before. `notrack`, since a return address
        // carries no endbr64.
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        notrack jmp *%rcx
        .cfi_endproc
        .size   tl__switch, . - tl__switch

// The bottom frame of each fiber. tl__context_make lets a new context "return" to here with the entry function in rbx and its
// argument in r12, rbp zero (where a walk along the frame pointers ends), and the stack pointer on a multiple of 16.
        .globl  tl__trampoline
        .hidden tl__trampoline
        .type   tl__trampoline, @function
        .balign 16
tl__trampoline:
        .cfi_startproc
        .cfi_undefined %rip             // the outermost frame: a debugger stops its walk here
        nop                             // contexts begin behind this: see AFTER_NOP in context_x86_64.c
        endbr64
        movq    %r12, %rdi
        callq   *%rbx
        ud2                             // the entry function never returns: it ends by switching away for good
        .cfi_endproc
        .size   tl__trampoline, . - tl__trampoline

// What an interrupted context goes on with: tl__context_interrupt lets it "return" to here with the function to call in rbx,
// its argument in r12, and the address of the saved frame that it was suspended with in r13. A debugger (or an unwinder)
// walks on from here into the function that was suspended, through that frame.
        .globl  tl__interruption
        .hidden tl__interruption
        .type   tl__interruption, @function
        .balign 16
tl__interruption:
        .cfi_startproc
        .cfi_def_cfa %r13, 56
        .cfi_offset %rip, -8
        .cfi_offset %rbp, -16
        .cfi_offset %rbx, -24
        .cfi_offset %r12, -32
        .cfi_offset %r13, -40
        .cfi_offset %r14, -48
        .cfi_offset %r15, -56
        nop                             // as above
        endbr64
        movq    %r12, %rdi
        callq   *%rbx
        ud2                             // nor does this one return
        .cfi_endproc
        .size   tl__interruption, . - tl__interruption

// void tl__float_control_exchange(struct tl__float_control *save, const struct tl__float_control *load)
// Stores the thread's MXCSR and x87 control word, and loads others where they differ: loading is slow. MXCSR's low six
// bits are sticky status, not control, and do not count.
        .globl  tl__float_control_exchange
        .hidden tl__float_control_exchange
        .type   tl__float_control_exchange, @function
        .balign 16
tl__float_control_exchange:
        .cfi_startproc
        endbr64
        stmxcsr (%rdi)
        fnstcw  4(%rdi)
        movl    (%rdi), %eax
        xorl    (%rsi), %eax
        andl    $0xffc0, %eax
        movzwl  4(%rdi), %ecx
        xorw    4(%rsi), %cx
        orl     %ecx, %eax
        jnz     1f
        ret
1:      ldmxcsr (%rsi)
        fnclex                          // or an exception of the other context's, masked there, might trap here
        fldcw   4(%rsi)
        ret
        .cfi_endproc
        .size   tl__float_control_exchange, . - tl__float_control_exchange

// The stack need not be executable; and branch targets carry endbr64 (bit 0), while shadow stacks (bit 1) are not
// supported: leaving by a jump would not pop them.
        .section .note.GNU-stack, "", @progbits
        .section .note.gnu.property, "a", @note
        .balign 8
        .long   4, 16, 5                // name size, descriptor size, NT_GNU_PROPERTY_TYPE_0
        .asciz  "GNU"
        .long   0xc0000002, 4, 1, 0     // GNU_PROPERTY_X86_FEATURE_1_AND: 4 bytes, IBT, padding
