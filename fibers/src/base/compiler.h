// SPDX-License-Identifier: MIT
/// What is said to the compiler about code, not about what it does.
#ifndef TELAR_BASE_COMPILER_H
#define TELAR_BASE_COMPILER_H

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/// A function that stays one, also as a copy for certain arguments.
#ifdef __clang__
#define NEVER_INLINE __attribute__((noinline))
#else
#define NEVER_INLINE __attribute__((noinline, noclone))
#endif

/// A function of which each caller has a copy, made for its arguments.
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/// Where a function begins in its cache lines decides over tenths of what a pair of switches takes.
#define OWN_LINES __attribute__((aligned(64)))

/// Bytes that one CPU's writes take from another at once: CPUs fetch cache lines of 64 bytes in pairs.
#define LINE_PAIR 128

#endif
