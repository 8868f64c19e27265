// SPDX-License-Identifier: MIT
// Counts allocations and threads for jobs_at.h, by the C library's calls, which the linker wraps (TelarTest.cmake).
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "jobs_at.h"
#include "jobs_at_counts.h"

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return jobs_at_fails(&jobs_at_fail_after) ? NULL : jobs_at_count(__real_malloc(size));
}

void *__real_calloc(size_t number, size_t size);
void *__wrap_calloc(size_t number, size_t size)
{
    return jobs_at_fails(&jobs_at_fail_after) ? NULL : jobs_at_count(__real_calloc(number, size));
}

static long resizes;

long jobs_at_resizes(void)
{
    return resizes;
}

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    if (jobs_at_fails(&jobs_at_fail_after))
        return NULL;
    ++resizes;
    void *made = __real_realloc(memory, size);
    return memory == NULL ? jobs_at_count(made) : made;
}

void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return jobs_at_fails(&jobs_at_fail_after) ? NULL : jobs_at_count(__real_aligned_alloc(align, size));
}

void __real_free(void *memory);
void __wrap_free(void *memory)
{
    if (memory != NULL)
        jobs_at_uncount();
    __real_free(memory);
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    return jobs_at_fails(&jobs_at_fail_thread_after) ? 11 : __real_pthread_create(thread, attributes, run, arg);
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    int threads = -2; // "." and ".."
    while (readdir(tasks) != NULL)
        ++threads;
    closedir(tasks);
    return threads;
}

static void *note_itself(void *thread)
{
    *(pid_t *)thread = gettid();
    return NULL;
}

static int threads_at_first;

int jobs_at_threads(void)
{
    if (threads_at_first == 0) { // with the first thread, sanitizers start threads of their own
        pthread_t first;
        pid_t number;
        CHECK_INT(0, __real_pthread_create(&first, NULL, note_itself, &number));
        pthread_join(first, NULL);
        // The joined thread may still be listed for a moment, and must not be counted among those that stay.
        char path[64];
        snprintf(path, sizeof path, "/proc/self/task/%d", (int)number);
        while (access(path, F_OK) == 0)
            sched_yield();
        threads_at_first = count_threads();
    }
    return count_threads() - threads_at_first;
}
