// SPDX-License-Identifier: MIT
/// The record of a world.
#ifndef TELAR_ENGINE_WORLD_WORLD_STATE_H
#define TELAR_ENGINE_WORLD_WORLD_STATE_H

#include "base/slots.h"
#include "fiber/roots.h"
#include "telar/job.h"
#include "telar/world.h"
#include "world/entity_record.h"
#include "world/group_record.h"
#include "world/heartbeat_record.h"
#include "world/lane.h"
#include "world/phase_count.h"
#include "world/script_record.h"

enum { TL__SCRIPT_BLOCK = 256 };

/// The parallel scripts: those of TL_PHASE_PARALLEL without a parent, in the order in which they entered the phase. In
/// the parallel part of the phase, the words of its bitmaps are divided among jobs: each word, and the 64 slots whose
/// bits it holds, belong to one job, which runs those scripts.
typedef struct tl__parallel {
    tl__lane lane;
    bool any_ready;
    bool running;    ///< scripts run in parallel now
    uint64_t rounds; ///< number of parallel parts run so far
} tl__parallel;

/// The lanes of priorities (lanes.h), the highest first, and the progress of the running phase through them.
typedef struct tl__lanes {
    tl__lane **lanes;
    tl__lane *latest;  ///< the lane that was looked up last; may be null
    uint64_t *with;    ///< one bit per bitmap and lane: set if the lane may have a bit of the bitmap set
    uint32_t with_any; ///< one bit per bitmap: set if a lane may have a bit set that the running batch does not cover
    uint32_t count, capacity;
    uint32_t empty;                  ///< lanes without a script
    uint32_t first_lane, first_word; ///< no script before this word of this lane is ready
    uint32_t batch_lane, batch_end;  ///< the latest batch holds scripts of this lane, up to but not including this slot
    bool is_stale;                   ///< something else must be done before the rest of the latest batch runs
} tl__lanes;

/// The matrices of all entities.
typedef struct tl__matrices {
    struct tl_world_matrix *matrices;
    tl__entity_record **order; ///< the entities, parents first; valid while `in_order`
    uint32_t count, capacity;
    uint32_t *depths; ///< depths[n + 1]: end of depth n in `order` and `matrices`
    uint32_t depth_count, depth_capacity;
    bool in_order;
} tl__matrices;

struct tl_world {
    uint64_t id; ///< stored in the ids of its events and channels
    tl_pool *stacks;
    void (*physics)(tl_world *world, void *arg);
    void *physics_arg;
    tl__time units_per_step, units_per_second;
    int tick_bits;         ///< a tick of the timers is 2^tick_bits units
    tl__time tolerance;    ///< a deadline at most this far ahead counts as reached
    double steps_per_unit; ///< a power of two
    double microsecond_in_steps;
    tl__time steps, real_time;
    bool closing, lockstep;
    bool breaks_shields; ///< scripts that are cancelled now end at once, in spite of shields
    // `step_thread` and `stepper` are relaxed: the thread that owns the world wrote them itself, or got the world from
    // the thread that did. Any other thread only compares them with its own values, to detect misuse.
    tl__word step_thread;                  ///< tl__thread_token of the stepping thread; 0: none; any thread reads it
    tl__word stepper;                      ///< tl__holder_here of the last call that stepped it; any thread reads it
    tl__word posts;                        ///< stack of the items that threads have posted (post.c)
    struct tl__posted *undelivered;        ///< posted items whose channels were full, in order
    bool frame_ended;                      ///< tl_world_end_frame was called
    bool reported_frame, reported_scripts; ///< TL_LOG_NO_FRAMES, TL_LOG_MAX_SCRIPTS: already logged
    tl__heartbeat heartbeat;               ///< for a watchdog
    struct tl__observer *observer;         ///< null: none
    int phase;                             ///< order of the running phase, or TL__NO_PHASE
    uint32_t running; ///< nesting depth of its running scripts, predicates, clean-ups and log hooks; 0: none
    uint64_t creations;
    uint64_t turns;          ///< times that a script was resumed; parallel scripts add to it atomically
    uint64_t batches;        ///< the latest tl__script_record.batch
    int64_t first_admission; ///< the least tl__script_record.admission so far
    int64_t next_admission;  ///< while timers fire: the admission of the next script that waited for several steps

    tl__entity_record **entities; ///< allocated one by one, since lists link them
    uint32_t entity_slots, entity_capacity, entity_count;
    uint32_t free_entity1;
    tl__link living_entities; ///< the oldest first
    tl__matrices matrices;

    tl__script_record **script_blocks;
    uint32_t script_slots, script_count;
    uint32_t arm_timers;            ///< most timers of arms that may be set at once
    tl__link scripts;               ///< scripts that have neither an entity as owner nor a parent
    tl__script_record *free_script; ///< the slot that was freed last; null: none is free
    tl__script_results results;
    tl__lanes lanes;
    tl__parallel parallel;
    bool any_frozen;    ///< some group is frozen
    bool is_restrained; ///< some group is frozen or has a budget
    bool admits_steps;  ///< scripts that become ready now have waited for this step
    /// Number of scripts that the watchdog wants cancelled; also written in a signal handler. relaxed, as is `to_end`
    /// in a script: only a request, on which the script may act one wait later. The side whose exchange changes the
    /// script's `to_end` changes this number, so each request is counted once.
    tl__word to_end;
    tl_job_system *jobs; ///< may be null
    tl__wheel real_timers;
    tl__wheel_store timer_store; ///< memory for the buckets of all wheels
    uint32_t timer_room;         ///< timers that `timer_store` and `real_timers` have room for
    uint32_t group_count;
    tl__link predicates;    ///< listeners of scripts that wait for a predicate
    tl__link frame_waiters; ///< listeners for the end of a frame
    tl__link async_waiters; ///< listeners for counters and locks, which any thread may complete
    /// Stack of completed async waits (job_wait.c). Checks whether it is empty are relaxed: the exchange that pops the
    /// stack acquires, and a wait that a check misses is found by the next one.
    tl__word completions;
    tl__link completed;             ///< async waits taken off that stack, whose scripts are still to be woken
    tl__link resolved;              ///< decided wait sets whose losing children are still to be cancelled
    tl__link pending_timeouts;      ///< wait sets that a passed time decides unless something else in this step does
    struct tl__failure *unreported; ///< failures that are still to be logged
    uint32_t unreported_of_memory;  ///< number of unreported failures for which there was no memory

    tl_group *group;            ///< the group that scripts are in by default
    tl__link groups;            ///< the oldest first, so a parent before its children
    uint64_t time_factors_made; ///< the id of the time factor added last
    tl__slots events, channels;
    tl__link owned; ///< events and channels that no entity owns
    tl__root root;
};

static inline bool tl__is_stepping(const tl_world *world)
{
    return tl__load(&world->step_thread, memory_order_relaxed) != 0; // if the caller owns the world, it set this itself
}

#endif
