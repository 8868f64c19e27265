// SPDX-License-Identifier: MIT
/// The types of threads.h on Windows. (Handles, so that <windows.h> is not included everywhere.)
#ifndef TELAR_OS_THREADS_WINDOWS_H
#define TELAR_OS_THREADS_WINDOWS_H

typedef struct tl__thread {
    void *handle;
} tl__thread;

typedef struct tl__semaphore {
    void *handle;
} tl__semaphore;

#endif
