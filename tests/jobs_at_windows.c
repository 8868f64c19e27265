// SPDX-License-Identifier: MIT
// Counts allocations and threads for jobs_at.h, by an allocator: the C library's own calls also serve its threads.
#define WIN32_LEAN_AND_MEAN
#include <malloc.h>
#include <process.h>
#include <stdint.h>
#include <windows.h>

#include <tlhelp32.h>

#include "check.h"
#include "jobs_at.h"
#include "jobs_at_counts.h"
#include "telar/hooks.h"

static long resizes;

long jobs_at_resizes(void)
{
    return resizes;
}

static void *allocate(size_t size, size_t alignment, void *unused)
{
    (void)unused;
    return jobs_at_fails(&jobs_at_fail_after) ? NULL : jobs_at_count(_aligned_malloc(size, alignment));
}

static void give_back(void *memory, size_t size, size_t alignment, void *unused)
{
    (void)size, (void)alignment, (void)unused;
    jobs_at_uncount();
    _aligned_free(memory);
}

__attribute__((constructor)) static void use_counting_allocator(void)
{
    static const tl_allocator counting = {.allocate = allocate, .free = give_back};
    tl_set_allocator(&counting);
}

// The linker wraps the pointer by which the library calls the function in the C library's DLL.
typedef uintptr_t beginner(void *security, unsigned size, unsigned(__stdcall *run)(void *), void *arg, unsigned flags,
                           unsigned *id);
extern beginner *__real___imp__beginthreadex;

static uintptr_t begin(void *security, unsigned size, unsigned(__stdcall *run)(void *), void *arg, unsigned flags,
                       unsigned *id)
{
    return jobs_at_fails(&jobs_at_fail_thread_after) ? 0
                                                     : __real___imp__beginthreadex(security, size, run, arg, flags, id);
}

extern beginner *__wrap___imp__beginthreadex;
beginner *__wrap___imp__beginthreadex = begin;

/// Counts the threads of this process.
static int count_threads(void)
{
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 each = {.dwSize = sizeof each};
    int threads = 0;
    for (BOOL more = Thread32First(all, &each); more; more = Thread32Next(all, &each))
        threads += each.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(all);
    return threads;
}

static int threads_at_first;

int jobs_at_threads(void)
{
    if (threads_at_first == 0)
        threads_at_first = count_threads();
    return count_threads() - threads_at_first;
}
