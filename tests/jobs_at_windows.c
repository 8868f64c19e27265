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
#include "telar/hooks.h"

long jobs_at_fail_after = -1, jobs_at_fail_thread_after = -1;

static long allocations;

static bool fails(long *after)
{
    long left = __atomic_load_n(after, __ATOMIC_RELAXED);
    if (left < 0)
        return false;
    if (left == 0)
        return true;
    __atomic_store_n(after, left - 1, __ATOMIC_RELAXED);
    return false;
}

static void *count(void *made)
{
    if (made != NULL)
        __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return made;
}

static long resizes;

long jobs_at_resizes(void)
{
    return resizes;
}

static void *allocate(size_t size, size_t alignment, void *unused)
{
    (void)unused;
    return fails(&jobs_at_fail_after) ? NULL : count(_aligned_malloc(size, alignment));
}

static void give_back(void *memory, size_t size, size_t alignment, void *unused)
{
    (void)size, (void)alignment, (void)unused;
    __atomic_sub_fetch(&allocations, 1, __ATOMIC_RELAXED);
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
    return fails(&jobs_at_fail_thread_after) ? 0 : __real___imp__beginthreadex(security, size, run, arg, flags, id);
}

extern beginner *__wrap___imp__beginthreadex;
beginner *__wrap___imp__beginthreadex = begin;

long jobs_at_allocations(void)
{
    return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

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
