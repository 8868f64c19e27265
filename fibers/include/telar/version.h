// SPDX-License-Identifier: MIT
/// telar/version.h: the version, defined here once; the build reads it from this file.
#ifndef TELAR_VERSION_H
#define TELAR_VERSION_H

#include "telar/api.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TELAR_VERSION_MAJOR 0
#define TELAR_VERSION_MINOR 2
#define TELAR_VERSION_PATCH 0

/// The version that a program is compiled with, as one number: 1000000 * major + 1000 * minor + patch.
#define TELAR_VERSION (TELAR_VERSION_MAJOR * 1000000 + TELAR_VERSION_MINOR * 1000 + TELAR_VERSION_PATCH)

/// Returns the version of the library that the program runs with, as one number like TELAR_VERSION. While the major
/// version is 0, a program needs a library of the same minor version (both numbers are in a shared library's name).
/// @thread any; @suspends never
TL_API int tl_version(void);

#ifdef __cplusplus
}
#endif

#endif
