// The watchdog. Its thread sleeps in poll, and at each fourth part of the limit compares the world's count of turns
// with what it was. Four times the same while a script is running means that the script is stuck; four times another
// one within one step, that the step does not end. Then a signal makes the thread that steps the world itself write
// down where it is, since no other thread can read its registers, and the watchdog's thread, which may take memory and
// locks, puts that into words.
#include "telar/watchdog.h"

#include <errno.h>
#include <execinfo.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
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

/// Written by the interrupted thread in its signal handler, then read by the watchdog's: `taken` hands it over. The
/// handler acquires `turn`, which the watchdog's thread released when it asked.
typedef struct sighting {
    bool of_step;          ///< which of the two is asked for
    uint64_t step;         ///< what it must be, or it has ended meanwhile
    _Atomic uint64_t turn; ///< what it must be, or the script has come back meanwhile
    bool seen;
    bool here; ///< the script runs on the interrupted thread
    bool ends; ///< the script will be cancelled
    tl__seen_script script;
    tl__seen_step long_step;
    void *calls[MAX_CALLS];
    int call_count;
    sem_t taken;
} sighting;

struct tl_watchdog {
    tl_world *world;
    tl_watchdog_desc desc;
    int stop; ///< an eventfd
    pthread_t thread;
    uint64_t last_turn, last_step; ///< at the latest look
    int same_looks;                ///< in a row at which the turn was that of the look before
    int other_looks;               ///< of this step at which it was another
    bool step_told;                ///< the log knows that this step does not end
    struct sigaction before;
    sighting sighting;
};

/// The one that there is.
static _Atomic(tl_watchdog *) only;

/// Whether the turn that is asked for is still the one.
static bool see_turn(tl_world *world, sighting *sighted)
{
    const tl__pulse *pulse = tl__world_pulse(world);
    return atomic_load_explicit(&pulse->turns, memory_order_relaxed) ==
               atomic_load_explicit(&sighted->turn, memory_order_acquire) &&
           tl__world_running_script(world, &sighted->script, &sighted->here);
}

static bool see_step(tl_world *world, sighting *sighted)
{
    sighted->here = true;
    if (!tl__world_long_step(world, sighted->step, &sighted->long_step))
        return false;
    sighted->script = sighted->long_step.most;
    return true;
}

static void take_sighting(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    tl_watchdog *watchdog = atomic_load(&only);
    if (watchdog == NULL || info->si_code != SI_QUEUE || info->si_value.sival_ptr != watchdog)
        return;
    int error = errno;
    sighting *sighted = &watchdog->sighting;
    sighted->seen = (sighted->of_step ? see_step : see_turn)(watchdog->world, sighted);
    if (sighted->seen) {
        sighted->call_count = sighted->here ? backtrace(sighted->calls, MAX_CALLS) : 0;
        sighted->ends = watchdog->desc.end_stuck && sighted->script.script != NULL;
        if (sighted->ends)
            tl__world_end_script(&sighted->script);
    }
    sem_post(&sighted->taken);
    errno = error;
}

/// The text of a report. What does not fit is left out.
typedef struct message {
    char text[8192];
    size_t length;
} message;

__attribute__((format(printf, 2, 3))) static void add(message *out, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = vsnprintf(out->text + out->length, sizeof out->text - out->length, format, values);
    va_end(values);
    out->length += length > 0 ? (size_t)length : 0;
    if (out->length >= sizeof out->text)
        out->length = sizeof out->text - 1;
}

static void add_script(message *out, const tl__seen_script *script)
{
    add(out, "'%s', running %s()", script->name, script->function);
    if (script->spawned.file != NULL)
        add(out, ", spawned at %s:%d", script->spawned.file, script->spawned.line);
}

static void add_calls(message *out, const sighting *sighted)
{
    // The handler's own calls, and the system's that brought it there, are of no interest.
    int first = sighted->call_count > 2 ? 2 : 0;
    tl__symbols *symbols = tl__symbols_open();
    for (int i = first; i < sighted->call_count; ++i) {
        char line[512];
        tl__symbols_describe(symbols, sighted->calls[i], i > first, line, sizeof line);
        add(out, "\n    %s", line);
    }
    tl__symbols_close(symbols);
}

static void tell(tl_log_id id, message *out, const sighting *sighted)
{
    const tl__seen_script *script = &sighted->script;
    add_calls(out, sighted);
    tl__log(&(tl_log){.id = id,
                      .text = out->text,
                      .script = script->script != NULL ? script->name : NULL,
                      .file = script->spawned.file,
                      .line = script->spawned.line});
}

static void tell_of_turn(const tl_watchdog *watchdog)
{
    const sighting *sighted = &watchdog->sighting;
    message out = {.length = 0};
    add(&out, "script ");
    add_script(&out, &sighted->script);
    add(&out, "%s, has not waited for %u ms%s", sighted->here ? "" : ", on another thread", watchdog->desc.milliseconds,
        sighted->ends ? " and will be cancelled at its next wait" : "");
    tell(TL_LOG_SCRIPT_STUCK, &out, sighted);
}

static void tell_of_step(const tl_watchdog *watchdog)
{
    const sighting *sighted = &watchdog->sighting;
    const tl__seen_step *step = &sighted->long_step;
    message out = {.length = 0};
    add(&out, "%sstep %" PRId64 " has lasted for %u ms and has run %" PRIu64 " turns; most (%" PRIu64 ") by ",
        step->is_frame_end ? "the end of the frame after " : "", step->number, watchdog->desc.milliseconds, step->turns,
        step->most_turns);
    if (sighted->script.script != NULL)
        add_script(&out, &sighted->script);
    else
        add(&out, "a script that has ended, %s()", sighted->script.function);
    if (sighted->ends)
        add(&out, ", which will be cancelled at its next wait");
    tell(TL_LOG_STEP_LONG, &out, sighted);
}

/// Makes the thread that steps the world take the sighting that is prepared. Whether it saw what it should.
static bool ask(tl_watchdog *watchdog)
{
    sighting *sighted = &watchdog->sighting;
    pthread_t thread = atomic_load_explicit(&tl__world_pulse(watchdog->world)->thread, memory_order_relaxed);
    union sigval value = {.sival_ptr = watchdog};
    while (sem_trywait(&sighted->taken) == 0) { // a late answer to an earlier question
    }
    if (pthread_sigqueue(thread, watchdog->desc.signal, value) != 0)
        return false;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE;
    int waited;
    while ((waited = sem_timedwait(&sighted->taken, &end)) != 0 && errno == EINTR) {
    }
    return waited == 0 && sighted->seen;
}

static void look_at_turn(tl_watchdog *watchdog, uint64_t turn)
{
    watchdog->sighting.of_step = false;
    atomic_store_explicit(&watchdog->sighting.turn, turn, memory_order_release);
    if (ask(watchdog))
        tell_of_turn(watchdog);
}

static void look_at_step(tl_watchdog *watchdog, uint64_t step)
{
    watchdog->sighting.of_step = true;
    watchdog->sighting.step = step;
    atomic_store_explicit(&watchdog->sighting.turn, 0, memory_order_release);
    watchdog->step_told = ask(watchdog); // or at the next look
    if (watchdog->step_told)
        tell_of_step(watchdog);
}

static void look(tl_watchdog *watchdog)
{
    const tl__pulse *pulse = tl__world_pulse(watchdog->world);
    uint64_t turn = atomic_load_explicit(&pulse->turns, memory_order_relaxed);
    uint64_t step = atomic_load_explicit(&pulse->step, memory_order_relaxed);
    bool same = turn == watchdog->last_turn;
    watchdog->same_looks =
        same && atomic_load_explicit(&pulse->busy, memory_order_relaxed) ? watchdog->same_looks + 1 : 0;
    if (step == 0 || step != watchdog->last_step) {
        watchdog->other_looks = 0;
        watchdog->step_told = false;
    } else if (!same) {
        ++watchdog->other_looks;
    }
    watchdog->last_turn = turn;
    watchdog->last_step = step;
    if (watchdog->same_looks == LOOKS) // and no more until another turn
        look_at_turn(watchdog, turn);
    else if (!same && watchdog->other_looks >= LOOKS && !watchdog->step_told)
        look_at_step(watchdog, step);
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
    atomic_store(&pulse->step, 0); // of one that was watched before
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
