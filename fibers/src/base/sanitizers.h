// SPDX-License-Identifier: MIT
/// Which of AddressSanitizer, ThreadSanitizer and Valgrind this is compiled for, and the attributes of functions that
/// they need.
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

/// For what is between the moment that a switch is announced to ThreadSanitizer and the switch. It counts the functions
/// that were entered and left: one that is entered on one fiber and left on another makes one fiber's stack of calls
/// grow.
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
/// A handler that ran on an alternate stack is about to return to where that signal interrupted the thread.
///
/// Valgrind (3.19) knows one current stack, and looks for the one that a thread is on whenever it begins to run it. If
/// other threads ran during the handler, it finds none then, as alternate stacks are unknown to it, and stays at that
/// of the other thread. The next large frame of the interrupted function would be taken for a switch of stacks, and its
/// memory for no part of any: "Invalid write". So the stack pointer is shown to it for a moment, in which no signal can
/// come. (The fence keeps it from leaving out a value that is not used.)
static inline void tl__sanitizer_leave_handler(const void *stack_pointer)
{
    if (RUNNING_ON_VALGRIND)
        __asm__ volatile("mov %%rsp, %%rax\n\tmov %0, %%rsp\n\tmfence\n\tmov %%rax, %%rsp" ::"r"(stack_pointer)
                         : "rax", "memory");
}
#endif

#endif
