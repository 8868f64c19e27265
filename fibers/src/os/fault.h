// SPDX-License-Identifier: MIT
/// Faults of memory in this process, and the handlers that were there before for them.
#ifndef TELAR_OS_FAULT_H
#define TELAR_OS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/// Has each fault reported in its signal handler, which runs on the thread's alternate stack where it has one, before
/// it calls the handler that was there before. The first call decides for good. False: the system refuses.
/// @param report  gets the address that was touched, and the handler's third argument; async-signal-safe
bool tl__fault_watch(void (*report)(const char *address, const void *context));

/// In such a handler: writes to stderr.
void tl__fault_print(const char *text, size_t size);

#endif
