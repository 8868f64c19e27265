// SPDX-License-Identifier: MIT
/// in_child (child.h) on Windows, which has no fork: the test's program is started anew, and told by the environment
/// where the body lies in it. So what the test set before is not set there.
#ifndef TELAR_CHILD_WINDOWS_H
#define TELAR_CHILD_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <windows.h>

#include "check.h"

extern const char __ImageBase[];

/// Runs the body that the environment names, in a process that in_child started.
__attribute__((unused)) static void run_in_child(void)
{
    const char *offset = getenv("TELAR_CHILD_BODY");
    CHECK(offset != NULL);
    ((void (*)(void))((uintptr_t)__ImageBase + strtoull(offset, NULL, 10)))();
    fflush(NULL);
    _Exit(0);
}

/// Makes that a test case, as the harness prepares a process for its case.
__attribute__((constructor, unused)) static void register_child(void)
{
    static check_case child = {.name = "in_child", .run = run_in_child};
    if (getenv("TELAR_CHILD_BODY") != NULL)
        check_register(&child);
}

static inline int in_child(void (*body)(void), char *output, size_t size)
{
    char path[1024], line[1100], number[32];
    HANDLE from_child, to_parent;
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    CHECK(CreatePipe(&from_child, &to_parent, &inherited, 0));
    SetHandleInformation(from_child, HANDLE_FLAG_INHERIT, 0);
    snprintf(number, sizeof number, "%llu", (unsigned long long)((uintptr_t)body - (uintptr_t)__ImageBase));
    SetEnvironmentVariableA("TELAR_CHILD_BODY", number);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" in_child", path);
    fflush(NULL);
    STARTUPINFOA start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = GetStdHandle(STD_INPUT_HANDLE),
                          .hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE),
                          .hStdError = to_parent};
    PROCESS_INFORMATION child;
    CHECK(CreateProcessA(path, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child));
    SetEnvironmentVariableA("TELAR_CHILD_BODY", NULL);
    CloseHandle(to_parent);
    size_t length = 0;
    char buffer[4096];
    for (DWORD got; ReadFile(from_child, buffer, sizeof buffer, &got, NULL) && got > 0;)
        for (DWORD i = 0; i < got; ++i)
            if (length + 1 < size && buffer[i] != '\r')
                output[length++] = buffer[i];
    output[length] = '\0';
    WaitForSingleObject(child.hProcess, INFINITE);
    DWORD status = 0;
    GetExitCodeProcess(child.hProcess, &status);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    CloseHandle(from_child);
    return (int)status;
}

/// Whether a child's status is that of a process that called abort, with either of Windows' C libraries, or that the
/// library ended.
static inline bool ended_by_abort(int status)
{
    return (DWORD)status == STATUS_STACK_BUFFER_OVERRUN || status == 3 || (DWORD)status == 0xC0000602;
}

#endif
