// SPDX-License-Identifier: MIT
/// What the scripts of the model test do: the same random operations for the real ones and for the reference
/// interpreter, which each note what came of them.
#ifndef TELAR_MODEL_PROGRAM_H
#define TELAR_MODEL_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

/// Times are in ticks, of which a step has two: so waits end between steps, too.
/// In the trace, a race that timed out: an answer that is no index of an arm.
enum { RACE_TIMED_OUT = -47 };

enum {
    EVENTS = 4,
    CHANNELS = 3,
    CAPACITY = 2,
    ENTITIES = 6,
    RECENT = 48,
    MAX_ARMS = 3,
    MOST_ALIVE = 250,
    NO_LIMIT = -1
};

typedef enum op_kind {
    OP_STEPS,
    OP_SECONDS,
    OP_EVENT,
    OP_EVENT_AFTER,
    OP_SEND,
    OP_RECEIVE,
    OP_JOIN,
    OP_RACE,
    OP_SYNC,
    OP_SHIELDED_STEPS, ///< the last that waits
    OP_EMIT,
    OP_SPAWN,
    OP_CANCEL,
    OP_DESTROY,
    OP_FAIL,
    OP_RETURN,
    OP_END, ///< noted by a clean-up
    OP_HEARD,
} op_kind;

typedef enum arm_kind { ARM_CHILD, ARM_EVENT, ARM_TIME, ARM_RECEIVE } arm_kind;

typedef struct op_arm {
    arm_kind kind;
    uint64_t child; ///< its name
    int which;      ///< event, channel, or ticks
} op_arm;

typedef struct op {
    op_kind kind;
    int which; ///< of the events, channels, entities, latest scripts; or a count
    int limit; ///< ticks, or NO_LIMIT
    uint64_t child;
    int arm_count;
    op_arm arms[MAX_ARMS];
} op;

/// A script's name is what its random numbers begin with.
typedef struct agent {
    uint64_t name;
    int depth;
} agent;

/// The next operation of a script, drawn from its random numbers.
op next_op(uint64_t *random, int depth);

/// Something that happened.
typedef struct happening {
    uint64_t name;
    uint64_t step;
    int kind, result;
} happening;

/// Runs the reference: one step of it, and its beginning and end.
void reference_begin(uint64_t most_operations);
void reference_spawn(agent made);
void reference_cancel(int which);
void reference_step(void);
void reference_end(void);
int reference_alive(void);
uint64_t reference_operations(void);

/// Where each side notes what happens.
void note_real(happening what);
void note_reference(happening what);

#endif
