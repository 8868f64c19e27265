// SPDX-License-Identifier: MIT
/// The types of threads.h on Linux and Android.
#ifndef TELAR_OS_THREADS_LINUX_H
#define TELAR_OS_THREADS_LINUX_H

#include <pthread.h>
#include <semaphore.h>

typedef pthread_t tl__thread;
typedef sem_t tl__semaphore;

#endif
