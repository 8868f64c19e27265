// SPDX-License-Identifier: MIT
/// telar/api.h: TL_API, which marks the symbols that a shared library exports. The libraries are built with hidden
/// symbols, so all others stay private.
#ifndef TELAR_API_H
#define TELAR_API_H

#if defined(__GNUC__) && !defined(_WIN32)
#define TL_API __attribute__((visibility("default")))
#else
#define TL_API
#endif

#endif
