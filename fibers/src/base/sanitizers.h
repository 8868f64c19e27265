// SPDX-License-Identifier: MIT
/// Detects for which of AddressSanitizer, ThreadSanitizer and Valgrind the code is compiled, and defines the function
/// attributes that they need.
#ifndef TELAR_BASE_SANITIZERS_H
#define TELAR_BASE_SANITIZERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#define TL__HAS_FEATURE(feature) __has_feature(feature)
#else
#define TL__HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || TL__HAS_FEATURE(address_sanitizer)
#define TL__ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define TL__NO_SANITIZE __attribute__((no_sanitize_address))
#endif

#if defined(__SANITIZE_THREAD__) || TL__HAS_FEATURE(thread_sanitizer)
#define TL__TSAN 1
#include <sanitizer/tsan_interface.h>
#define TL__NO_SANITIZE __attribute__((no_sanitize_thread))
#endif

/// For functions that run after a switch was announced to ThreadSanitizer, and before the switch itself.
/// ThreadSanitizer tracks the entry and exit of functions: a function that is entered on one fiber and left on another
/// would make one fiber's call stack grow.
#ifdef TL__TSAN
#define TL__LEAVES __attribute__((no_sanitize_thread, noinline))
#else
#define TL__LEAVES inline
#endif

#ifdef TELAR_VALGRIND
#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>
#endif

#ifndef TL__NO_SANITIZE
#define TL__NO_SANITIZE
#endif

#if defined(TELAR_VALGRIND) && defined(__x86_64__)
/// Tells Valgrind that a signal handler on an alternate stack is about to return to the interrupted code, whose stack
/// pointer is `stack_pointer`.
///
/// Valgrind (3.19) tracks one current stack, and looks it up whenever it resumes a thread. If other threads ran during
/// the handler, it finds no stack, as alternate stacks are unknown to it, and keeps the other thread's. It would then
/// mistake the next large frame of the interrupted function for a switch of stacks, and report "Invalid write" for the
/// frame's memory, as if it were in no stack. So this shows Valgrind the right stack: it sets the stack pointer
/// register to `stack_pointer` for a moment, in which no signal can arrive. (The fence keeps Valgrind from dropping a
/// value that is not used.)
static inline void tl__sanitizer_leave_handler(const void *stack_pointer)
{
    if (RUNNING_ON_VALGRIND)
        __asm__ volatile("mov %%rsp, %%rax\n\tmov %0, %%rsp\n\tmfence\n\tmov %%rax, %%rsp" ::"r"(stack_pointer)
                         : "rax", "memory");
}
#endif

#endif
