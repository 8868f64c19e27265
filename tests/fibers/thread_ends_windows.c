// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "check.h"
#include "thread_ends.h"

/// What the latest thread runs, and what it ended with: its exit code is too small for a pointer.
typedef struct running_thread {
    void *(*run)(void *);
    void *argument, *result;
} running_thread;

static running_thread latest;

static DWORD WINAPI run_latest(void *unused)
{
    (void)unused;
    latest.result = latest.run(latest.argument);
    return 0;
}

void *on_thread(void *(*run)(void *), void *argument)
{
    latest = (running_thread){run, argument, NULL};
    HANDLE thread = CreateThread(NULL, 0, run_latest, NULL, 0, NULL);
    CHECK(thread != NULL);
    CHECK_INT(WAIT_OBJECT_0, WaitForSingleObject(thread, INFINITE));
    CloseHandle(thread);
    return latest.result;
}

_Noreturn void end_thread(void *result)
{
    latest.result = result;
    ExitThread(0);
}
