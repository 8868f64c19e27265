// SPDX-License-Identifier: MIT
/// telar/hooks.h: where an engine plugs into the libraries: an allocator, functions that the libraries' threads call
/// first and last, and a query for profilers.
///
///     static const tl_allocator heap = {.allocate = heap_allocate, .free = heap_free};
///     static const tl_thread_hooks hooks = {.begin = name_thread_in_profiler};
///
///     tl_set_allocator(&heap);            // before anything else
///     tl_set_thread_hooks(&hooks);
///
///     tl_running now = tl_running_here(); // in a profiler's zone, an allocator, a crash handler
///     printf("%s %s\n", now.name, now.function);
///
/// Other hooks: telar/log.h (reports), telar/misuse.h (misuse), telar/overflow.h (stack overflows).
#ifndef TELAR_HOOKS_H
#define TELAR_HOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "telar/api.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The allocator of all libraries. Some memory always comes from the system: stacks, which are pages with guards; two
/// small tables that outlive all worlds; and what traces are recorded in, with their names (telar/trace.h).
typedef struct tl_allocator {
    /// @param size       bytes, more than 0
    /// @param alignment  a power of two, 16 or more
    /// @return memory with any content; null makes the call that needed it return TL_ERROR_OUT_OF_MEMORY
    /// @thread any, also several at once; it may run inside a fiber, and must not suspend it
    void *(*allocate)(size_t size, size_t alignment, void *user_data);

    /// Frees `memory`, which is not null; `allocate` returned it for the same `size` and `alignment`.
    /// @thread as allocate
    void (*free)(void *memory, size_t size, size_t alignment, void *user_data);

    void *user_data;
} tl_allocator;

/// Sets the allocator of all libraries for the whole process. It is not copied, so keep it alive. Null restores the C
/// library's malloc.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL: a function is missing
///   - TL_ERROR_BUSY: memory from the current allocator is in use; first destroy all pools, fibers, job systems and
///     worlds
/// @thread one, while no other uses the library; @suspends never
TL_API tl_result tl_set_allocator(const tl_allocator *allocator);

/// Functions that each thread started by the libraries calls: workers of job systems, the threads that watch the limits
/// of their waits, and watchdogs. Either may be null.
typedef struct tl_thread_hooks {
    /// Called by a new thread before anything else.
    /// @param name  "telar worker", a dedicated worker's name, "telar timeouts" or "telar watchdog"; not to be kept
    void (*begin)(const char *name, void *user_data);

    /// Called by the thread after everything else, from the same tl_thread_hooks as its `begin`.
    void (*end)(const char *name, void *user_data);

    void *user_data;
} tl_thread_hooks;

/// Sets the thread hooks of the whole process and returns the previous ones; null means no hooks. The struct is not
/// copied: keep it alive until every thread of the libraries that started with it has ended. Threads that already run
/// keep the hooks that they started with.
/// @thread any; @suspends never
TL_API const tl_thread_hooks *tl_set_thread_hooks(const tl_thread_hooks *hooks);

typedef enum tl_running_kind {
    TL_RUNNING_NOTHING, ///< no fiber: the thread is on its own stack
    TL_RUNNING_FIBER,
    TL_RUNNING_JOB,
    TL_RUNNING_SCRIPT,
} tl_running_kind;

/// The script, job or fiber that runs on a thread. The strings are valid as long as it runs. The name of an entry
/// function that was filled in by hand without one is "(unnamed)".
typedef struct tl_running {
    tl_running_kind kind;
    const char *name;     ///< the name given when it was made, else its function's; null only for TL_RUNNING_NOTHING
    const char *function; ///< the entry function's name
    const char *file;     ///< where a script was spawned, else where the entry function is defined; null when unknown
    int line;
    uint32_t entity; ///< the index1 of the entity that owns a script; 0 for none
    uint64_t id;     ///< distinguishes a script or fiber from all others that exist at the same time; 0 for a job
} tl_running;

/// Returns what runs on the calling thread: the script if there is one, else the job, else the fiber, since scripts and
/// jobs run on fibers, too. Zeros outside any fiber.
/// @thread any, also in a signal handler that interrupts a fiber; @suspends never
TL_API tl_running tl_running_here(void);

#ifdef __cplusplus
}
#endif

#endif
