// SPDX-License-Identifier: MIT
/// telar/api.h: TL_API, which marks the symbols that a shared library exports. The libraries are built with hidden
/// symbols, so all others stay private.
#ifndef TELAR_API_H
#define TELAR_API_H

#if defined(__GNUC__) && !defined(_WIN32)
#define TL_API __attribute__((visibility("default")))
#define TL__HIDDEN __attribute__((visibility("hidden")))
#else
#define TL_API
#define TL__HIDDEN
#endif

/// Marks a function whose argument number `format_at` is a format as printf's, with its values from number `first` on.
/// (mingw's compilers would check it against the formats of an older C library.)
#if defined(__MINGW32__) && !defined(__clang__)
#define TL__PRINTF(format_at, first) __attribute__((format(gnu_printf, format_at, first)))
#else
#define TL__PRINTF(format_at, first) __attribute__((format(printf, format_at, first)))
#endif

#endif
