// SPDX-License-Identifier: MIT
/// telar/dump.h: writes what every fiber, script and job of the process is doing.
///
///     tl_dump(NULL);                                          // to stderr, as text
///
///     telar: dump (fibers, jobs, scripts, waiting threads: 1)
///
///     script 2.1 "smelts" [something in a channel "ore", 1.98 s] 408 of 65536 bytes, spawned at smith.c:167
///         smelts() at smith.c:139
///
/// Each fiber is there with its name, its state or what it waits for, how much of its stack is in use, and its calls,
/// innermost first; scripts and jobs also with how long they have waited, and scripts with where they were spawned and
/// by whom. Those with equal calls are together, with the calls once. Calls have names, files and lines if the program
/// links Telar::watchdog, which has libdw for that; else modules and offsets, which addr2line understands. A thread
/// that waits for a counter or a lock itself, not in a job, is listed by the name of the fiber that it runs, without
/// calls.
///
/// Left out are the calls of fibers that run, and of dense ones whose frames are off the stack that they share. (A
/// debugger shows these, too: docs/debugging.md.)
#ifndef TELAR_DUMP_H
#define TELAR_DUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "telar/api.h"
#include "telar/fiber.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Zero in any field picks the default.
typedef struct tl_dump_desc {
    /// An object {"stacks": [{"calls": ["..."]}], "fibers": [{"kind", "name", "state", ..., "stack": index}]}.
    bool json;
    /// List each of those with equal calls; default: the first ten, and how many more there are. JSON has all.
    bool all;
    /// Receives the dump in pieces; default: they go to stderr. It may not suspend the calling fiber
    /// (TL_ERROR_IN_CALLBACK there). Within a dense fiber, `user_data` must not point to a local of that.
    void (*write)(const char *text, size_t size, void *user_data);
    void *user_data;
} tl_dump_desc;

/// Writes a dump. Null stands for all defaults. 100,000 fibers take about half a second.
/// @return
///   - TL_OK
///   - TL_ERROR_OUT_OF_MEMORY: nothing was written
/// @thread any; but meanwhile no other thread may use the program's own fibers and pools, or a world. Jobs may run:
///   those that wait are held while they are looked at. Not in a signal handler; @suspends never
TL_API tl_result tl_dump(const tl_dump_desc *desc);

/// A dump can be asked for at any moment, also by a signal, and is written at the next one that is safe: where the
/// program's loop calls tl_dump_if_asked, between two steps. While a step of a world does not end, the world's
/// watchdog, if it has one (telar/watchdog.h), writes what can be known of that world.
///
///     tl_dump_on_signal(SIGUSR2);             // then: kill -USR2 PID
///
///     while (runs) {
///         tl_dump_if_asked(NULL);
///         frame();
///     }

/// Asks for a dump.
/// @thread any, also in a signal handler; @suspends never
TL_API void tl_dump_ask(void);

/// Writes a dump, as tl_dump does, if one was asked for since the last. Costs a load otherwise. Returns whether it was
/// written; if there was no memory, the next call tries again.
/// @thread as tl_dump; @suspends never
TL_API bool tl_dump_if_asked(const tl_dump_desc *desc);

/// Makes a signal ask for a dump, instead of what it did before; so not that of a watchdog (SIGURG by default).
/// @return TL_OK; TL_ERROR_ARGUMENT (not positive, or that of a fault); TL_ERROR_SYSTEM: no such signal, or it cannot
/// be
///   handled
/// @thread any; @suspends never
TL_API tl_result tl_dump_on_signal(int number);

/// How a program's symbols are found, by tl_dump and by watchdogs; one for the whole process. Several threads may call
/// the functions at once, each with what it has opened.
typedef struct tl_symbolizer {
    void *(*open)(void); ///< called once for a dump; may return null
    void (*close)(void *opened);
    /// Writes a function's name, file and line, or what is known of it, to `text`. `is_return`: the code at the address
    /// is what follows a call.
    void (*describe)(void *opened, const void *address, bool is_return, char *text, size_t size);
} tl_symbolizer;

/// Sets how symbols are found; null: as modules and offsets. The struct is not copied: keep it alive. Telar::watchdog
/// sets its own when the program begins. One without all three functions is misuse (TL_ERROR_NULL).
/// @thread any; @suspends never
TL_API void tl_set_symbolizer(const tl_symbolizer *symbolizer);

/// Calls `look` for the memory of each stack that a crash reporter must include in its dump to show what suspended and
/// waiting fibers do: from the fiber's stack pointer to its control block's end. Of a dense fiber whose frames are off
/// the stack: the copy. Takes no memory and waits for no lock, so that it can be called when the process has crashed;
/// what other threads change meanwhile may be missed. `look` calls nothing of the library's.
/// @return false if the lists were being changed at that moment; nothing was called then
/// @thread any, also in a signal handler; @suspends never
TL_API bool tl_each_stack(void (*look)(const tl_fiber *fiber, const void *low, size_t size, void *user_data),
                          void *user_data);

#ifdef __cplusplus
}
#endif

#endif
