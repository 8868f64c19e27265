// SPDX-License-Identifier: MIT
// macOS. Written by its documentation, not run yet.
#include "os/threads.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint32_t tl__cpu_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (uint32_t)count : 1;
}

void tl__thread_own_stack(const void **low, size_t *size)
{
    *size = pthread_get_stacksize_np(pthread_self());
    *low = (const char *)pthread_get_stackaddr_np(pthread_self()) - *size; // it returns the upper end
}

int64_t tl__monotonic_time(void)
{
    return (int64_t)clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
}

typedef struct named_starter {
    void *(*run)(void *);
    void *arg;
    char name[64];
} named_starter;

/// A thread can name only itself there.
static void *run_named(void *made)
{
    named_starter with = *(named_starter *)made;
    free(made);
    pthread_setname_np(with.name);
    return with.run(with.arg);
}

bool tl__thread_start(tl__thread *thread, void *(*run)(void *), void *arg, const char *name, int cpu)
{
    (void)cpu; // threads cannot be pinned there
    named_starter *made = malloc(sizeof *made);
    if (made == NULL)
        return false;
    *made = (named_starter){.run = run, .arg = arg};
    strncpy(made->name, name, sizeof made->name - 1);
    if (pthread_create(thread, NULL, run_named, made) == 0)
        return true;
    free(made);
    return false;
}

void tl__thread_join(tl__thread thread)
{
    pthread_join(thread, NULL);
}

void tl__thread_refuse_cancel(void)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

int tl__thread_system_id(void)
{
    uint64_t id = 0;
    pthread_threadid_np(NULL, &id);
    return (int)id;
}

void tl__semaphore_init(tl__semaphore *semaphore)
{
    semaphore->handle = dispatch_semaphore_create(0);
    if (semaphore->handle == NULL)
        abort(); // no memory
}

void tl__semaphore_destroy(tl__semaphore *semaphore)
{
    dispatch_release(semaphore->handle);
}

void tl__semaphore_post(tl__semaphore *semaphore)
{
    dispatch_semaphore_signal(semaphore->handle);
}

void tl__semaphore_wait(tl__semaphore *semaphore)
{
    dispatch_semaphore_wait(semaphore->handle, DISPATCH_TIME_FOREVER);
}

bool tl__semaphore_wait_until(tl__semaphore *semaphore, int64_t end)
{
    int64_t left = end - tl__monotonic_time();
    return dispatch_semaphore_wait(semaphore->handle, dispatch_time(DISPATCH_TIME_NOW, left > 0 ? left : 0)) == 0;
}
