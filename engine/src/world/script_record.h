// SPDX-License-Identifier: MIT
/// What there is of each script.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_RECORD_H
#define TELAR_ENGINE_WORLD_SCRIPT_RECORD_H

#include "telar/script.h"
#include "world/end_record.h"
#include "world/wait_kind.h"

/// How far the life of a script has come.
typedef enum tl__stage {
    TL__LIVES,
    TL__CLOSES, ///< it is suspended for good, and will be unwound as soon as the last of its children is gone
    TL__ENDS,   ///< it is being unwound, or has ended
} tl__stage;

/// Whether a script was cancelled. One that runs, or is in a shield, keeps running until that is over, though it counts
/// as dead.
typedef enum tl__cancelled {
    TL__NOT_CANCELLED,
    TL__WAS_CANCELLED,
    TL__CANCELLED_TOO_LATE, ///< when it was ending anyway: it ends as it would have
} tl__cancelled;

typedef struct tl__lane tl__lane;

/// In lines of the cache: what a turn touches comes first. (One that only waits for the next step does without all of
/// it: see marks.h.)
struct tl__script_record {
    _Alignas(64) tl__lane *lane; ///< of its priority
    uint32_t slot;               ///< of that lane
    uint32_t parallel_slot1;     ///< its slot in the parallel lane, counted from 1; 0: it has none
    union {
        struct {
            int8_t phase_order; ///< of its phase
            bool fresh;         ///< its own time begins when it next runs
            bool asking;        ///< its predicate is being called
            uint8_t stage;      ///< tl__stage
            uint8_t cancelled;  ///< tl__cancelled
            bool visited;       ///< its children are being ended; then it is ended, too
            bool limit_passed;  ///< in this step; what it waits for may yet come before its place in it
            bool cleans_up;     ///< it waits for its turn alone inside a clean-up; its fiber does not say so meanwhile
        };
        uint64_t all_flags; ///< for clearing them at once
    };
    tl_wait wait;
    tl_result answer;     ///< what the wait will answer
    uint32_t audience1;   ///< the number of the event that it waits for, if it does so in that one's audience; else 0
    uint32_t audience_at; ///< its place there
    uint64_t batch;       ///< when it was let through to run, among all times that any were; odd: alone
    tl_group *group;
    tl_world *world;

    // What waking it from any other wait touches, besides the line above.

    /// Its own time, which its next wait for a time counts from: the step's, but what its latest wait was for where
    /// that was a time. So being late is made up for, and nothing drifts.
    _Alignas(64) tl__time local[TL__CLOCKS];
    tl_fiber *fiber;   ///< null once it has ended
    int64_t admission; ///< its place among those that were let through with it; of one that was let through alone any
    bool to_end;       ///< the watchdog wants it cancelled; set in a signal handler
    tl__link of_queue; ///< in its group's list of held ones

    // The wait that it is in. A life without any leaves these lines alone.

    _Alignas(64) tl__timer timer; ///< the time it waits for
    tl__timer limit;              ///< the time it waits at most
    tl__wait_base *frame;         ///< what it waits in, where that is no lone wait; else null
    tl__listener listener;        ///< the one thing it waits for
    tl_predicate predicate;
    void *predicate_arg;

    // Its life.

    _Alignas(64) tl_entity owner;
    uint32_t shields; ///< how many it is in
    struct tl__script_record *parent;
    tl__link of_owner; ///< in its owner's list: a script's children, an entity's or the world's scripts
    uint32_t index1, generation;
    uint64_t creation; ///< its place among all that were ever made
    int priority;
    const char *name;
    const tl_site *site;
    tl__time born;                ///< in game time
    struct tl__failure *caught;   ///< what its latest wait brought
    tl__link children;            ///< those that are cancelled already come first, then the others by age
    tl__link joiners;             ///< listeners for its end
    tl_counter *counter;          ///< that counts it; may be null
    tl__end end;                  ///< what it leaves behind
    tl__script_record *next_free; ///< while it is free
};

static inline tl_script tl__script_id(const tl__script_record *script)
{
    return (tl_script){script->index1, script->generation};
}

/// Whether the watchdog wants it cancelled.
static inline bool tl__script_is_to_end(const tl__script_record *script)
{
    return __atomic_load_n(&script->to_end, __ATOMIC_RELAXED); // nothing else depends on it
}

/// Whether it is not to go on: it has stopped for good, or was cancelled and is in no shield.
static inline bool tl__must_stop(const tl__script_record *script)
{
    return script->stage == TL__CLOSES || (script->cancelled != TL__NOT_CANCELLED && script->shields == 0);
}

/// Whether it will not go on, or is not to.
static inline bool tl__has_work_after_resume(const tl__script_record *script)
{
    return tl__must_stop(script) || tl__script_is_to_end(script);
}

/// Whether it is ready, but in its group's list instead of a lane.
static inline bool tl__is_held(const tl__script_record *script)
{
    return script->of_queue.next != NULL;
}

#endif
