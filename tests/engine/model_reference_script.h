// SPDX-License-Identifier: MIT
/// The records of the reference interpreter, and the functions that end and wake scripts (model_reference_script.c),
/// for the operations and steps in model_reference.c.
#ifndef TELAR_MODEL_REFERENCE_SCRIPT_H
#define TELAR_MODEL_REFERENCE_SCRIPT_H

#include "model_program.h"
#include "telar/engine_result.h"

enum { BLOCKED = -1000, SOLE = -1, NONE = INT32_MAX, THE_LIMIT = INT32_MAX - 1, MAX_CHILDREN = 8, MAX_WAITERS = 4096 };

typedef struct script script;

/// A script that waits, with one of its arms or with a lone wait (SOLE).
typedef struct waiter {
    script *who;
    int arm;
} waiter;

typedef struct waiters {
    waiter of[MAX_WAITERS];
    int count;
} waiters;

typedef struct timer {
    bool set;
    bool in_steps;
    int64_t deadline;
    uint64_t order;
} timer;

struct script {
    agent self;
    uint64_t random;
    uint64_t creation, turn, place; ///< place: where it stands in its owner's list
    script *parent;
    script *awaited;
    script *children[MAX_CHILDREN];
    int child_count;
    int entity; ///< SOLE for none
    bool started, fresh, ready, active, cancelled, closing, visited, ended, returned, limit_passed;
    int shields;
    int failure; ///< 0 for none
    int how, references;
    int64_t local;
    uint64_t operations;

    op doing;
    bool waiting;
    int answer;
    timer wait, limit;
    uint64_t seen, next_seen;
    int value; ///< sent or received

    bool in_wait_set, race, resolved, suspended, one_is_out, resolved_fresh;
    bool open[MAX_ARMS];
    script *child[MAX_ARMS];
    timer arm_timer[MAX_ARMS];
    int values[MAX_ARMS];
    int open_count, living, cursor, passed;
    int64_t gathered_local, passed_local;
    waiter joiners[64];
    int joiner_count;
};

/// The whole state of the reference.
typedef struct reference {
    script *alive[4096]; ///< in order of creation
    int alive_count;
    script *recent[RECENT];
    uint64_t recent_count;
    waiters listeners[EVENTS], senders[CHANNELS], receivers[CHANNELS];
    uint64_t emits[EVENTS], entity_made[ENTITIES];
    int items[CHANNELS][CAPACITY], item_count[CHANNELS];
    script *late[4096], *resolved[4096];
    int late_count, decided_count;
    uint64_t steps, creations, resumes, operations, most_operations;
    int64_t now;
    bool closing_world, stepping;
} reference;

extern reference ref;

void ref_note(const script *who, op_kind what, int result);

// Records: add and drop a reference; make a record; make it ready, or enter it in a list of waiters.
void ref_remember(script *who);
void ref_drop(script *who);
script *ref_make(agent self, script *parent, int entity, const script *spawner);
void ref_put_ready(script *who);
void ref_enlist(waiters *list, script *who, int arm);
/// Takes the first waiter out of a list.
waiter ref_first_of(waiters *list);
void ref_leave(script *who);
void ref_wake(script *who, int answer, int64_t local);

// Ending.
bool ref_is_alive(const script *who);
void ref_end(script *who);
void ref_child_is_gone(script *parent);
void ref_close_script(script *who);
void ref_cancel(script *who);

// Several at once.
void ref_tell(waiter notified, int how, const script *ended);
void ref_time_passed(script *who, int arm, int64_t deadline);
/// Returns the newest child of a resolved script that is still to be cancelled; null if there is none.
script *ref_newest_loser(script *who);
/// Cancels the losers of all resolved scripts, and wakes the scripts that have no living child.
void ref_after_resume(void);
void ref_decide_by_time(script *who);
/// Lets times decide for the scripts for which nothing else has. Returns whether there were any.
bool ref_time_out(void);

#endif
