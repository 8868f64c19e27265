// SPDX-License-Identifier: MIT
// The watchdog and signals: its own, the program's, and the alternate stack that they run on.
#include "watched.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "telar/overflow.h"

/// The watchdog's own call of poll: the latest timeout, and how often a signal will interrupt it from now on.
static atomic_int timeout_asked, interruptions_left;

int __real_poll(struct pollfd *files, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *files, nfds_t count, int timeout)
{
    if (count > 0)
        atomic_store(&timeout_asked, timeout);
    if (count == 0 || atomic_load(&interruptions_left) == 0)
        return __real_poll(files, count, timeout);
    atomic_fetch_sub(&interruptions_left, 1);
    errno = EINTR;
    return -1;
}

static atomic_int own_signals;

static void count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&own_signals, 1);
}

TEST(the_signal_is_given_back)
{
    signal(SIGUSR2, count_signal);
    watch((tl_watchdog_desc){.milliseconds = 20, .signal = SIGUSR2});
    raise(SIGUSR2); // not the watchdog's
    CHECK_INT(1, atomic_load(&own_signals));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&reported));
    CHECK_INT(1, atomic_load(&own_signals));
    stop();
    raise(SIGUSR2);
    CHECK_INT(2, atomic_load(&own_signals));
}

static void count_queued_signal(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    bool as_asked = sigismember(&blocked, SIGUSR1) && sigismember(&blocked, SIGUSR2) && !sigismember(&blocked, SIGTERM);
    if (info->si_value.sival_ptr == &own_signals && as_asked)
        atomic_fetch_add(&own_signals, 1);
}

/// Sends this thread a signal, and waits until it is handled: under Valgrind it arrives only after the call has
/// returned.
static void queue_signal_and_let_it_in(void)
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    CHECK_INT(0, pthread_sigmask(SIG_BLOCK, &blocked, &before));
    CHECK_INT(0, pthread_sigqueue(pthread_self(), SIGUSR2, (union sigval){.sival_ptr = &own_signals}));
    sigsuspend(&before); // returns when a handler has run
    CHECK_INT(0, pthread_sigmask(SIG_SETMASK, &before, NULL));
}

TEST(the_programs_own_signals_reach_its_handler)
{
    struct sigaction own = {.sa_sigaction = count_queued_signal, .sa_flags = SA_SIGINFO | (int)SA_RESETHAND};
    sigaddset(&own.sa_mask, SIGUSR1);
    CHECK_INT(0, sigaction(SIGUSR2, &own, NULL));
    watch((tl_watchdog_desc){.milliseconds = 20, .signal = SIGUSR2});
    for (int i = 0; i < 2; ++i) // the handler is for one signal, and then there is none
        queue_signal_and_let_it_in();
    CHECK_INT(1, atomic_load(&own_signals));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&reported)); // the watchdog's own handler is still there
    stop();
}

static bool has_signal_stack(void)
{
    stack_t present;
    CHECK_INT(0, sigaltstack(NULL, &present));
    return !(present.ss_flags & SS_DISABLE);
}

static volatile sig_atomic_t handled_on_signal_stack;

static void look_where_it_runs(int number)
{
    (void)number;
    handled_on_signal_stack = has_signal_stack();
    volatile char frame[16384]; // is written to, so the stack must still be there
    for (size_t i = 0; i < sizeof frame; i += 512)
        frame[i] = 1;
}

static void check_signal_stack(void)
{
    struct sigaction action = {.sa_handler = look_where_it_runs, .sa_flags = SA_ONSTACK};
    CHECK_INT(0, sigaction(SIGUSR1, &action, NULL));
    CHECK(has_signal_stack());
    raise(SIGUSR1);
    CHECK(handled_on_signal_stack);
}

static void *stop_watchdog(void *unused)
{
    tl_watchdog_stop(watchdog);
    return unused;
}

static void on_a_thread(void *(*run)(void *))
{
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, run, NULL));
    CHECK_INT(0, pthread_join(thread, NULL));
}

TEST(the_overflow_report_keeps_its_signal_stack_when_the_watchdog_stops)
{
    make_world(60);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK_OK(tl_overflow_report_enable()); // shares the watchdog's signal stack
    stop();
    check_signal_stack();
}

TEST(a_watchdog_stopped_on_another_thread_frees_no_signal_stack)
{
    make_world(60);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    stack_t present;
    CHECK_INT(0, sigaltstack(NULL, &present));
    on_a_thread(stop_watchdog);
    void *memory = malloc(present.ss_size); // would be the stack's memory, if that was freed
    CHECK(memory != present.ss_sp);
    free(memory);
    check_signal_stack();
    CHECK_OK(tl_world_destroy(world));
}

static bool reported_with_a_signal_stack;

TL_SCRIPT(hangs_on_another_thread, tl_nothing, unused)
{
    spin_until_released();
    reported_with_a_signal_stack = has_signal_stack();
}

static void *step_the_world(void *unused)
{
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL); // a sanitizer may have given it one
    CHECK(!has_signal_stack());
    steps(1);
    return unused;
}

TEST(each_thread_that_steps_the_world_has_a_signal_stack)
{
    if (CHECK_ASAN)
        SKIP("AddressSanitizer unmaps the present alternate stack when a thread ends, which it takes for its own");
    watch((tl_watchdog_desc){.milliseconds = 20});
    for (int thread = 0; thread < 2; ++thread) { // both may have the same pthread_t
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs_on_another_thread, {0}));
        reported_with_a_signal_stack = false;
        on_a_thread(step_the_world);
        CHECK(reported_with_a_signal_stack);
    }
    expect("spin_until_released()"); // seen on the thread that steps
    stop();
}

TEST(limits_up_to_the_longest)
{
    static const struct {
        uint32_t milliseconds;
        int timeout;
    } cases[] = {
        {1, 1}, {4, 1}, {5, 2}, {UINT32_MAX - 3, 1073741823}, {UINT32_MAX - 2, 1073741824}, {UINT32_MAX, 1073741824}};
    tl_watchdog_by_default(false); // the default one would poll, too
    make_world(60);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        atomic_store(&timeout_asked, -1);
        CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = cases[i].milliseconds}, &watchdog));
        while (atomic_load(&timeout_asked) == -1)
            sched_yield();
        tl_watchdog_stop(watchdog);
        CHECK_INT(cases[i].timeout, atomic_load(&timeout_asked));
    }
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_signal_does_not_end_the_watching)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    atomic_store(&interruptions_left, 3);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&reported));
    CHECK_INT(0, atomic_load(&interruptions_left));
    stop();
}

static void check_blocked_signals(const tl_log *item)
{
    sigset_t blocked;
    CHECK_INT(0, pthread_sigmask(SIG_BLOCK, NULL, &blocked));
    CHECK(sigismember(&blocked, SIGURG) && sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGALRM));
    CHECK(!sigismember(&blocked, SIGSEGV) && !sigismember(&blocked, SIGABRT));
    keep_log(item);
}

TEST(signals_are_for_the_other_threads)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    tl_set_log_hook(check_blocked_signals);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&reported));
    sigset_t blocked;
    CHECK_INT(0, pthread_sigmask(SIG_BLOCK, NULL, &blocked));
    CHECK(!sigismember(&blocked, SIGTERM)); // not blocked on this thread
    stop();
}
