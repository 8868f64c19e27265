// SPDX-License-Identifier: MIT
/// Runs part of a test in a child process, for cases that end the process.
#ifndef TELAR_CHILD_H
#define TELAR_CHILD_H

#ifdef _WIN32
#include "child_windows.h"
#else
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/// Runs `body` in a child process. Returns the child's wait status, and in `output` the first bytes that it wrote to
/// stderr, up to `size` - 1.
static inline int in_child(void (*body)(void), char *output, size_t size)
{
    int ends[2];
    CHECK_INT(0, pipe(ends));
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        alarm(120); // a child that hangs would outlive the test
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got = 1; got > 0; length += (size_t)got) {
        got = read(ends[0], output + length, length < size - 1 ? size - 1 - length : 0);
        if (got < 0)
            break;
    }
    output[length] = '\0';
    char rest[4096];
    while (read(ends[0], rest, sizeof rest) > 0) // a sanitizer's report may be longer than `output`
        continue;
    int status = 0;
    CHECK_INT(child, waitpid(child, &status, 0));
    close(ends[0]);
    return status;
}

/// Whether a child's status is that of a process that called abort.
static inline bool ended_by_abort(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif

#endif
