// SPDX-License-Identifier: MIT
// void call_with_registers(uint64_t values[19], void (*function)(void))
//                                     x0                  x1
// Calls the function with the registers that a callee must preserve (x19 to x29, d8 to d15) set to the values, and
// stores afterwards what they are then.
        .macro  EACH_PAIR instruction, base
        \instruction x19, x20, [\base]
        \instruction x21, x22, [\base, #16]
        \instruction x23, x24, [\base, #32]
        \instruction x25, x26, [\base, #48]
        \instruction x27, x28, [\base, #64]
        \instruction d8, d9, [\base, #88]
        \instruction d10, d11, [\base, #104]
        \instruction d12, d13, [\base, #120]
        \instruction d14, d15, [\base, #136]
        .endm

        .text
        .globl  call_with_registers
        .type   call_with_registers, %function
call_with_registers:
        hint    #34                     // bti c
        sub     sp, sp, #176
        EACH_PAIR stp, sp
        stp     x29, x30, [sp, #152]
        str     x0, [sp, #168]
        EACH_PAIR ldp, x0
        ldr     x29, [x0, #80]
        blr     x1
        ldr     x0, [sp, #168]
        EACH_PAIR stp, x0
        str     x29, [x0, #80]
        EACH_PAIR ldp, sp
        ldp     x29, x30, [sp, #152]
        add     sp, sp, #176
        ret
        .size   call_with_registers, . - call_with_registers
        .section .note.GNU-stack, "", %progbits
