// SPDX-License-Identifier: MIT
#include "os/fault.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "os/signal_chain.h"

enum { WATCHED = 4 };
static const struct {
    int number;
    const char *kind;
    bool is_memory;
} watched[WATCHED] = {{SIGSEGV, "segmentation fault", true},
                      {SIGBUS, "bus error", true},
                      {SIGFPE, "arithmetic fault", false},
                      {SIGILL, "illegal instruction", false}};
static struct sigaction previous[WATCHED];
static void (*fault_reporter)(const tl__fault *fault);
static bool has_handlers;

/// Restores the default action of a signal. A fault recurs when the handler returns, and then takes that action; a
/// signal that was sent does not recur, so it is raised again.
static void take_default(int number, bool sent)
{
    sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    if (sent)
        raise(number);
}

/// Returns the index of a signal in `watched`.
static size_t index_of_signal(int number)
{
    size_t index = 0;
    while (watched[index].number != number)
        ++index;
    return index;
}

/// Whether no handler was installed before ours. (The kernel does not let a program ignore a fault of its own.)
static bool had_no_handler(const struct sigaction *before)
{
    return !(before->sa_flags & SA_SIGINFO) && (before->sa_handler == SIG_DFL || before->sa_handler == SIG_IGN);
}

/// Passes the signal on to the handler that was installed before ours.
static void chain_fault(int number, siginfo_t *info, void *context)
{
    const struct sigaction *before = &previous[index_of_signal(number)];
    bool plain = !(before->sa_flags & SA_SIGINFO), sent = info->si_code <= 0;
    if (plain && before->sa_handler == SIG_IGN && sent)
        return;
    if (had_no_handler(before)) {
        take_default(number, sent);
        return;
    }
    if (before->sa_flags & (int)SA_RESETHAND)
        sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    tl__signal_chain(before, number, info, context);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    size_t index = index_of_signal(number);
    if (info->si_code > 0) // a fault, not a signal that was sent
        fault_reporter(&(tl__fault){.kind = watched[index].kind,
                                    .address = info->si_addr,
                                    .context = context,
                                    .is_memory = watched[index].is_memory,
                                    .is_fatal = had_no_handler(&previous[index])});
    chain_fault(number, info, context);
}

static void install(void)
{
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    has_handlers = true;
    // The previous handler is stored first, for a fault in another thread as soon as ours is installed.
    for (size_t i = 0; i < WATCHED; ++i)
        has_handlers = sigaction(watched[i].number, NULL, &previous[i]) == 0 &&
                       sigaction(watched[i].number, &ours, NULL) == 0 && has_handlers;
}

bool tl__fault_watch(void (*report)(const tl__fault *fault))
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    if (fault_reporter == NULL) {
        fault_reporter = report;
        install();
    }
    bool done = has_handlers;
    pthread_mutex_unlock(&mutex);
    return done;
}

void tl__fault_print(const char *text, size_t size)
{
    ssize_t written = write(STDERR_FILENO, text, size);
    (void)written; // a failed write cannot be reported
}
