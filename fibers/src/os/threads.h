// SPDX-License-Identifier: MIT
/// The operating system's threads and semaphores. The interleaving test replaces them by its own (TELAR_EXPLORE).
#ifndef TELAR_OS_THREADS_H
#define TELAR_OS_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/api.h"

/// Registers a function to be called when the calling thread ends; it replaces the function that was registered before.
/// Returns false if the system refuses.
bool tl__thread_at_end(void (*function)(void));

/// Ends the process from a function that is called when a thread ends: as abort does; on Windows without the handlers
/// and filters that a crash goes to.
_Noreturn void tl__thread_end_process(void);

/// Returns the number of CPUs that this process may use.
uint32_t tl__cpu_count(void);

/// Functions to be called around each fork, on the thread that forks; the first two may be null.
typedef struct tl__fork_hooks {
    void (*before)(void), (*in_parent)(void), (*in_child)(void);
    bool registered; ///< or another thread is about to
} tl__fork_hooks;

/// Registers functions, unless they are registered. Takes no lock, which another thread could hold at a fork. Returns
/// false if the system refuses.
TL_API bool tl__at_fork(tl__fork_hooks *hooks);

/// Finds the stack that the system allocated for the calling thread; null and 0 if the system does not report it.
void tl__thread_own_stack(const void **low, size_t *size);

/// Returns the time in nanoseconds, by a clock that never goes back.
TL_API int64_t tl__monotonic_time(void);

/// Lets other threads run on this CPU first.
TL_API void tl__thread_yield(void);

#ifdef TELAR_EXPLORE
#include "explore_threads.h"
#else

#if defined(_WIN32)
#include "os/threads_windows.h"
#elif defined(__APPLE__)
#include "os/threads_darwin.h"
#else
#include "os/threads_linux.h"
#endif

/// Returns the system's number for the calling thread; on Linux a signal can be sent to it by that, and it is never 0.
TL_API int tl__thread_system_id(void);

/// Starts a thread.
/// @param cpu  the CPU to pin the thread to, as an index into the CPUs that the process may use, modulo their number;
/// negative: none
/// @return false if the system refuses another thread
bool tl__thread_start(tl__thread *thread, void *(*run)(void *), void *arg, const char *name, int cpu);
void tl__thread_join(tl__thread thread);

/// Disables pthread_cancel for the calling thread from here on.
void tl__thread_refuse_cancel(void);

void tl__semaphore_init(tl__semaphore *semaphore);
void tl__semaphore_destroy(tl__semaphore *semaphore);
void tl__semaphore_post(tl__semaphore *semaphore);
void tl__semaphore_wait(tl__semaphore *semaphore);

/// Waits for a post, but no longer than until `end`.
/// @param end  a time as tl__monotonic_time returns it
/// @return false if that time passed first
bool tl__semaphore_wait_until(tl__semaphore *semaphore, int64_t end);

#endif

#endif
