// SPDX-License-Identifier: MIT
// void call_with_registers(uint64_t values[6], void (*function)(void))
//                                     rdi                 rsi
// Calls the function with the registers that a callee must preserve set to the values, and stores afterwards what they
// are then.
        .text
        .globl  call_with_registers
        .type   call_with_registers, @function
call_with_registers:
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        pushq   %rdi
        movq    (%rdi), %rbx
        movq    8(%rdi), %rbp
        movq    16(%rdi), %r12
        movq    24(%rdi), %r13
        movq    32(%rdi), %r14
        movq    40(%rdi), %r15
        callq   *%rsi
        popq    %rdi
        movq    %rbx, (%rdi)
        movq    %rbp, 8(%rdi)
        movq    %r12, 16(%rdi)
        movq    %r13, 24(%rdi)
        movq    %r14, 32(%rdi)
        movq    %r15, 40(%rdi)
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret
        .size   call_with_registers, . - call_with_registers
        .section .note.GNU-stack, "", @progbits
