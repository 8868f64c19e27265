// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include "os/thread_slot.h"
#include "os/threads.h"

#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/// What a thread's slot holds, before what the slot points to.
typedef struct slot_header {
    void (*at_end)(void);
    void *unused; // so that what follows is aligned for any type
} slot_header;

uintptr_t tl__thread_slot_index;
static DWORD end_index = FLS_OUT_OF_INDEXES;
static BOOLEAN(NTAPI *process_is_ending)(void); ///< null if ntdll has no such function

/// Runs when a thread ends. (Windows also calls it when a fiber of its own kind is deleted, of which we make none.)
static void NTAPI end_slot(void *memory)
{
    slot_header *header = memory;
    if (process_is_ending != NULL && process_is_ending())
        return; // called for the thread that ended the process, which may have done so inside a fiber
    if (header->at_end != NULL)
        header->at_end();
    TlsSetValue((DWORD)tl__thread_slot_index, NULL);
    free(header);
}

/// Runs before the program's own constructors, which may use the library. Only the first 64 slots are in the thread's
/// environment block, where tl__thread_slot looks.
__attribute__((constructor(101))) static void make_slot(void)
{
    DWORD index = TlsAlloc();
    end_index = FlsAlloc(end_slot);
    if (index >= TLS_MINIMUM_AVAILABLE || end_index == FLS_OUT_OF_INDEXES) {
        fputs("telar: the process has used up its first 64 thread-local slots (TlsAlloc)\n", stderr);
        abort();
    }
    tl__thread_slot_index = index;
    FARPROC found = GetProcAddress(GetModuleHandleA("ntdll"), "RtlDllShutdownInProgress");
    process_is_ending = (BOOLEAN(NTAPI *)(void))(void (*)(void))found;
}

void *tl__thread_slot_fill(const void *initial, size_t size)
{
    slot_header *header = malloc(sizeof *header + size);
    if (header == NULL || !FlsSetValue(end_index, header))
        abort();
    *header = (slot_header){0};
    memcpy(header + 1, initial, size);
    TlsSetValue((DWORD)tl__thread_slot_index, header + 1);
    return header + 1;
}

bool tl__thread_at_end(void (*function)(void))
{
    slot_header *header = tl__thread_slot();
    if (header == NULL)
        return false;
    header[-1].at_end = function;
    return true;
}

_Noreturn void tl__thread_end_process(void)
{
    // Not abort: it waits for the loader's lock, whose owner may wait for the lock that the system holds while it calls
    // the functions at a thread's end.
    RaiseFailFastException(NULL, NULL, 0);
    TerminateProcess(GetCurrentProcess(), (UINT)STATUS_FATAL_APP_EXIT);
    __builtin_unreachable();
}

/// Returns the mask of the CPUs that this process may use, of one group of at most 64.
static DWORD_PTR cpu_mask(void)
{
    DWORD_PTR process = 0, system = 0;
    return GetProcessAffinityMask(GetCurrentProcess(), &process, &system) ? process : 0;
}

uint32_t tl__cpu_count(void)
{
    // A process whose threads are in several groups has an affinity mask of 0 there: then count all CPUs.
    uint32_t count = (uint32_t)__builtin_popcountll(cpu_mask());
    if (count == 0)
        count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return count > 0 ? count : 1;
}

bool tl__at_fork(tl__fork_hooks *hooks)
{
    (void)hooks; // there is no fork
    return true;
}

void tl__thread_own_stack(const void **low, size_t *size)
{
    ULONG_PTR lowest = 0, end = 0;
    GetCurrentThreadStackLimits(&lowest, &end);
    *low = (const void *)lowest;
    *size = (size_t)(end - lowest);
}

int64_t tl__monotonic_time(void)
{
    enum { SECOND = 1000000000 };
    LARGE_INTEGER frequency, now;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    int64_t seconds = now.QuadPart / frequency.QuadPart, rest = now.QuadPart % frequency.QuadPart;
    return seconds * SECOND + rest * SECOND / frequency.QuadPart;
}

void tl__thread_yield(void)
{
    SwitchToThread();
}

int tl__thread_system_id(void)
{
    return (int)GetCurrentThreadId();
}

typedef struct starter {
    void *(*run)(void *);
    void *arg;
} starter;

static unsigned __stdcall run_starter(void *made)
{
    starter with = *(starter *)made;
    free(made);
    with.run(with.arg);
    return 0;
}

/// Names a thread for debuggers, on Windows 10 and later.
static void set_name(HANDLE thread, const char *name)
{
    typedef HRESULT WINAPI setter(HANDLE, PCWSTR);
    FARPROC found = GetProcAddress(GetModuleHandleA("kernel32"), "SetThreadDescription");
    wchar_t wide[64];
    if (found != NULL && MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, sizeof wide / sizeof *wide) > 0)
        ((setter *)(void (*)(void))found)(thread, wide);
}

static void pin(HANDLE thread, int cpu)
{
    DWORD_PTR mask = cpu_mask();
    int count = __builtin_popcountll(mask);
    if (cpu < 0 || count == 0)
        return;
    for (cpu %= count; cpu > 0; --cpu)
        mask &= mask - 1;
    SetThreadAffinityMask(thread, mask & (~mask + 1)); // if refused, it runs unpinned
}

bool tl__thread_start(tl__thread *thread, void *(*run)(void *), void *arg, const char *name, int cpu)
{
    starter *made = malloc(sizeof *made);
    if (made == NULL)
        return false;
    *made = (starter){run, arg};
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, run_starter, made, 0, NULL);
    if (thread->handle == NULL) {
        free(made);
        return false;
    }
    set_name(thread->handle, name);
    pin(thread->handle, cpu);
    return true;
}

void tl__thread_join(tl__thread thread)
{
    WaitForSingleObject(thread.handle, INFINITE);
    CloseHandle(thread.handle);
}

void tl__thread_refuse_cancel(void)
{
}

void tl__semaphore_init(tl__semaphore *semaphore)
{
    semaphore->handle = CreateSemaphoreW(NULL, 0, INT32_MAX, NULL);
    if (semaphore->handle == NULL)
        abort(); // no memory for a kernel object; POSIX semaphores need none
}

void tl__semaphore_destroy(tl__semaphore *semaphore)
{
    CloseHandle(semaphore->handle);
}

void tl__semaphore_post(tl__semaphore *semaphore)
{
    ReleaseSemaphore(semaphore->handle, 1, NULL);
}

void tl__semaphore_wait(tl__semaphore *semaphore)
{
    WaitForSingleObject(semaphore->handle, INFINITE);
}

bool tl__semaphore_wait_until(tl__semaphore *semaphore, int64_t end)
{
    enum { MILLISECOND = 1000000, MOST = 1000000 };
    for (int64_t left; (left = end - tl__monotonic_time()) > 0;) {
        int64_t milliseconds = (left + MILLISECOND - 1) / MILLISECOND;
        if (WaitForSingleObject(semaphore->handle, milliseconds < MOST ? (DWORD)milliseconds : MOST) == WAIT_OBJECT_0)
            return true;
    }
    return WaitForSingleObject(semaphore->handle, 0) == WAIT_OBJECT_0;
}
