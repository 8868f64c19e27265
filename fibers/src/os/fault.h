// SPDX-License-Identifier: MIT
/// Faults in this process, and the handlers that were installed for them before ours.
#ifndef TELAR_OS_FAULT_H
#define TELAR_OS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tl__fault {
    const char *kind;    ///< in words
    const char *address; ///< that could not be accessed; for a fault of another kind, of the instruction
    const void *context; ///< the signal handler's third argument
    bool is_memory;      ///< an access was refused
    bool is_fatal;       ///< there is no other handler: the process ends
} tl__fault;

/// Installs signal handlers that call `report` for each fault, and then the handler that was installed before. They run
/// on the thread's alternate signal stack, if it has one. Later calls do not change `report`. Returns false if the
/// system refuses.
/// @param report  must be async-signal-safe
bool tl__fault_watch(void (*report)(const tl__fault *fault));

/// Writes to stderr. Async-signal-safe.
void tl__fault_print(const char *text, size_t size);

#endif
