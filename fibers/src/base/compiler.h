// SPDX-License-Identifier: MIT
/// Hints and attributes for the compiler, which do not change what the code does.
#ifndef TELAR_BASE_COMPILER_H
#define TELAR_BASE_COMPILER_H

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/// A function that is neither inlined nor cloned for particular arguments.
#ifdef __clang__
#define NEVER_INLINE __attribute__((noinline))
#else
#define NEVER_INLINE __attribute__((noinline, noclone))
#endif

/// A function that is inlined into each caller, and so specialised for the caller's arguments.
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/// A thread-local that is found without a call, so that a signal handler and a fiber with a small stack may look it up.
/// Android refuses such ones in libraries that are loaded at run time, as every app's are.
#if defined(__ELF__) && !defined(__ANDROID__)
#define FAST_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define FAST_THREAD_LOCAL _Thread_local
#endif

/// Aligns a function to a cache line: its offset in the line changes the cost of a pair of switches by tens of percent.
#define OWN_LINES __attribute__((aligned(64)))

/// Bytes that a write by one CPU invalidates in another CPU's cache: CPUs fetch 64-byte cache lines in pairs.
#define LINE_PAIR 128

#endif
