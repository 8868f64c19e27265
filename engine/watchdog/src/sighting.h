// SPDX-License-Identifier: MIT
/// What the watchdog asks of the thread that steps a world, by a signal: which script that runs, and where it is, or
/// which step that does. The thread's signal handler writes the answer down, since no other thread can read its
/// registers.
#ifndef TELAR_SIGHTING_H
#define TELAR_SIGHTING_H

#include <semaphore.h>
#include <signal.h>

#include "telar/result.h"
#include "world/heartbeat.h"

enum {
    TL__MAX_CALLS = 32,
    TL__OWN_CALLS = 3, ///< of these, those of the handler, and the system's that brought it there
};

/// A question and its answer. One is used by one watchdog at a time, and is never freed: a signal that comes late may
/// still name it.
typedef struct tl__sighting {
    struct tl__sighting *next; ///< in the list of all there are
    bool in_use;

    // The question. Its number is not zero from when all else is set until the handler takes it, or the watchdog takes
    // it back.
    tl_world *world;
    bool of_step;
    bool end_script;        ///< cancel the script at its next wait, if it has not ended
    uint64_t beat_or_step;  ///< what it must still be
    _Atomic pid_t thread;   ///< whose handler is to answer
    _Atomic uint64_t asked; ///< the question's number
    uint64_t asked_so_far;

    // The answer, handed over by `answered`.
    sem_t answered;
    bool seen; ///< it was still that turn or step
    bool here; ///< the script runs on the interrupted thread
    bool ends; ///< the script will be cancelled
    tl__seen_script script;
    tl__seen_step step;
    void *calls[TL__MAX_CALLS]; ///< the innermost first
    int call_count;
} tl__sighting;

/// One that is not in use; null when there is no memory.
tl__sighting *tl__sighting_take(void);
void tl__sighting_give_back(tl__sighting *sighting);

/// Asks, and waits for the answer. The question's fields but for the thread are set by the caller. Whether it was seen.
bool tl__sighting_ask(tl__sighting *sighting, int signal);

/// Has the handler for that signal installed as long as it is in use anywhere. TL_OK or TL_ERROR_SYSTEM.
tl_result tl__signal_use(int signal);
void tl__signal_leave(int signal);
bool tl__is_signal(int number);

#endif
