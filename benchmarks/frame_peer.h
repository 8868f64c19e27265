// SPDX-License-Identifier: MIT
/// What entity scripts do in a frame. Each way of writing them, a peer, does the same.
#ifndef TELAR_BENCHMARK_FRAME_PEER_H
#define TELAR_BENCHMARK_FRAME_PEER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum frame_scene {
    SCENE_STEP,    ///< n scripts, each of which waits for the next step, for ever
    SCENE_TIMED,   ///< n scripts, each of which waits for 0.1 to 2 s, at 60 steps a second
    SCENE_EVENT,   ///< n scripts wait for one event, which is emitted in each step
    SCENE_RACE,    ///< n scripts, each of which races an event, a channel and one second; the second wins
    SCENE_CHANNEL, ///< n / 2 pairs: one sends an item in each step, the other receives it
    SCENE_LIFE,    ///< n scripts are spawned in a step, run, and end
    SCENE_CHILD,   ///< n times in a step one script starts a child, which ends at once, and waits for it
    SCENES
} frame_scene;

typedef struct frame_peer {
    const char *name;
    frame_scene scene;
    void (*open)(uint32_t count);
    /// Does `steps` steps. Each script adds 1 to times_gone_on whenever it continues: the time is divided by that
    /// count.
    void (*run)(uint32_t steps);
    void (*close)(void);
} frame_peer;

enum {
    STEPS_PER_SECOND = 60,
    SCRIPT_STACK = 8192, ///< bytes of each script's stack, where it has one; less than the default, as for a crowd
    RACE_STACK = 16384,  ///< the same for scripts that race, which keep the arms on their stacks
};

extern uint64_t times_gone_on;

/// Lists of peers, each of which ends with a peer without a name.
extern const frame_peer plain_peers[], telar_peers[], cpp20_peers[], lua_peers[];

/// Returns the next of a sequence of pseudo-random numbers, 0.1 to 2: the seconds are the same for each peer.
static inline double seconds_to_wait(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return 0.1 + 1.9 * (double)(*state >> 8) / (double)(1u << 24);
}

/// Returns the pointer, or ends the program if it is null.
void *need(void *pointer);

#ifdef __cplusplus
}
#endif

#endif
