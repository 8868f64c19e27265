// SPDX-License-Identifier: MIT
// The watchdog. Its thread sleeps in poll and, every quarter of the limit, compares the world's count of resumes
// (tl__heartbeat.resumes) with the count at the previous look. If four looks in a row find the same count while a
// script runs, the script is stuck. If four looks within one step find a new count, the step does not end. Then the
// watchdog asks the thread that steps the world for a sighting, and reports that.
#include "telar/watchdog.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/misuse.h"
#include "base/thread_hooks.h"
#include "fiber/dump.h"
#include "os/allocator.h"
#include "os/signal_stack.h"
#include "reports.h"
#include "step_dump.h"
#include "watchdog_internal.h"

enum { DEFAULT_MILLISECONDS = 1000, LOOKS = 4 };

struct tl_watchdog {
    tl_world *world;
    tl_watchdog_desc desc;
    int stop; ///< eventfd that ends the thread
    pthread_t thread;
    pid_t process;                 ///< process that the thread belongs to
    uint64_t last_beat, last_step; ///< count of resumes, and step, at the latest look
    int same_looks;                ///< number of looks in a row that found the same count while a script ran
    int other_looks;               ///< number of looks in this step that found another count than the look before
    bool step_reported;            ///< this step was reported as not ending
    uint32_t dumped;               ///< the latest request for a dump (tl__dump_request) for which one was written
    uint64_t dump_step;            ///< step that keeps the program from writing another; 0: none
    int dump_looks;                ///< number of looks in a row that found that
    tl__sighting *sighting;
};

static bool ask_thread(tl_watchdog *watchdog, tl__subject subject, uint64_t beat_or_step)
{
    tl__sighting *sighting = watchdog->sighting;
    sighting->world = watchdog->world;
    sighting->end_script = watchdog->desc.end_stuck;
    sighting->subject = subject;
    sighting->beat_or_step = beat_or_step;
    return tl__sighting_ask(sighting, watchdog->desc.signal);
}

/// Returns whether it has asked the thread.
static bool look_at_world(tl_watchdog *watchdog)
{
    const tl__heartbeat *heartbeat = tl__world_heartbeat(watchdog->world);
    uint64_t beat = atomic_load_explicit(&heartbeat->resumes, memory_order_relaxed);
    uint64_t step = atomic_load_explicit(&heartbeat->step, memory_order_relaxed);
    bool same = beat == watchdog->last_beat;
    watchdog->same_looks =
        same && atomic_load_explicit(&heartbeat->busy, memory_order_relaxed) ? watchdog->same_looks + 1 : 0;
    if (step == 0 || step != watchdog->last_step) {
        watchdog->other_looks = 0;
        watchdog->step_reported = false;
    } else if (!same) {
        ++watchdog->other_looks;
    }
    watchdog->last_beat = beat;
    watchdog->last_step = step;
    if (watchdog->same_looks == LOOKS) { // not >=: one report for each stuck script
        if (ask_thread(watchdog, TL__RUNNING_SCRIPT, beat))
            tl__report_stuck(watchdog->sighting, watchdog->desc.milliseconds);
        return true;
    }
    if (!same && watchdog->other_looks >= LOOKS && !watchdog->step_reported) {
        watchdog->step_reported =
            ask_thread(watchdog, TL__LONG_STEP, step); // if not reported, asks again at the next look
        if (watchdog->step_reported)
            tl__report_step(watchdog->sighting, watchdog->desc.milliseconds);
        return true;
    }
    return false;
}

/// Writes a dump if one was asked for and a step has kept the program from writing it for longer than the limit. If
/// that fails, tries again at the next look.
static void look_at_request(tl_watchdog *watchdog)
{
    uint64_t step = atomic_load_explicit(&tl__world_heartbeat(watchdog->world)->step, memory_order_relaxed);
    uint32_t request = tl__dump_request();
    if (request == 0 || request == watchdog->dumped)
        step = 0;
    watchdog->dump_looks = step != 0 && step == watchdog->dump_step ? watchdog->dump_looks + 1 : 0;
    watchdog->dump_step = step;
    if (watchdog->dump_looks >= LOOKS && tl__step_dump(watchdog->sighting, watchdog->world, step, &watchdog->desc))
        watchdog->dumped = request;
}

static void *watch(void *arg)
{
    static const char name[] = "telar watchdog";
    const tl_thread_hooks *hooks = tl__thread_begins(name);
    tl_watchdog *watchdog = arg;
    struct pollfd stop = {.fd = watchdog->stop, .events = POLLIN};
    int pause = (int)(((uint64_t)watchdog->desc.milliseconds + LOOKS - 1) / LOOKS); // a quarter of 2^32 fits an int
    int ready;
    while ((ready = poll(&stop, 1, pause)) <= 0)
        // Not if a signal ended poll, perhaps at once. One question at a look, since tl_watchdog_stop waits for its
        // answer.
        if (ready == 0 && !look_at_world(watchdog))
            look_at_request(watchdog);
    tl__thread_ends(hooks, name);
    return NULL;
}

/// Starts the watchdog's thread with all signals blocked except those that a fault in that thread raises, since the
/// program's other signals are for its own threads.
static bool start_thread(tl_watchdog *watchdog)
{
    sigset_t blocked, before;
    tl__signals_but_faults(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    watchdog->process = getpid();
    int error = pthread_create(&watchdog->thread, NULL, watch, watchdog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        errno = error;
    return error == 0;
}

/// Sets up what a watchdog needs besides its thread: signal stack, sighting, eventfd and signal handler.
static tl_result prepare_watchdog(tl_watchdog *watchdog)
{
    tl_result result = tl__signal_stack_ensure();
    if (result != TL_OK)
        return result;
    watchdog->sighting = tl__sighting_take();
    if (watchdog->sighting == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    watchdog->stop = eventfd(0, EFD_CLOEXEC);
    return watchdog->stop >= 0 ? tl__signal_use(watchdog->desc.signal) : TL_ERROR_SYSTEM;
}

/// Frees a watchdog whose thread has ended or was never started. Keeps errno.
static void free_watchdog(tl_watchdog *watchdog, bool used_signal)
{
    int error = errno;
    if (used_signal)
        tl__signal_leave(watchdog->desc.signal);
    if (watchdog->stop >= 0)
        close(watchdog->stop);
    if (watchdog->sighting != NULL)
        tl__sighting_give_back(watchdog->sighting);
    tl__free(watchdog, sizeof *watchdog);
    errno = error;
}

static tl_watchdog *make_watchdog(tl_world *world, const tl_watchdog_desc *desc)
{
    tl_watchdog *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return NULL;
    made->world = world;
    made->stop = -1;
    made->desc = *desc;
    made->desc.milliseconds = desc->milliseconds > 0 ? desc->milliseconds : DEFAULT_MILLISECONDS;
    made->desc.signal = desc->signal != 0 ? desc->signal : SIGURG;
    return made;
}

/// Starts a watchdog for a world. Does not stop a watchdog that the world already has.
static tl_result start_watchdog(tl_world *world, const tl_watchdog_desc *desc, tl_watchdog **started)
{
    tl_watchdog *watchdog = make_watchdog(world, desc);
    if (watchdog == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_result result = prepare_watchdog(watchdog);
    bool used_signal = result == TL_OK;
    tl__heartbeat *heartbeat = tl__world_heartbeat(world);
    if (used_signal && !atomic_load(&heartbeat->watched)) {
        atomic_store(&heartbeat->step, 0); // a watchdog that has been stopped may have left it set
        atomic_store(&heartbeat->thread, gettid());
    }
    if (used_signal && !start_thread(watchdog))
        result = TL_ERROR_SYSTEM;
    if (result != TL_OK) {
        free_watchdog(watchdog, used_signal);
        return result;
    }
    atomic_store(&heartbeat->watched, true);
    *started = watchdog;
    return TL_OK;
}

static void end_watchdog(tl_watchdog *watchdog)
{
    // A child made by fork does not have the thread, and shares the eventfd, which the parent's thread polls. Its
    // sighting, which may be in the middle of a question, is not used again.
    if (watchdog->process == getpid()) {
        eventfd_write(watchdog->stop, 1);
        pthread_join(watchdog->thread, NULL);
    } else {
        tl__step_dump_forget(watchdog->sighting);
        watchdog->sighting = NULL;
    }
    free_watchdog(watchdog, true);
}

tl_result tl_watchdog_start(tl_world *world, const tl_watchdog_desc *desc, tl_watchdog **watchdog)
{
    if (watchdog != NULL)
        *watchdog = NULL;
    if (world == NULL || desc == NULL || watchdog == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (desc->signal != 0 && !tl__is_signal(desc->signal))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl__heartbeat *heartbeat = tl__world_heartbeat(world);
    if (heartbeat->watchdog != NULL && heartbeat->stop_default == NULL)
        return tl__misuse(TL_ERROR_RUNNING, __func__);
    tl_result result = start_watchdog(world, desc, watchdog);
    if (result != TL_OK)
        return result;
    if (heartbeat->watchdog != NULL)
        end_watchdog(heartbeat->watchdog);
    heartbeat->watchdog = *watchdog;
    heartbeat->stop_default = NULL;
    return TL_OK;
}

void tl_watchdog_stop(tl_watchdog *watchdog)
{
    if (watchdog == NULL)
        return;
    tl__heartbeat *heartbeat = tl__world_heartbeat(watchdog->world);
    end_watchdog(watchdog);
    atomic_store(&heartbeat->watched, false);
    heartbeat->watchdog = NULL;
}

#ifndef NDEBUG
static void stop_default(tl_world *world)
{
    tl_watchdog_stop(tl__world_heartbeat(world)->watchdog);
}

void tl__watchdog_start_default(tl_world *world)
{
    tl__heartbeat *heartbeat = tl__world_heartbeat(world);
    tl_watchdog *watchdog;
    if (start_watchdog(world, &(tl_watchdog_desc){0}, &watchdog) != TL_OK)
        return; // the world works without a watchdog
    heartbeat->watchdog = watchdog;
    heartbeat->stop_default = stop_default;
}
#endif
