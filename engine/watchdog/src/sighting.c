// SPDX-License-Identifier: MIT
#include "sighting.h"
#include "base/compiler.h"

#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "fiber/thread_life.h"
#include "os/signal_ask.h"
#include "os/signal_chain.h"
#include "os/signal_stack.h"
#include "script/dump_scripts.h"

/// Seconds within which the asked thread must begin to answer. It may have blocked the signal.
enum { PATIENCE = 5 };

/// List of all sightings ever made, the latest first. The signal handler walks it.
static _Atomic(tl__sighting *) all;

typedef struct used_signal {
    int users;
    struct sigaction before;
} used_signal;

static used_signal signals[_NSIG];

/// Guards the data that watchdogs share. The signal handler does not lock it.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

tl__sighting *tl__sighting_take(void)
{
    pthread_mutex_lock(&mutex);
    tl__sighting *found = atomic_load(&all);
    while (found != NULL && found->in_use)
        found = found->next;
    if (found == NULL && (found = calloc(1, sizeof *found)) != NULL) {
        sem_init(&found->answered, 0, 0);
        found->next = atomic_load(&all);
        atomic_store(&all, found);
    }
    if (found != NULL)
        found->in_use = true;
    pthread_mutex_unlock(&mutex);
    return found;
}

void tl__sighting_give_back(tl__sighting *sighting)
{
    pthread_mutex_lock(&mutex);
    sighting->in_use = false;
    pthread_mutex_unlock(&mutex);
}

static bool see_beat(tl__sighting *sighting)
{
    const tl__heartbeat *heartbeat = tl__world_heartbeat(sighting->world);
    return atomic_load_explicit(&heartbeat->resumes, memory_order_relaxed) == sighting->beat_or_step &&
           tl__world_running_script(sighting->world, &sighting->script, &sighting->here);
}

static bool see_step(tl__sighting *sighting)
{
    sighting->here = true;
    if (!tl__world_long_step(sighting->world, sighting->beat_or_step, &sighting->step))
        return false;
    sighting->script = sighting->step.most;
    return true;
}

/// Notes the world's scripts, unless the step is not on this thread's stacks now: if a job makes it, another thread
/// may continue it after a wait.
static bool see_all_scripts(tl__sighting *sighting)
{
    const tl_world *world = sighting->world;
    if (atomic_load_explicit(&world->heartbeat.step, memory_order_relaxed) != sighting->beat_or_step ||
        !tl__holder_is_here(tl__load(&world->stepper, memory_order_relaxed)))
        return false;
    sighting->here = true;
    sighting->script_count = tl__note_scripts(world, sighting->notes, sighting->room);
    return true;
}

static bool see(tl__sighting *sighting)
{
    switch (sighting->subject) {
    case TL__RUNNING_SCRIPT: return see_beat(sighting);
    case TL__LONG_STEP: return see_step(sighting);
    case TL__ALL_SCRIPTS: return see_all_scripts(sighting);
    }
    return false;
}

/// Whether a watchdog sent the signal.
static bool is_our_signal(const siginfo_t *info)
{
    const tl__sighting *named = info->si_code == SI_QUEUE && info->si_pid == getpid() ? atomic_load(&all) : NULL;
    while (named != NULL && named != info->si_value.sival_ptr)
        named = named->next;
    return named != NULL;
}

/// Takes the sighting's question if it is for the calling thread; returns whether it was. It may be for another thread:
/// when a signal arrives late, the sighting may already hold a later question.
static bool take_question(tl__sighting *sighting)
{
    // acquire: pairs with the release in tl__sighting_ask, which also publishes `thread`. So `thread` is stored and
    // loaded relaxed: if it is already that of a later question, the compare-and-exchange of `asked` fails.
    uint64_t asked = atomic_load_explicit(&sighting->asked, memory_order_acquire);
    return asked != 0 && atomic_load_explicit(&sighting->thread, memory_order_relaxed) == gettid() &&
           atomic_compare_exchange_strong(&sighting->asked, &asked, 0);
}

/// Answers a question. (Not inlined: TL__OWN_CALLS counts its call.)
static NEVER_INLINE void answer(tl__sighting *sighting)
{
    sighting->seen = see(sighting);
    if (sighting->seen) {
        sighting->call_count = sighting->here ? backtrace(sighting->calls, TL__MAX_CALLS) : 0;
        sighting->ends = sighting->end_script && sighting->script.script != NULL;
        if (sighting->ends)
            tl__world_end_script(&sighting->script);
    }
    sem_post(&sighting->answered);
}

/// Passes a signal that no watchdog sent to the handler that the program had installed before.
static void chain_signal(int number, siginfo_t *info, void *context)
{
    struct sigaction before = signals[number].before;
    if (!(before.sa_flags & SA_SIGINFO) && (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN))
        return;
    if (before.sa_flags & (int)SA_RESETHAND)
        signals[number].before = (struct sigaction){.sa_handler = SIG_DFL}; // the watchdog's handler stays installed
    sigset_t mask = ((const ucontext_t *)context)->uc_sigmask; // this handler blocks more than that one asked for
    sigaddset(&mask, number);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    tl__signal_chain(&before, number, info, context);
}

/// Answers all questions to this thread, since of several pending signals with the same number only one may be
/// delivered.
static void on_signal(int number, siginfo_t *info, void *context)
{
    int error = errno;
    bool ours = is_our_signal(info);
    for (tl__sighting *sighting = ours ? atomic_load(&all) : NULL; sighting != NULL; sighting = sighting->next)
        if (take_question(sighting))
            answer(sighting);
    if (!ours)
        chain_signal(number, info, context);
    tl__signal_stack_leave(context);
    errno = error;
}

/// Sends a signal to a thread of this process. Returns false if that fails, as when the thread has ended.
static bool send_to(pid_t thread, int signal, void *pointer)
{
    siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_ptr = pointer;
    return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, signal, &info) == 0;
}

/// Waits until the handler has answered. Returns false, with the question withdrawn, if the handler has not begun to
/// answer within PATIENCE.
static bool wait_for_answer(tl__sighting *sighting)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE;
    int waited;
    while ((waited = sem_timedwait(&sighting->answered, &end)) != 0 && errno == EINTR) {
    }
    if (waited == 0)
        return true;
    if (atomic_exchange(&sighting->asked, 0) != 0)
        return false;
    while (sem_wait(&sighting->answered) != 0) {
    }
    return true;
}

bool tl__sighting_ask(tl__sighting *sighting, int signal)
{
    pid_t thread = atomic_load_explicit(&tl__world_heartbeat(sighting->world)->thread, memory_order_relaxed);
    atomic_store_explicit(&sighting->thread, thread, memory_order_relaxed);
    atomic_store_explicit(&sighting->asked, ++sighting->asked_so_far, memory_order_release); // pairs with take_question
    if (!send_to(thread, signal, sighting) && atomic_exchange(&sighting->asked, 0) != 0)
        return false; // else the handler has found the question all the same, when another watchdog had sent its signal
    return wait_for_answer(sighting) && sighting->seen;
}

tl_result tl__signal_use(int signal)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    // Other signals wait until the handler returns: if the handler of one of them jumped away from it, a question would
    // be taken and never answered.
    tl__signals_but_faults(&action.sa_mask);
    backtrace((void *[1]){NULL}, 1); // the first call loads what backtrace needs: not allowed in a handler
    pthread_mutex_lock(&mutex);
    // The previous handler is stored first, for a signal that arrives at another thread as soon as ours is installed.
    bool used = signals[signal].users > 0 ||
                (sigaction(signal, NULL, &signals[signal].before) == 0 && sigaction(signal, &action, NULL) == 0);
    signals[signal].users += used;
    pthread_mutex_unlock(&mutex);
    return used ? TL_OK : TL_ERROR_SYSTEM;
}

void tl__signal_leave(int signal)
{
    pthread_mutex_lock(&mutex);
    if (--signals[signal].users == 0)
        sigaction(signal, &signals[signal].before, NULL);
    pthread_mutex_unlock(&mutex);
}

bool tl__is_signal(int number)
{
    sigset_t set;
    sigemptyset(&set);
    return number > 0 && number < _NSIG && number != SIGKILL && number != SIGSTOP && !tl__is_fault(number) &&
           sigaddset(&set, number) == 0;
}

void tl__signals_but_faults(sigset_t *set)
{
    sigfillset(set);
    for (int number = 1; number < _NSIG; ++number)
        if (tl__is_fault(number))
            sigdelset(set, number);
}
