// SPDX-License-Identifier: MIT
// void call_with_registers(uint64_t values[28], void (*function)(void))
//                                     rcx                  rdx
// Calls the function with the registers that a callee must preserve (rbx, rbp, rdi, rsi, r12 to r15, and both halves of
// xmm6 to xmm15) set to the values, and stores afterwards what they are then.
        .macro  EACH_XMM instruction
        .irp    n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        \instruction \n
        .endr
        .endm

        .macro  KEEP n
        movups  %xmm\n, 0x20+(\n-6)*16(%rsp)
        .seh_savexmm %xmm\n, 0x20+(\n-6)*16
        .endm

        .macro  SET n
        movups  64+(\n-6)*16(%rcx), %xmm\n
        .endm

        .macro  STORE n
        movups  %xmm\n, 64+(\n-6)*16(%rcx)
        .endm

        .macro  GIVE_BACK n
        movups  0x20+(\n-6)*16(%rsp), %xmm\n
        .endm

        .text
        .globl  call_with_registers
        .seh_proc call_with_registers
call_with_registers:
        .irp    register, rbp, rbx, rdi, rsi, r12, r13, r14, r15, rcx
        pushq   %\register
        .seh_pushreg %\register
        .endr
        subq    $0xc0, %rsp
        .seh_stackalloc 0xc0
        EACH_XMM KEEP
        .seh_endprologue
        movq    (%rcx), %rbx
        movq    8(%rcx), %rbp
        movq    16(%rcx), %rdi
        movq    24(%rcx), %rsi
        movq    32(%rcx), %r12
        movq    40(%rcx), %r13
        movq    48(%rcx), %r14
        movq    56(%rcx), %r15
        EACH_XMM SET
        callq   *%rdx
        movq    0xc0(%rsp), %rcx
        movq    %rbx, (%rcx)
        movq    %rbp, 8(%rcx)
        movq    %rdi, 16(%rcx)
        movq    %rsi, 24(%rcx)
        movq    %r12, 32(%rcx)
        movq    %r13, 40(%rcx)
        movq    %r14, 48(%rcx)
        movq    %r15, 56(%rcx)
        EACH_XMM STORE
        EACH_XMM GIVE_BACK
        addq    $0xc0, %rsp
        .irp    register, rcx, r15, r14, r13, r12, rsi, rdi, rbx, rbp
        popq    %\register
        .endr
        ret
        .seh_endproc
