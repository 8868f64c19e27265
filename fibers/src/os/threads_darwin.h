// SPDX-License-Identifier: MIT
/// The types of threads.h on macOS, which has no unnamed POSIX semaphores.
#ifndef TELAR_OS_THREADS_DARWIN_H
#define TELAR_OS_THREADS_DARWIN_H

#include <dispatch/dispatch.h>
#include <pthread.h>

typedef pthread_t tl__thread;

typedef struct tl__semaphore {
    dispatch_semaphore_t handle;
} tl__semaphore;

#endif
