// SPDX-License-Identifier: MIT
/// Sightings. A sighting is a question of a watchdog and its answer: which script the thread that steps a world runs
/// and where, or which step it does. The watchdog asks by sending that thread a signal. The thread's signal handler
/// writes the answer, since no other thread can read its registers.
#ifndef TELAR_SIGHTING_H
#define TELAR_SIGHTING_H

#include <semaphore.h>
#include <signal.h>

#include "fiber/dump.h"
#include "telar/result.h"
#include "world/heartbeat.h"

enum {
    TL__MAX_CALLS = 32,
    TL__OWN_CALLS = 3, ///< innermost calls: the handler's own, and the system's call of the handler
};

/// What a question is about.
typedef enum tl__subject {
    TL__RUNNING_SCRIPT, ///< the script that runs, if the count of resumes is still the same
    TL__LONG_STEP,      ///< the step, if it is still the same
    TL__ALL_SCRIPTS,    ///< the world's scripts, for a dump, if the step is still the same
} tl__subject;

/// A question and its answer. Used by one watchdog at a time, and never freed: a signal that arrives late may still
/// name it.
typedef struct tl__sighting {
    struct tl__sighting *next; ///< next in the list of all sightings
    bool in_use;

    // The question. `asked` is not zero from when the watchdog has set all other fields until the handler takes the
    // question or the watchdog withdraws it.
    tl_world *world;
    tl__subject subject;
    tl__dump_note *notes;   ///< where scripts are noted
    uint32_t room;          ///< for how many scripts `notes` has memory
    bool end_script;        ///< cancel the script at its next wait, if it has not ended
    uint64_t beat_or_step;  ///< count of resumes, or number of the step, that the question is about
    _Atomic pid_t thread;   ///< thread whose handler is to answer
    _Atomic uint64_t asked; ///< number of the question; 0: there is none
    uint64_t asked_so_far;

    // The answer. The semaphore `answered` passes it from the handler to the watchdog.
    sem_t answered;
    bool seen; ///< the count or step of the question was still the current one
    bool here; ///< the script runs on the interrupted thread
    bool ends; ///< the script will be cancelled
    tl__seen_script script;
    tl__seen_step step;
    void *calls[TL__MAX_CALLS]; ///< backtrace, the innermost call first
    int call_count;
    uint32_t script_count; ///< how many scripts there are; as many of them as there is room for were noted
} tl__sighting;

/// Returns a sighting that is not in use; null when there is no memory for one.
tl__sighting *tl__sighting_take(void);
void tl__sighting_give_back(tl__sighting *sighting);

/// Asks the thread that steps the world, and waits for its answer. The caller sets the fields of the question from
/// `world` to `beat_or_step`. Returns false if no answer came, or if `beat_or_step` was no longer current (`seen`).
bool tl__sighting_ask(tl__sighting *sighting, int signal);

/// Installs the handler for a signal, unless it is installed already. The handler stays installed until
/// tl__signal_leave has been called as often as this. Returns TL_OK or TL_ERROR_SYSTEM.
tl_result tl__signal_use(int signal);
void tl__signal_leave(int signal);
bool tl__is_signal(int number);

/// Sets *set to all signals except those of a thread's own faults.
void tl__signals_but_faults(sigset_t *set);

#endif
