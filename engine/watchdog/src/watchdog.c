// The watchdog. Its thread sleeps in poll, and at each fourth part of the limit compares the world's count of turns
// with what it was. Four times the same while a script is running means that it is stuck: then a signal makes the stuck
// thread itself write down where it is, since nobody else can look at its registers, and the watchdog's thread, which
// is free to take memory and locks, puts it into words.
#include "telar/watchdog.h"

#include <errno.h>
#include <execinfo.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "log_internal.h"
#include "misuse_internal.h"
#include "pulse.h"
#include "signal_stack.h"
#include "symbols.h"

enum { DEFAULT_MILLISECONDS = 1000, LOOKS = 4, MAX_CALLS = 32 };

/// Seconds that the stuck thread has for an answer: it may have blocked the signal.
enum { PATIENCE = 5 };

/// Written by the stuck thread in its signal handler, then read by the watchdog's: `taken` hands it over. The handler
/// acquires `turn`, which the watchdog's thread released when it asked.
typedef struct sighting {
    _Atomic uint64_t turn; ///< what it must be, or the script has come back meanwhile
    bool seen;
    tl__running_script script;
    void *calls[MAX_CALLS];
    int call_count;
    sem_t taken;
} sighting;

struct tl_watchdog {
    tl_world *world;
    tl_watchdog_desc desc;
    int stop; ///< an eventfd
    pthread_t thread;
    uint64_t last_turn; ///< at the latest look
    int same_looks;     ///< in a row at which the turn was that of the look before
    struct sigaction before;
    sighting sighting;
};

/// The one that there is.
static _Atomic(tl_watchdog *) only;

static void take_sighting(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    tl_watchdog *watchdog = atomic_load(&only);
    if (watchdog == NULL || info->si_code != SI_QUEUE || info->si_value.sival_ptr != watchdog)
        return;
    int error = errno;
    sighting *sighted = &watchdog->sighting;
    const tl__pulse *pulse = tl__world_pulse(watchdog->world);
    sighted->seen = atomic_load_explicit(&pulse->turns, memory_order_relaxed) ==
                        atomic_load_explicit(&sighted->turn, memory_order_acquire) &&
                    tl__world_running_script(watchdog->world, &sighted->script);
    if (sighted->seen) {
        sighted->call_count = sighted->script.here ? backtrace(sighted->calls, MAX_CALLS) : 0;
        if (watchdog->desc.end_stuck)
            tl__world_end_running_script(&sighted->script);
    }
    sem_post(&sighted->taken);
    errno = error;
}

static void append(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s", more);
}

/// The handler's own calls, and the system's that brought it there, are of no interest.
static int first_call(const sighting *sighted)
{
    return sighted->call_count > 2 ? 2 : 0;
}

static void tell(const tl_watchdog *watchdog)
{
    const sighting *sighted = &watchdog->sighting;
    const tl__running_script *script = &sighted->script;
    char text[8192], line[512];
    snprintf(text, sizeof text, "script '%s', running %s()", script->name, script->function);
    if (script->spawned.file != NULL) {
        snprintf(line, sizeof line, ", spawned at %s:%d", script->spawned.file, script->spawned.line);
        append(text, sizeof text, line);
    }
    snprintf(line, sizeof line, "%s, has not waited for %u ms%s", script->here ? "" : ", on another thread",
             watchdog->desc.milliseconds, watchdog->desc.end_stuck ? " and will be cancelled at its next wait" : "");
    append(text, sizeof text, line);
    tl__symbols *symbols = tl__symbols_open();
    for (int i = first_call(sighted); i < sighted->call_count; ++i) {
        tl__symbols_describe(symbols, sighted->calls[i], i > first_call(sighted), line, sizeof line);
        append(text, sizeof text, "\n    ");
        append(text, sizeof text, line);
    }
    tl__symbols_close(symbols);
    tl__log(&(tl_log){.id = TL_LOG_SCRIPT_STUCK,
                      .text = text,
                      .script = script->name,
                      .file = script->spawned.file,
                      .line = script->spawned.line});
}

static void look_closer(tl_watchdog *watchdog, uint64_t turn)
{
    const tl__pulse *pulse = tl__world_pulse(watchdog->world);
    atomic_store_explicit(&watchdog->sighting.turn, turn, memory_order_release);
    pthread_t thread = atomic_load_explicit(&pulse->thread, memory_order_relaxed);
    union sigval value = {.sival_ptr = watchdog};
    while (sem_trywait(&watchdog->sighting.taken) == 0) { // a late answer to an earlier question
    }
    if (pthread_sigqueue(thread, watchdog->desc.signal, value) != 0)
        return;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE;
    int waited;
    while ((waited = sem_timedwait(&watchdog->sighting.taken, &end)) != 0 && errno == EINTR) {
    }
    if (waited == 0 && watchdog->sighting.seen)
        tell(watchdog);
}

static void look(tl_watchdog *watchdog)
{
    const tl__pulse *pulse = tl__world_pulse(watchdog->world);
    uint64_t turn = atomic_load_explicit(&pulse->turns, memory_order_relaxed);
    bool same = atomic_load_explicit(&pulse->busy, memory_order_relaxed) && turn == watchdog->last_turn;
    watchdog->same_looks = same ? watchdog->same_looks + 1 : 0;
    watchdog->last_turn = turn;
    if (watchdog->same_looks == LOOKS) // and no more until another turn
        look_closer(watchdog, turn);
}

static void *watch(void *arg)
{
    tl_watchdog *watchdog = arg;
    struct pollfd stop = {.fd = watchdog->stop, .events = POLLIN};
    int pause = (int)(((uint64_t)watchdog->desc.milliseconds + LOOKS - 1) / LOOKS); // a quarter of 2^32 is an int
    int ready;
    while ((ready = poll(&stop, 1, pause)) <= 0)
        if (ready == 0) // else a signal, for which no time may have passed
            look(watchdog);
    return NULL;
}

/// Starts the thread with all signals blocked but those that a fault in it would raise: the program's other signals are
/// for its own threads.
static bool start_thread(tl_watchdog *watchdog)
{
    static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; ++i)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int error = pthread_create(&watchdog->thread, NULL, watch, watchdog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return error == 0;
}

static tl_result begin(tl_watchdog *watchdog)
{
    tl__pulse *pulse = tl__world_pulse(watchdog->world);
    atomic_store(&pulse->thread, pthread_self());
    atomic_store(&pulse->watched, true);
    void *unused[1];
    backtrace(unused, 1); // loads what it needs, which it must not do in a handler
    tl_result result = tl__signal_stack_ensure();
    if (result != TL_OK)
        return result;
    struct sigaction action = {.sa_sigaction = take_sighting, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    watchdog->stop = eventfd(0, EFD_CLOEXEC);
    if (watchdog->stop < 0 || sem_init(&watchdog->sighting.taken, 0, 0) != 0 ||
        sigaction(watchdog->desc.signal, &action, &watchdog->before) != 0)
        return TL_ERROR_SYSTEM;
    return start_thread(watchdog) ? TL_OK : TL_ERROR_SYSTEM;
}

static void give_back(tl_watchdog *watchdog)
{
    atomic_store(&tl__world_pulse(watchdog->world)->watched, false);
    if (watchdog->stop >= 0)
        close(watchdog->stop);
    atomic_store(&only, NULL);
    free(watchdog);
}

static bool is_signal(int number)
{
    sigset_t set;
    sigemptyset(&set);
    return number > 0 && number != SIGKILL && number != SIGSTOP && sigaddset(&set, number) == 0;
}

tl_result tl_watchdog_start(tl_world *world, const tl_watchdog_desc *desc, tl_watchdog **watchdog)
{
    if (watchdog != NULL)
        *watchdog = NULL;
    if (world == NULL || desc == NULL || watchdog == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (desc->signal != 0 && !is_signal(desc->signal))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl_watchdog *made = calloc(1, sizeof *made), *none = NULL;
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->world = world;
    made->stop = -1;
    made->desc = *desc;
    made->desc.milliseconds = desc->milliseconds > 0 ? desc->milliseconds : DEFAULT_MILLISECONDS;
    made->desc.signal = desc->signal != 0 ? desc->signal : SIGURG;
    if (!atomic_compare_exchange_strong(&only, &none, made)) {
        free(made);
        return tl__misuse(TL_ERROR_RUNNING, __func__);
    }
    tl_result result = begin(made);
    if (result != TL_OK) {
        int error = errno;
        give_back(made);
        errno = error;
        return result;
    }
    *watchdog = made;
    return TL_OK;
}

void tl_watchdog_stop(tl_watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    eventfd_write(watchdog->stop, 1);
    pthread_join(watchdog->thread, NULL);
    sigaction(watchdog->desc.signal, &watchdog->before, NULL);
    sem_destroy(&watchdog->sighting.taken);
    give_back(watchdog);
}
