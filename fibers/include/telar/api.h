// SPDX-License-Identifier: MIT
/// telar/api.h: marks what the libraries offer. They are built with hidden symbols, so that a shared library offers
/// that and nothing else.
#ifndef TELAR_API_H
#define TELAR_API_H

#if defined(__GNUC__) && !defined(_WIN32)
#define TL_API __attribute__((visibility("default")))
#else
#define TL_API
#endif

#endif
