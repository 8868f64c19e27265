// SPDX-License-Identifier: MIT
#include "fault_handlers.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void exit_with_3(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    _exit(3);
}

static void exit_with_4(int number)
{
    (void)number;
    _exit(4);
}

void exit_with_3_at_fault(void)
{
    sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = exit_with_3, .sa_flags = SA_SIGINFO | SA_ONSTACK}, NULL);
}

void exit_with_4_at_fault(void)
{
    sigaction(SIGSEGV, &(struct sigaction){.sa_handler = exit_with_4, .sa_flags = SA_ONSTACK}, NULL);
}

void raise_fault(void)
{
    raise(SIGSEGV);
}

bool ended_by_overflow(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}
