// SPDX-License-Identifier: MIT
/// What the tests use of <execinfo.h>, on Windows' calls.
#ifndef TELAR_TESTS_EXECINFO_H
#define TELAR_TESTS_EXECINFO_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

static inline int backtrace(void **frames, int size)
{
    return RtlCaptureStackBackTrace(0, (DWORD)size, frames, NULL);
}

#endif
