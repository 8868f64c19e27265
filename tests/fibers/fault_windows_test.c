// SPDX-License-Identifier: MIT
// The handler of faults on a thread that has not called the library, on Windows.
#define WIN32_LEAN_AND_MEAN
#include "os/thread_slot.h"

#include <windows.h>

#include "check.h"
#include "telar/overflow.h"

static void *closed_page;

static LONG CALLBACK open_the_page(EXCEPTION_POINTERS *exception)
{
    (void)exception;
    DWORD before;
    CHECK(VirtualProtect(closed_page, 1, PAGE_READWRITE, &before));
    return EXCEPTION_CONTINUE_EXECUTION;
}

static DWORD WINAPI write_to_the_page(LPVOID unused)
{
    (void)unused;
    *(volatile int *)closed_page = 1;
    return tl__thread_slot() == NULL;
}

/// The handler must not make the thread's state, as that allocates: the fault may lie in malloc.
TEST(a_fault_on_a_thread_that_is_new_to_the_library_makes_no_state)
{
    CHECK_OK(tl_overflow_report_enable());
    CHECK(AddVectoredExceptionHandler(0, open_the_page) != NULL); // after the library's
    closed_page = VirtualAlloc(NULL, 1, MEM_RESERVE | MEM_COMMIT, PAGE_NOACCESS);
    CHECK(closed_page != NULL);
    HANDLE thread = CreateThread(NULL, 0, write_to_the_page, NULL, 0, NULL);
    CHECK(thread != NULL);
    CHECK_UINT(WAIT_OBJECT_0, WaitForSingleObject(thread, INFINITE));
    DWORD found_none = 0;
    CHECK(GetExitCodeThread(thread, &found_none) && found_none);
    CloseHandle(thread);
}
