// SPDX-License-Identifier: MIT
/// What the scripts of the model test do: the real scripts and the reference interpreter do the same random operations,
/// and each side notes their results.
#ifndef TELAR_MODEL_PROGRAM_H
#define TELAR_MODEL_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

/// Times are in ticks. A step has two, so that waits end between steps, too.
/// RACE_TIMED_OUT is the answer of a race that timed out, as noted in the trace. No arm has it as its index.
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
    OP_SHIELDED_STEPS, ///< the last operation that waits
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
    uint64_t child; ///< the child's name
    int which;      ///< event, channel, or ticks
} op_arm;

typedef struct op {
    op_kind kind;
    int which; ///< index of an event, channel, entity or recent script; or a count
    int limit; ///< ticks, or NO_LIMIT
    uint64_t child;
    int arm_count;
    op_arm arms[MAX_ARMS];
} op;

/// A script. Its name is the seed of its random numbers.
typedef struct agent {
    uint64_t name;
    int depth;
} agent;

/// Returns the next operation of a script, drawn from its random numbers.
op next_op(uint64_t *random, int depth);

/// Something that happened.
typedef struct happening {
    uint64_t name;
    uint64_t step;
    int kind, result;
} happening;

/// Run the reference: begin it, spawn and cancel scripts, do one step, end it.
void reference_begin(uint64_t most_operations);
void reference_spawn(agent made);
void reference_cancel(int which);
void reference_step(void);
void reference_end(void);
int reference_alive(void);
uint64_t reference_operations(void);

/// Note what happens, on each of the two sides.
void note_real(happening what);
void note_reference(happening what);

#endif
