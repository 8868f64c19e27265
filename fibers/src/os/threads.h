// SPDX-License-Identifier: MIT
/// The operating system's threads and semaphores. The interleaving test replaces them by its own (TELAR_EXPLORE).
#ifndef TELAR_OS_THREADS_H
#define TELAR_OS_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Registers a function to be called when the calling thread ends; it replaces the function that was registered before.
/// Returns false if the system refuses.
bool tl__thread_at_end(void (*function)(void));

/// Returns the number of CPUs that this process may use.
uint32_t tl__cpu_count(void);

/// Registers a function to be called in each child of fork, on the thread that forked. Only the first call's function
/// is registered. Returns false if the system refuses.
bool tl__at_fork(void (*in_child)(void));

/// Finds the stack that the system allocated for the calling thread; null and 0 if the system does not report it.
void tl__thread_own_stack(const void **low, size_t *size);

/// Returns the time in nanoseconds, by a clock that never goes back.
int64_t tl__monotonic_time(void);

#ifdef TELAR_EXPLORE
#include "explore_threads.h"
#else

#include "telar/api.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

typedef pthread_t tl__thread;
typedef sem_t tl__semaphore;

/// Returns the system's number for the calling thread, by which a signal can be sent to it. Never 0.
TL_API int tl__thread_system_id(void);

/// Starts a thread.
/// @param cpu  the CPU to pin the thread to, as an index into the CPUs that the process may use, modulo their number;
/// negative: none
/// @return false if the system refuses another thread
static inline bool tl__thread_start(tl__thread *thread, void *(*run)(void *), void *arg, const char *name, int cpu)
{
    if (pthread_create(thread, NULL, run, arg) != 0)
        return false;
#ifdef __linux__
    cpu_set_t set;
    if (cpu >= 0 && sched_getaffinity(0, sizeof set, &set) == 0) {
        cpu %= CPU_COUNT(&set);
        for (size_t i = 0; i < CPU_SETSIZE; ++i)
            if (CPU_ISSET(i, &set) && cpu-- != 0)
                CPU_CLR(i, &set);
        pthread_setaffinity_np(*thread, sizeof set, &set); // if refused, it runs unpinned
    }
#else
    (void)cpu;
#endif
#ifdef __linux__
    pthread_setname_np(*thread, name); // fails for names of 16 letters or more, which does not matter
#else
    (void)name;
#endif
    return true;
}

/// Disables pthread_cancel for the calling thread from here on.
static inline void tl__thread_refuse_cancel(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

static inline void tl__thread_join(tl__thread thread)
{
    pthread_join(thread, NULL);
}

static inline void tl__semaphore_init(tl__semaphore *semaphore)
{
    sem_init(semaphore, 0, 0);
}

static inline void tl__semaphore_destroy(tl__semaphore *semaphore)
{
    sem_destroy(semaphore);
}

static inline void tl__semaphore_post(tl__semaphore *semaphore)
{
    sem_post(semaphore);
}

static inline void tl__semaphore_wait(tl__semaphore *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR)
        ;
}

/// Waits for a post, but no longer than until `end`.
/// @param end  a time as tl__monotonic_time returns it
/// @return false if that time passed first
bool tl__semaphore_wait_until(tl__semaphore *semaphore, int64_t end);

#endif

#endif
