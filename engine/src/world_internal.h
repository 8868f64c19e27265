/// What the parts of a world know of each other.
#ifndef TELAR_WORLD_INTERNAL_H
#define TELAR_WORLD_INTERNAL_H

#include "heap.h"
#include "list.h"
#include "misuse_internal.h"
#include "telar/fiber.h"
#include "telar/script.h"
#include "telar/world.h"

/// Steps are counted in ones; game and real time in units, of which a step has a power of two: so a wait for a whole
/// number of steps is exact, however long it is repeated.
typedef int64_t tl__time;

#define TL__NEVER INT64_MAX

/// What can wake a script by passing.
typedef enum tl__clock { TL__STEPS, TL__GAME_TIME, TL__REAL_TIME, TL__CLOCKS } tl__clock;

typedef struct tl__timer {
    tl__heap_node node; ///< in the world's heap for its clock, while it is set
    tl__clock clock;
    tl__time deadline;
    struct tl__script *script;
} tl__timer;

typedef struct tl__script {
    tl__heap_node ready; ///< in the world's heap of ready scripts
    tl__link of_owner;   ///< in its owner's list: an entity's or the world's
    tl__link of_wait;    ///< in the list of what it waits for: an event, a channel, a script, the world's predicates
    tl__link of_retired; ///< in the world's list of ended ones
    tl_world *world;
    tl_fiber *fiber; ///< null once it has ended
    uint32_t index1, generation;
    tl_entity owner;
    tl_phase phase;
    int priority;
    uint64_t creation; ///< its place among all that were ever made
    const char *name;
    const tl_fiber_entry *entry;
    tl__time born;      ///< in game time
    bool active;        ///< running, or waiting for one that it cancels
    bool doomed;        ///< cancelled while active: its next wait does not return
    bool ending;        ///< its clean-ups are running because it was cancelled, or it has ended
    bool asking;        ///< its predicate is being called
    bool was_cancelled; ///< how it ended
    void *result;
    tl__link joiners; ///< scripts that wait for its end

    /// The wait that it is in.
    tl_wait wait;
    tl_result answer;  ///< what the wait will answer
    tl__timer timer;   ///< the time it waits for
    tl__timer limit;   ///< the time it waits at most
    bool limit_passed; ///< in this step; what it waits for may yet come before its place in it
    tl_predicate predicate;
    void *predicate_arg;
    void *buffer;       ///< for a payload, an item or a result
    const void *source; ///< the event, channel or script that it waits for

    tl__clock woken_by; ///< whose time ended its latest wait; TL__CLOCKS for something else than a time
    tl__time woken_at;  ///< which time
    /// The time that it goes on from when it next waits for one: the step's, but what its latest wait was for where
    /// that was a time. So being late is made up for, and nothing drifts.
    tl__time local[TL__CLOCKS];
} tl__script;

typedef struct tl__entity {
    tl__link of_world; ///< in the list of the living, while it is one
    uint32_t index1;
    uint32_t generation; ///< odd while it is there, even while its slot is free
    bool dying;          ///< there, but being destroyed: it can be looked at, no more
    tl_entity parent;
    uint32_t newest_child1, older1, newer1; ///< a list through the living children; slots counted from 1, 0 for none
    uint32_t next_free1;
    tl_transform transform;
    void *user_data;
    tl__link scripts;
} tl__entity;

enum { TL__SCRIPT_BLOCK = 256 };

struct tl_world {
    tl_pool *stacks;
    uint32_t steps_per_second;
    tl__time units_per_step, units_per_second;
    tl__time game_units_per_step; ///< scaled
    tl__time now[TL__CLOCKS];
    bool stepping, closing;
    uint32_t running; ///< scripts of this world that are running, or in whose clean-ups another one is
    uint64_t creations;

    tl__entity **entities; ///< each allocated alone, since lists run through them
    uint32_t entity_slots, entity_capacity, entity_count;
    uint32_t free_entity1;
    tl__link living_entities; ///< the oldest first

    tl__script **script_blocks;
    uint32_t script_slots, script_count;
    tl__link scripts; ///< those that no entity owns
    tl__link retired; ///< ended ones, whose slots will be used again, the longest ended first
    uint32_t retired_count;
    tl__heap ready;
    tl__heap timers[TL__CLOCKS];
    tl__link predicates; ///< scripts that wait for one

    tl__link events, channels;
};

/// The entity, or null for one that is not alive: gone or dying.
tl__entity *tl__entity_find(const tl_world *world, tl_entity entity);
/// Destroys all, the newest first.
void tl__entities_destroy(tl_world *world);
void tl__entities_free(tl_world *world);

/// The script that the calling thread runs, or null: not in a fiber of its own either.
tl__script *tl__script_running(void);

/// Cancels all in an owner's list, the newest first.
void tl__scripts_cancel_all(tl__link *list);
void tl__scripts_free(tl_world *world);
/// Resumes a ready script, and sees to its end.
void tl__script_run(tl__script *script);

/// Takes the script out of all that it waits for.
void tl__wait_leave(tl__script *script);
/// The same, and lets it go on with an answer.
void tl__wait_wake(tl__script *script, tl_result answer);
void tl__wait_wake_all(tl__link *waiters, tl_result answer);
/// The first thing of each wait: TL_OK and the running script, or what is wrong. Does not return to a doomed one.
tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script **script);
/// Asks the script's predicate.
bool tl__script_ask(tl__script *script);
/// Suspends the script in `waiters` (unless null) until it is woken.
tl_result tl__wait_for(tl__script *script, tl_wait wait, const void *source, tl__link *waiters, tl_limit limit);
/// For a suspended script that waits for nothing.
void tl__wait_for_next_step(tl__script *script);
/// To be called as it is about to go on.
void tl__wait_set_local_time(tl__script *script);
/// Makes due timers' scripts ready.
void tl__timers_fire(tl_world *world);
/// Asks the predicate, where the script waits for one: whether it goes on now.
bool tl__wait_is_over(tl__script *script);

void tl__events_destroy(tl_world *world);
void tl__channels_destroy(tl_world *world);
const char *tl__event_name(const void *event);
const char *tl__channel_name(const void *channel);

#endif
