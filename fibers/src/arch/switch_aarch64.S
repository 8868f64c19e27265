// SPDX-License-Identifier: MIT
// The switch between two stacks, for AArch64 under the AAPCS64 (Linux, Android, macOS). docs/how-the-switch-works.md
// walks through its twin for x86-64 with pictures.
//
// What a suspended context looks like on its own stack; lower addresses are further down:
//
//        |   the frame of the caller of tl__switch   |
//        +-------------------------------------------+
//   +96  |   d8 to d15                               |  the low halves of v8 to v15: the ABI keeps no more of them
//   +16  |   x19 to x28                              |
//    +8  |   x30: the return address                 |  signed, where the compiler signs them (-mbranch-protection)
//    +0  |   x29                                     |  <- the saved stack pointer points here. x29 and x30 are a
//        +-------------------------------------------+     frame record: a walk along frame pointers can begin here
//
// x18 belongs to the platform (on Android it is a shadow call stack), so a switch leaves it alone. The ABI also keeps
// FPCR, the floating-point control register; tl__float_control_exchange switches it, for the fibers that ask for it
// (telar/pool.h says why).

// Where the compiler signs the return addresses of C functions, these functions sign theirs, with the stack pointer at
// their entry, which is the same when the context continues. Else `bti c` lets indirect calls reach them. All of these
// instructions are hints: older processors ignore them, and older assemblers know them by number.
#if defined(__ARM_FEATURE_PAC_DEFAULT) && (__ARM_FEATURE_PAC_DEFAULT & 2)
        .macro  SIGN
        hint    #27                     // pacibsp
        .cfi_negate_ra_state
        .endm
        .macro  CHECK
        hint    #31                     // autibsp
        .cfi_negate_ra_state
        .endm
        .macro  NOTE_KEY
        .cfi_b_key_frame
        .endm
        .macro  NOTE_SIGNED
        .cfi_negate_ra_state
        .endm
#elif defined(__ARM_FEATURE_PAC_DEFAULT)
        .macro  SIGN
        hint    #25                     // paciasp
        .cfi_negate_ra_state
        .endm
        .macro  CHECK
        hint    #29                     // autiasp
        .cfi_negate_ra_state
        .endm
        .macro  NOTE_KEY
        .endm
        .macro  NOTE_SIGNED
        .cfi_negate_ra_state
        .endm
#else
        .macro  SIGN
        hint    #34                     // bti c
        .endm
        .macro  CHECK
        .endm
        .macro  NOTE_KEY
        .endm
        .macro  NOTE_SIGNED
        .endm
#endif

        .macro  BEGIN name, alignment
        .p2align \alignment
        .globl  \name
#ifdef __APPLE__
        .private_extern \name
#else
        .hidden \name
        .type   \name, %function
#endif
\name:
        .cfi_startproc
        NOTE_KEY
        .endm

        .macro  END name
        .cfi_endproc
#ifndef __APPLE__
        .size   \name, . - \name
#endif
        .endm

// Saves a pair of registers at an offset from the stack pointer.
        .macro  SAVE first, second, offset
        stp     \first, \second, [sp, #\offset]
        .cfi_rel_offset \first, \offset
        .cfi_rel_offset \second, \offset + 8
        .endm

        .macro  RESTORE first, second, offset
        ldp     \first, \second, [sp, #\offset]
        .cfi_restore \first
        .cfi_restore \second
        .endm

// Describes to a debugger the frame that was saved at the address in a register.
        .macro  FRAME_AT register
        .cfi_def_cfa \register, 160
        .cfi_offset x29, -160
        .cfi_offset x30, -152
        .irp    n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
        .cfi_offset x\n, -144 + (\n - 19) * 8
        .endr
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        .cfi_offset d\n, -64 + (\n - 8) * 8
        .endr
        NOTE_SIGNED
        .endm

// Suspends the caller: all that is to be kept onto its stack, and its stack pointer to *x0.
        .macro  SUSPEND
        SIGN
        stp     x29, x30, [sp, #-160]!
        .cfi_def_cfa_offset 160
        .cfi_rel_offset x29, 0
        .cfi_rel_offset x30, 8
        SAVE    x19, x20, 16
        SAVE    x21, x22, 32
        SAVE    x23, x24, 48
        SAVE    x25, x26, 64
        SAVE    x27, x28, 80
        SAVE    d8, d9, 96
        SAVE    d10, d11, 112
        SAVE    d12, d13, 128
        SAVE    d14, d15, 144
        mov     x9, sp
        str     x9, [x0]                // from here on the old context is whole and may be resumed
        .endm

// Continues the context whose saved frame the stack pointer points to, where the suspended call returns w2.
        .macro  CONTINUE
        RESTORE d8, d9, 96
        RESTORE d10, d11, 112
        RESTORE d12, d13, 128
        RESTORE d14, d15, 144
        RESTORE x19, x20, 16
        RESTORE x21, x22, 32
        RESTORE x23, x24, 48
        RESTORE x25, x26, 64
        RESTORE x27, x28, 80
        ldp     x29, x30, [sp], #160
        .cfi_def_cfa_offset 0
        .cfi_restore x29
        .cfi_restore x30
        CHECK
        mov     w0, w2
#ifdef __ARM_FEATURE_BTI_DEFAULT
        ret                             // with BTI a jump may not go to a return address
#else
        // Not `ret`: the processor predicts a return to go where the latest call came from, which on another stack is
        // always wrong. A jump is predicted from where it went before.
        br      x30
#endif
        .endm

        .text

// void tl__leave(void *load, tl_result answer)
//                      x0              w1
// Continues the context whose saved stack pointer is `load`, where the call that suspended it returns `answer`. What
// the caller has on its stack is dropped: no switch will return to it.
        BEGIN   tl__leave, 4
        hint    #34                     // bti c
        mov     w2, w1
        mov     sp, x0
        FRAME_AT sp
        CONTINUE
        END     tl__leave

// tl_result tl__switch(void **save, void *load, tl_result answer)
//    w0                      x0           x1              w2
// Suspends the caller: its stack pointer goes to *save. Continues the context whose saved stack pointer is `load`, in
// which the call that suspended it returns `answer`.
        BEGIN   tl__switch, 6
        SUSPEND
        mov     sp, x1                  // both stacks look alike here, so the CFI above holds for the new one too
        CONTINUE
        END     tl__switch

// tl_result tl__start(void **save, void *top, void (*entry)(void *), void *arg, void *made)
//    w0                     x0           x1            x2                  x3
// Suspends the caller like tl__switch, and calls entry(arg) on a new stack, whose first free byte is below `top`, a
// multiple of 16. Continues in tl__bottom, which follows.
        BEGIN   tl__start, 4
        SUSPEND
        END     tl__start

// The bottom frame of each fiber.
        BEGIN   tl__bottom, 0
        .cfi_undefined x30              // the outermost frame: a debugger stops its walk here
        mov     sp, x1
        mov     x29, xzr                // a walk along frame pointers ends here, too
        mov     x30, xzr
        mov     x0, x3
        blr     x2
        bl      tl__fiber_returned      // which does not come back
        brk     #1
        END     tl__bottom

// Where an interrupted context continues: tl__context_interrupt lets it "return" to behind the nop with the function to
// call in x19, its argument in x20, and the address of the saved frame that it was suspended with in x21. A debugger
// (or an unwinder) walks on from here into the function that was suspended, through that frame.
        BEGIN   tl__interruption, 4
        FRAME_AT x21
        nop                             // contexts begin behind this: see AFTER_NOP in context_aarch64.c
        mov     x0, x20
        blr     x19
        brk     #1                      // nor does this one return
        END     tl__interruption

// void tl__with_frame(void *frame, void (*look)(void *arg), void *arg)
//                           x0               x1                x2
// Calls look(arg), for which an unwinder finds the saved frame as the caller's, so that it walks a suspended context's
// calls. Nothing may be unwound through here.
        BEGIN   tl__with_frame, 4
        SIGN
        stp     x21, x30, [sp, #-16]!
        .cfi_def_cfa_offset 16
        .cfi_rel_offset x21, 0
        .cfi_rel_offset x30, 8
        mov     x21, x0
        mov     x0, x2
        .cfi_remember_state
        FRAME_AT x21
        blr     x1
        .cfi_restore_state
        ldp     x21, x30, [sp], #16
        .cfi_def_cfa_offset 0
        .cfi_restore x21
        .cfi_restore x30
        CHECK
        ret
        END     tl__with_frame

#ifndef __APPLE__
        // The stack need not be executable.
        .section .note.GNU-stack, "", %progbits
#if defined(__ARM_FEATURE_BTI_DEFAULT) || defined(__ARM_FEATURE_PAC_DEFAULT)
        // Indirect branches meet a landing pad here (bit 0), and return addresses are signed (bit 1); but Arm's shadow
        // stacks (bit 2) are not supported: leaving by a jump would not pop them.
        .section .note.gnu.property, "a", %note
        .p2align 3
        .long   4, 16, 5                // name size, descriptor size, NT_GNU_PROPERTY_TYPE_0
        .asciz  "GNU"
        .long   0xc0000000, 4           // GNU_PROPERTY_AARCH64_FEATURE_1_AND, 4 bytes
#if !defined(__ARM_FEATURE_PAC_DEFAULT)
        .long   1, 0                    // the bits, and padding
#elif !defined(__ARM_FEATURE_BTI_DEFAULT)
        .long   2, 0
#else
        .long   3, 0
#endif
#endif
#endif
