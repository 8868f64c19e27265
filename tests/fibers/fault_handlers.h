// SPDX-License-Identifier: MIT
/// What tests of the report of overflows use of a system's faults: handlers that are there before the library's, and
/// how a fault ends a process.
#ifndef TELAR_FAULT_HANDLERS_H
#define TELAR_FAULT_HANDLERS_H

#include <stdbool.h>

/// Sets a handler that ends the process with 3: of SIGSEGV, with SA_SIGINFO; on Windows a vectored one.
void exit_with_3_at_fault(void);
/// Sets a handler of the system's other kind, which ends the process with 4: a plain one; on Windows the filter for
/// exceptions that nothing handles.
void exit_with_4_at_fault(void);

/// Raises a fault that has no address.
void raise_fault(void);

/// Whether a child's status (child.h) is that of a process that a stack overflow ended.
bool ended_by_overflow(int status);

#endif
