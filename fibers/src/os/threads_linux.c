// SPDX-License-Identifier: MIT
#include "os/threads.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint32_t tl__cpu_count(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

void tl__thread_own_stack(const void **low, size_t *size)
{
    pthread_attr_t attributes;
    void *lowest = NULL;
    *size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &lowest, size);
        pthread_attr_destroy(&attributes);
    }
    *low = lowest;
}

#ifndef TELAR_EXPLORE
enum { SECOND = 1000000000 };

static int64_t time_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

int64_t tl__monotonic_time(void)
{
    return time_of(CLOCK_MONOTONIC);
}

bool tl__thread_start(tl__thread *thread, void *(*run)(void *), void *arg, const char *name, int cpu)
{
    if (pthread_create(thread, NULL, run, arg) != 0)
        return false;
#ifndef __ANDROID__ // which has pthread_setaffinity_np only since version 16
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
    pthread_setname_np(*thread, name); // fails for names of 16 letters or more, which does not matter
    return true;
}

void tl__thread_refuse_cancel(void)
{
#ifndef __ANDROID__ // which cannot cancel threads
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
#endif
}

void tl__thread_join(tl__thread thread)
{
    pthread_join(thread, NULL);
}

void tl__semaphore_init(tl__semaphore *semaphore)
{
    sem_init(semaphore, 0, 0);
}

void tl__semaphore_destroy(tl__semaphore *semaphore)
{
    sem_destroy(semaphore);
}

void tl__semaphore_post(tl__semaphore *semaphore)
{
    sem_post(semaphore);
}

void tl__semaphore_wait(tl__semaphore *semaphore)
{
    while (sem_wait(semaphore) != 0 && errno == EINTR)
        ;
}

int tl__thread_system_id(void)
{
    return (int)syscall(SYS_gettid); // the C library has gettid only since version 2.30
}

bool tl__semaphore_wait_until(tl__semaphore *semaphore, int64_t end)
{
    // sem_timedwait takes a time of day. If that clock is set back meanwhile, the wait lasts too long. So wait for at
    // most a second at a time.
    for (int64_t left; (left = end - tl__monotonic_time()) > 0;) {
        int64_t until = time_of(CLOCK_REALTIME) + (left < SECOND ? left : SECOND);
        struct timespec at = {.tv_sec = (time_t)(until / SECOND), .tv_nsec = (long)(until % SECOND)};
        if (sem_timedwait(semaphore, &at) == 0)
            return true;
    }
    return sem_trywait(semaphore) == 0;
}
#endif
