// SPDX-License-Identifier: MIT
/// The calls that a fault interrupted, for the handler of that fault. Nothing here waits for a lock or allocates.
#ifndef TELAR_OS_FAULT_CALLS_H
#define TELAR_OS_FAULT_CALLS_H

#include <stddef.h>
#include <stdint.h>

/// A place in the code, and how many calls in a row were made from it.
typedef struct tl__fault_call {
    uintptr_t address;
    size_t times;
} tl__fault_call;

/// Finds the calls on the interrupted stack, innermost first, and returns how many places there are, up to `most`; 0
/// where the system offers no way.
/// @param low, high  the bounds of that stack, its guard included; the handler runs on another one
size_t tl__fault_calls(const void *low, const void *high, tl__fault_call *calls, size_t most);

/// Returns the name of the file that an address of code belongs to, and sets *offset to where it is in it; null if that
/// cannot be found out in a signal handler.
const char *tl__fault_module(uintptr_t address, size_t *offset);

#endif
