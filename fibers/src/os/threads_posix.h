// SPDX-License-Identifier: MIT
/// The types of threads.h on systems with POSIX threads.
#ifndef TELAR_OS_THREADS_POSIX_H
#define TELAR_OS_THREADS_POSIX_H

#include <pthread.h>
#include <semaphore.h>

typedef pthread_t tl__thread;
typedef sem_t tl__semaphore;

#endif
