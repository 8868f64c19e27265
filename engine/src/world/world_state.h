// SPDX-License-Identifier: MIT
/// What there is of each world.
#ifndef TELAR_ENGINE_WORLD_WORLD_STATE_H
#define TELAR_ENGINE_WORLD_WORLD_STATE_H

#include "base/slots.h"
#include "telar/job.h"
#include "telar/world.h"
#include "world/entity_record.h"
#include "world/group_record.h"
#include "world/heartbeat_record.h"
#include "world/lane.h"
#include "world/phase_count.h"
#include "world/script_record.h"

enum { TL__SCRIPT_BLOCK = 256 };

/// The parallel scripts: those of TL_PHASE_PARALLEL without a parent, in the order in which they came. In the parallel
/// part of the phase 64 slots and their bits belong to the job that runs them.
typedef struct tl__parallel {
    tl__lane lane;
    bool any_ready;
    bool running;    ///< scripts run in parallel now
    uint64_t rounds; ///< how often they did
} tl__parallel;

/// The lanes of priorities (lanes.h), the highest first, and how far the phase that runs has come in them.
typedef struct tl__lanes {
    tl__lane **lanes;
    tl__lane *latest;  ///< that a script entered; may be null
    uint64_t *with;    ///< for each bitmap and lane a bit: some script there may have its bit set
    uint32_t with_any; ///< for each bitmap a bit: some lane may have that one set, besides the batch that runs
    uint32_t count, capacity;
    uint32_t empty;                  ///< lanes without a script
    uint32_t first_lane, first_word; ///< no script before these is ready
    uint32_t batch_lane, batch_end;  ///< those up to this slot of this lane were gathered
    bool is_stale;                   ///< what was gathered last is no more what is to run
} tl__lanes;

/// The matrices of all entities.
typedef struct tl__matrices {
    struct tl_world_matrix *matrices;
    tl__entity_record **order; ///< parents first; good while `in_order`
    uint32_t count, capacity;
    uint32_t *depths; ///< at 1 and on: where each depth ends in these
    uint32_t depth_count, depth_capacity;
    bool in_order;
} tl__matrices;

struct tl_world {
    uint64_t id; ///< what the ids of its events and channels name
    tl_pool *stacks;
    void (*physics)(tl_world *world, void *arg);
    void *physics_arg;
    tl__time units_per_step, units_per_second;
    int tick_bits;         ///< a tick of the timers is 2^tick_bits units
    tl__time tolerance;    ///< what comes within that counts as come
    double steps_per_unit; ///< a power of two
    double microsecond_in_steps;
    tl__time steps, real_time;
    bool closing, lockstep;
    bool breaks_shields;                   ///< scripts that are cancelled now end now, whatever shield they are in
    tl__word step_thread;                  ///< that is stepping it, as tl__thread_token; 0: none; read by others, too
    tl__word stepper;                      ///< who stepped it last, as tl__holder_here; read by others, too
    tl__word posts;                        ///< post.c's: what threads handed over, a stack
    struct tl__posted *undelivered;        ///< the same, in order, of channels that were full
    bool frame_ended;                      ///< tl_world_end_frame was called
    bool reported_frame, reported_scripts; ///< to the log hook
    tl__heartbeat heartbeat;               ///< for a watchdog
    int phase;                             ///< the place of the phase that runs, or TL__NO_PHASE
    uint32_t running; ///< scripts of this world that are running, or in whose clean-ups another one is
    uint64_t creations;
    uint64_t batches;        ///< the latest tl__script_record.batch
    int64_t first_admission; ///< the least tl__script_record.admission so far
    int64_t next_admission;  ///< while the timers for a step come: of the next script that has waited for several steps

    tl__entity_record **entities; ///< each allocated alone, since lists run through them
    uint32_t entity_slots, entity_capacity, entity_count;
    uint32_t free_entity1;
    tl__link living_entities; ///< the oldest first
    tl__matrices matrices;

    tl__script_record **script_blocks;
    uint32_t script_slots, script_count;
    uint32_t arm_timers;            ///< how many timers of arms may be set at most
    tl__link scripts;               ///< those that no entity and no script owns
    tl__script_record *free_script; ///< the slot that was given back last; null: none is free
    tl__script_results results;
    tl__lanes lanes;
    tl__parallel parallel;
    bool any_frozen;     ///< some group is
    bool is_restrained;  ///< some group is frozen or has a budget
    bool admits_steps;   ///< those that become ready now waited for this step
    tl__word to_end;     ///< scripts that the watchdog wants cancelled; also set in a signal handler
    tl_job_system *jobs; ///< may be null
    tl__wheel real_timers;
    tl__wheel_store timer_store; ///< of all wheels
    uint32_t timer_room;         ///< timers that this, and the wheel above, have room for
    uint32_t group_count;
    tl__link predicates;            ///< listeners for one
    tl__link frame_waiters;         ///< listeners for the end of a frame
    tl__link async_waiters;         ///< listeners for something that is not the world's
    tl__word completions;           ///< of those, a stack of what has come: job_wait.c
    tl__link completed;             ///< of these, the ones that were taken off and whose scripts are to be woken
    tl__link resolved;              ///< wait sets whose other children are to be ended
    tl__link pending_timeouts;      ///< wait sets that a time is about to decide
    struct tl__failure *unreported; ///< failures that are still to be logged
    uint32_t unreported_of_memory;  ///< the same, of scripts that had no memory for their result

    tl_group *group;            ///< of those that are in no other
    tl__link groups;            ///< the oldest first, so a parent before its children
    uint64_t time_factors_made; ///< the id of the latest one
    tl__slots events, channels;
    tl__link owned; ///< events and channels that no entity owns
};

static inline bool tl__is_stepping(const tl_world *world)
{
    return tl__load(&world->step_thread, memory_order_relaxed) != 0; // by the calling thread, where that owns the world
}

#endif
