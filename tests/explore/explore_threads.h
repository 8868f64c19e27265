// SPDX-License-Identifier: MIT
/// The threads of fibers/src/os/threads.h, simulated on a single thread (explore.h).
#ifndef TELAR_EXPLORE_THREADS_H
#define TELAR_EXPLORE_THREADS_H

#include "explore.h"

typedef int tl__thread;
typedef explore_semaphore tl__semaphore;

static inline bool tl__thread_start(tl__thread *thread, void *(*run)(void *), void *arg, const char *name, int cpu)
{
    (void)name, (void)cpu;
    *thread = explore_start(run, arg);
    return true;
}

/// The system knows none of these threads.
static inline int tl__thread_system_id(void)
{
    return 0;
}

static inline void tl__thread_refuse_cancel(void)
{
}

static inline void tl__thread_join(tl__thread thread)
{
    explore_join(thread);
}

static inline void tl__semaphore_init(tl__semaphore *semaphore)
{
    *semaphore = (explore_semaphore){0};
}

static inline void tl__semaphore_destroy(tl__semaphore *semaphore)
{
    (void)semaphore;
}

static inline void tl__semaphore_post(tl__semaphore *semaphore)
{
    explore_post(semaphore);
}

static inline void tl__semaphore_wait(tl__semaphore *semaphore)
{
    explore_wait(semaphore);
}

static inline bool tl__semaphore_wait_until(tl__semaphore *semaphore, int64_t end)
{
    return explore_wait_until(semaphore, end);
}

#endif
