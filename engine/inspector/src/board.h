// SPDX-License-Identifier: MIT
/// What the thread that steps the world and the one that serves the page share: the latest snapshot, and what the page
/// asks for. There are three snapshots: the stepping thread fills one, the server reads another, and the third lies
/// here until one of the two exchanges its own for it. The lock guards all members but the atomic ones.
#ifndef TELAR_INSPECTOR_BOARD_H
#define TELAR_INSPECTOR_BOARD_H

#include <pthread.h>
#include <stdatomic.h>

#include "snapshot.h"
#include "telar/script.h"

/// What the page asks the game to do.
typedef enum tl__action_kind {
    TL__PAUSE = 1,
    TL__RESUME = 2,
    TL__SINGLE_STEP = 4,
    TL__SPEED = 8,
    TL__TRACE = 16,    ///< begin to trace, or else save the trace
    TL__NO_TRACE = 32, ///< stop tracing
    TL__CANCEL = 64,   ///< a script

    TL__IN_STEPS = TL__CANCEL, ///< what is done when a step begins; all else when a frame does
} tl__action_kind;

typedef struct tl__action {
    tl__action_kind kind;
    uint64_t number; ///< from 1
    double speed;
    tl_script script;
} tl__action;

typedef struct tl__done_action {
    uint64_t number, step; ///< `step`: the number of steps when it was done
    tl_result result;
} tl__done_action;

enum { TL__ACTIONS_QUEUED = 32, TL__ACTIONS_DONE = 16 }; // queued: of those for steps, and of the others

typedef struct tl__board {
    char name[64]; ///< of the game; never changes
    pthread_mutex_t lock;
    tl__snapshot *published;
    bool is_new; ///< the server has not had it
    tl__action queue[2 * TL__ACTIONS_QUEUED];
    uint32_t queued;
    uint64_t numbers;                       ///< of actions so far
    tl__done_action done[TL__ACTIONS_DONE]; ///< the latest, oldest first
    uint32_t done_count;
    char *trace; ///< the trace that was saved last
    size_t trace_size;
    uint64_t trace_number; ///< how many were saved

    // These are relaxed but for `wanted`: nothing else depends on them.
    _Atomic bool world_ended;   ///< the world was destroyed
    _Atomic int64_t asked;      ///< when the page last asked for something, by tl__monotonic_time
    _Atomic bool wanted;        ///< the page wants a newer snapshot
    _Atomic int64_t step_began; ///< when the running step, or end of a frame, began; 0: none runs
} tl__board;

/// Returns false if the system refuses.
bool tl__board_init(tl__board *board);
/// @param board  no other thread uses it any more
void tl__board_free(tl__board *board);

/// Publishes the snapshot *filled, and sets *filled to another one to fill.
void tl__board_publish(tl__board *board, tl__snapshot **filled);
/// Takes the latest snapshot, if *read is older: sets *read to it, takes the old one back, and returns true.
bool tl__board_take(tl__board *board, tl__snapshot **read);

/// Queues an action, and returns its number. If the same action is queued already, returns that one's number instead
/// (but single steps add up). Returns 0 if too many are queued.
uint64_t tl__board_queue(tl__board *board, tl__action action);
/// Takes the first action of some kinds off the queue. Returns false if there is none.
bool tl__board_next(tl__board *board, unsigned kinds, tl__action *action);
void tl__board_note_done(tl__board *board, const tl__action *action, uint64_t step, tl_result result);

/// Replaces the saved trace; `trace` is the board's from now on.
void tl__board_set_trace(tl__board *board, char *trace, size_t size);

#endif
