// SPDX-License-Identifier: MIT
/// A function's way to its caller's stack pointer, as it was at the call. The unwinder identifies frames by that
/// address. gcc has it as __builtin_dwarf_cfa. So has clang on x86-64 under the System V ABI; elsewhere clang's returns
/// an address inside the function's own frame, so a stub in assembly passes the stack pointer on.
///
///   TL__STACK_POINTER_STUB    the instructions of a function of three arguments that jumps to %0 with the same ones
///                             and its caller's stack pointer as the fourth; undefined where the builtin is right
#ifndef TELAR_ARCH_CALLERS_STACK_POINTER_H
#define TELAR_ARCH_CALLERS_STACK_POINTER_H

#if defined(__clang__) && defined(__aarch64__)
#define TL__STACK_POINTER_STUB "hint #34\n\tmov x3, sp\n\tb %0" // hint #34: bti c
#elif defined(__clang__) && defined(_WIN32)
#define TL__STACK_POINTER_STUB "leaq 8(%%rsp), %%r9\n\tjmp %P0"
#endif

#endif
