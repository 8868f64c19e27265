// The report of a stack overflow. All that runs in the handler is async-signal-safe: no locks, no memory, no stdio.
#include "telar/overflow.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "fiber/overflow.h"
#include "fiber/pool.h"
#include "os/signal_chain.h"
#include "os/signal_stack.h"

static const int watched[] = {SIGSEGV, SIGBUS};
static struct sigaction previous[2];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool installed;

typedef struct report {
    char text[1024];
    size_t length;
} report;

static void put(report *out, const char *text)
{
    while (*text != '\0' && out->length < sizeof out->text)
        out->text[out->length++] = *text++;
}

static void put_number(report *out, uintptr_t number, unsigned base)
{
    char digits[24], *digit = digits + sizeof digits - 1;
    *digit = '\0';
    do {
        *--digit = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    put(out, digit);
}

static void put_fiber(report *out, const tl_fiber *fiber)
{
    put(out, "\"");
    put(out, tl_fiber_name(fiber));
    put(out, "\" (entry function ");
    put(out, fiber->entry->name != NULL ? fiber->entry->name : "(unnamed)");
    put(out, ", ");
    put(out, fiber->entry->file != NULL ? fiber->entry->file : "?");
    put(out, ":");
    put_number(out, (uintptr_t)fiber->entry->line, 10);
    put(out, ")");
}

static void write_out(const report *out)
{
    ssize_t written = write(STDERR_FILENO, out->text, out->length);
    (void)written; // nothing better is left to do
}

static void report_overflow(const tl_fiber *fiber, const char *fault)
{
    report out = {.length = 0};
    put(&out, "telar: stack overflow in fiber ");
    put_fiber(&out, fiber);
    put(&out, ":\ntelar: its stack of ");
    put_number(&out, fiber->stack_size, 10);
    put(&out, " bytes is used up; fault at 0x");
    put_number(&out, (uintptr_t)fault, 16);
    put(&out, ", below 0x");
    put_number(&out, (uintptr_t)fiber->stack_low, 16);
    put(&out, "\n");
    write_out(&out);
}

static void report_closed_stack(const tl_pool *pool, const char *fault)
{
    report out = {.length = 0};
    put(&out, "telar: use of a dense fiber's local at 0x");
    put_number(&out, (uintptr_t)fault, 16);
    put(&out, " while none of its pool runs: it is elsewhere now\ntelar: the last fiber there was ");
    if (pool->dense.latest != NULL)
        put_fiber(&out, pool->dense.latest);
    else
        put(&out, "destroyed since");
    put(&out, "\n");
    write_out(&out);
}

static bool in_guard(const tl_fiber *fiber, const char *fault)
{
    size_t guard_size = fiber != NULL && fiber->pool != NULL ? fiber->pool->guard_size : 0;
    return guard_size != 0 && fault < fiber->stack_low && fault >= fiber->stack_low - guard_size;
}

/// Lets the default happen. A fault comes again by itself when the handler returns; a signal that was sent does not.
static void take_default(int number, bool sent)
{
    sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    if (sent)
        raise(number);
}

/// Hands the signal on to the handler that was there before.
static void chain(int number, siginfo_t *info, void *context)
{
    const struct sigaction *before = &previous[number == SIGSEGV ? 0 : 1];
    bool plain = !(before->sa_flags & SA_SIGINFO), sent = info->si_code <= 0;
    if (plain && before->sa_handler == SIG_IGN && sent)
        return;
    if (plain && (before->sa_handler == SIG_DFL || before->sa_handler == SIG_IGN)) {
        take_default(number, sent); // the kernel does not let a program ignore a fault of its own
        return;
    }
    if (before->sa_flags & (int)SA_RESETHAND)
        sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    tl__signal_chain(before, number, info, context);
}

static void report_fault(const char *fault, const void *context)
{
    const tl_fiber *suspects[2];
    tl__fiber_suspects(tl__context_being_saved(context), suspects);
    const tl_pool *closed = TL__DENSE_CLOSES ? tl__dense_closed_at(fault) : NULL;
    // What was just being left comes first: dense fibers have one guard in common.
    if (in_guard(suspects[1], fault))
        report_overflow(suspects[1], fault);
    else if (in_guard(suspects[0], fault))
        report_overflow(suspects[0], fault);
    else if (closed != NULL)
        report_closed_stack(closed, fault);
    if (closed != NULL)
        tl__dense_looked_at();
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    if (info->si_code > 0) // a fault, not sent
        report_fault(info->si_addr, context);
    chain(number, info, context);
}

static void install(void)
{
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    bool done = true;
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; ++i)
        done = sigaction(watched[i], &ours, &previous[i]) == 0 && done;
    atomic_store(&installed, done);
}

tl_result tl_overflow_report_enable(void)
{
    static _Thread_local bool enabled_here; // so that each step of a world in a debug build may call it
    if (enabled_here)
        return TL_OK;
    tl_result given = tl__signal_stack_ensure();
    if (given != TL_OK)
        return given;
    pthread_once(&once, install);
    enabled_here = atomic_load(&installed);
    return enabled_here ? TL_OK : TL_ERROR_SYSTEM;
}

void tl__overflow_report_worker(void)
{
#ifdef NDEBUG
    if (!atomic_load(&installed))
        return;
#endif
    tl__signal_stack_ensure();
}
