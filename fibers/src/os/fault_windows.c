// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include "os/fault.h"

#include <windows.h>

static void (*fault_reporter)(const tl__fault *fault);
static void *handler;
static SRWLOCK lock = SRWLOCK_INIT;

/// Called before all handlers of frames, on the stack that faulted.
static LONG CALLBACK on_exception(EXCEPTION_POINTERS *exception)
{
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    if (record->ExceptionCode == EXCEPTION_STACK_OVERFLOW || record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION) {
        // The second parameter is the address; there may be none if the exception itself found no room on the stack.
        const char *address = record->NumberParameters >= 2 ? (const char *)record->ExceptionInformation[1]
                                                            : (const char *)exception->ContextRecord->Rsp;
        fault_reporter(&(tl__fault){.kind = "access violation",
                                    .address = address,
                                    .context = exception->ContextRecord,
                                    .is_memory = true}); // whether it is fatal is not known yet
    }
    return EXCEPTION_CONTINUE_SEARCH; // to the handlers that were there before
}

bool tl__fault_watch(void (*report)(const tl__fault *fault))
{
    AcquireSRWLockExclusive(&lock);
    if (handler == NULL) {
        fault_reporter = report;
        handler = AddVectoredExceptionHandler(1, on_exception);
    }
    bool done = handler != NULL;
    ReleaseSRWLockExclusive(&lock);
    return done;
}

void tl__fault_print(const char *text, size_t size)
{
    DWORD written;
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), text, (DWORD)size, &written, NULL);
}
