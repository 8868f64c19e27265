// SPDX-License-Identifier: MIT
/// Sightings. By a signal, the watchdog asks the thread that steps a world which script the thread runs and where, or
/// which step it does. The thread's signal handler writes the answer, since no other thread can read its registers.
#ifndef TELAR_SIGHTING_H
#define TELAR_SIGHTING_H

#include <semaphore.h>
#include <signal.h>

#include "telar/result.h"
#include "world/heartbeat.h"

enum {
    TL__MAX_CALLS = 32,
    TL__OWN_CALLS = 3, ///< innermost calls that are the handler's own, or the system's call of the handler
};

/// A question and its answer. Used by one watchdog at a time, and never freed: a signal that arrives late may still
/// name it.
typedef struct tl__sighting {
    struct tl__sighting *next; ///< next in the list of all sightings
    bool in_use;

    // The question. `asked` is not zero from when the watchdog has set all other fields until the handler takes the
    // question or the watchdog withdraws it.
    tl_world *world;
    bool of_step;
    bool end_script;        ///< cancel the script at its next wait, if it has not ended
    uint64_t beat_or_step;  ///< count of turns, or step, that the question is about
    _Atomic pid_t thread;   ///< thread whose handler is to answer
    _Atomic uint64_t asked; ///< number of the question; 0: there is none
    uint64_t asked_so_far;

    // The answer. The semaphore `answered` passes it from the handler to the watchdog.
    sem_t answered;
    bool seen; ///< the turn or step of the question had not ended
    bool here; ///< the script runs on the interrupted thread
    bool ends; ///< the script will be cancelled
    tl__seen_script script;
    tl__seen_step step;
    void *calls[TL__MAX_CALLS]; ///< backtrace, the innermost call first
    int call_count;
} tl__sighting;

/// Returns a sighting that is not in use; null when there is no memory for one.
tl__sighting *tl__sighting_take(void);
void tl__sighting_give_back(tl__sighting *sighting);

/// Asks the thread that steps the world, and waits for its answer. The caller sets `world`, `of_step`, `end_script` and
/// `beat_or_step`. Returns false if no answer came, or the turn or step had ended (`seen`).
bool tl__sighting_ask(tl__sighting *sighting, int signal);

/// Installs the handler for a signal, unless it is in use already. It stays installed until tl__signal_leave was called
/// as often as this. Returns TL_OK or TL_ERROR_SYSTEM.
tl_result tl__signal_use(int signal);
void tl__signal_leave(int signal);
bool tl__is_signal(int number);

#endif
