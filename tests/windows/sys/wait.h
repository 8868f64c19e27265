// SPDX-License-Identifier: MIT
/// What the tests use of <sys/wait.h>, for the statuses that child.h makes up on Windows.
#ifndef TELAR_TESTS_WAIT_H
#define TELAR_TESTS_WAIT_H

#define WIFEXITED(status) ((unsigned)(status) < 256)
#define WEXITSTATUS(status) (status)
#define WIFSIGNALED(status) (!WIFEXITED(status))

#endif
