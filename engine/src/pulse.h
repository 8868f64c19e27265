/// What shows from outside whether a world's scripts still take turns. Written by the threads that run them, read by
/// the watchdog's; all relaxed, since nothing else hangs on it: whoever wants to know more looks on the thread itself.
#ifndef TELAR_PULSE_H
#define TELAR_PULSE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "telar/script.h"

typedef struct tl__pulse {
    _Atomic uint64_t turns;   ///< changes whenever another script gets control, or gets it back
    _Atomic bool busy;        ///< a script has it now
    _Atomic bool watched;     ///< the thread is to be noted
    _Atomic pthread_t thread; ///< that steps the world, or did last
} tl__pulse;

/// What is running on the calling thread, which may have been interrupted anywhere by a signal; or, where that waits
/// for parallel scripts, one of those.
typedef struct tl__running_script {
    struct tl__script *script;
    const char *name, *function;
    tl_site spawned;
    bool here; ///< on the calling thread
} tl__running_script;

tl__pulse *tl__world_pulse(tl_world *world);
/// False when none of the world's runs.
bool tl__world_running_script(const tl_world *world, tl__running_script *script);
/// Lets that one be cancelled at its next wait. It has not come back meanwhile, as far as anyone knows.
void tl__world_end_running_script(const tl__running_script *script);

#endif
