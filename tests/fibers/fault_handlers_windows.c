// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include "fault_handlers.h"

#include <windows.h>

static LONG WINAPI exit_with_3(EXCEPTION_POINTERS *exception)
{
    (void)exception;
    TerminateProcess(GetCurrentProcess(), 3); // ExitProcess may need more stack than is left
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG WINAPI exit_with_4(EXCEPTION_POINTERS *exception)
{
    (void)exception;
    TerminateProcess(GetCurrentProcess(), 4);
    return EXCEPTION_CONTINUE_SEARCH;
}

void exit_with_3_at_fault(void)
{
    AddVectoredExceptionHandler(1, exit_with_3);
}

void exit_with_4_at_fault(void)
{
    SetUnhandledExceptionFilter(exit_with_4);
}

void raise_fault(void)
{
    RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
}

bool ended_by_overflow(int status)
{
    return (DWORD)status == EXCEPTION_STACK_OVERFLOW;
}
