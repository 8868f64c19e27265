// SPDX-License-Identifier: MIT
/// Memory faults in this process, and the handlers that were installed for them before ours.
#ifndef TELAR_OS_FAULT_H
#define TELAR_OS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/// Installs signal handlers that call `report` for each memory fault, and then the handler that was installed before.
/// They run on the thread's alternate signal stack, if it has one. Later calls do not change `report`. Returns false if
/// the system refuses.
/// @param report  receives the faulting address and the signal handler's third argument; must be async-signal-safe
bool tl__fault_watch(void (*report)(const char *address, const void *context));

/// Writes to stderr. Async-signal-safe.
void tl__fault_print(const char *text, size_t size);

#endif
