// SPDX-License-Identifier: MIT
/// The record of a script.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_RECORD_H
#define TELAR_ENGINE_WORLD_SCRIPT_RECORD_H

#include "telar/script.h"
#include "world/end_record.h"
#include "world/wait_kind.h"

/// The stages of a script's life.
typedef enum tl__stage {
    TL__LIVES,
    TL__CLOSES, ///< it is suspended for good, and is unwound as soon as its last child has ended
    TL__ENDS,   ///< it is being unwound, or has ended
} tl__stage;

/// Whether a script was cancelled. A cancelled script counts as dead, but if it is running or in a shield, it runs on
/// until its next wait or until it has left its shields.
typedef enum tl__cancelled {
    TL__NOT_CANCELLED,
    TL__WAS_CANCELLED,
    TL__CANCELLED_TOO_LATE, ///< cancelled while it was ending anyway: it ends as if it were not cancelled
} tl__cancelled;

typedef struct tl__lane tl__lane;

/// Laid out in cache lines: what every resume touches comes first. (Resuming a script that only waits for the next step
/// touches none of it: see marks.h.)
struct tl__script_record {
    _Alignas(64) tl__lane *lane; ///< the lane of its priority
    uint32_t slot;               ///< its slot in that lane
    uint32_t parallel_slot1;     ///< its slot in the parallel lane, counted from 1; 0: it has none
    union {
        struct {
            int8_t phase_order; ///< of its phase
            bool fresh;         ///< its own time begins when it next runs
            bool asking;        ///< its predicate is being called
            uint8_t stage;      ///< tl__stage
            uint8_t cancelled;  ///< tl__cancelled
            bool visited;       ///< its children are being ended; then it is ended, too
            bool limit_passed;  ///< its limit has passed in this step; what it waits for may still come before it runs
            bool cleans_up;     ///< a clean-up of it waits to run exclusively; its fiber does not show that meanwhile
        };
        uint64_t all_flags; ///< the flags above as one word, to clear them at once
    };
    tl_wait wait;
    tl_result answer;     ///< result that its wait will return
    uint32_t audience1;   ///< slot number of the event in whose audience it has an entry; 0: none
    uint32_t audience_at; ///< index of that entry
    uint64_t batch;       ///< number of the batch in which it was let through to run; later ones are higher; odd: alone
    tl_group *group;
    tl_world *world;

    // Also touched when the script is woken from a wait for anything but the next step.

    /// Its own time, from which its next wait for a time counts: the time of the step or, if its latest wait was for a
    /// time, that time. So a late wake is made up for, and nothing drifts.
    _Alignas(64) tl__time local[TL__CLOCKS];
    tl_fiber *fiber;   ///< null once it has ended
    int64_t admission; ///< its order in its batch; not used if it was let through alone
    bool to_end;       ///< the watchdog wants it cancelled; set in a signal handler
    tl__link of_queue; ///< in its group's list `held` or `stopped`

    // Its current wait. A script that never waits does not touch these cache lines.

    _Alignas(64) tl__timer timer; ///< the time it waits for
    tl__timer limit;              ///< the limit of its wait
    tl__wait_base *frame;         ///< the frame of its wait (wait_kind.h); null: a lone wait
    tl__listener listener;        ///< its entry in the list of the object it waits for
    tl_predicate predicate;
    void *predicate_arg;

    // Its life.

    _Alignas(64) tl_entity owner;
    uint32_t shields; ///< number of shields it is in
    struct tl__script_record *parent;
    tl__link of_owner; ///< in the list of its parent's children, or of its entity's or world's scripts
    uint32_t index1, generation;
    uint64_t creation; ///< number of scripts made in the world so far, this one included; 0: the record is not complete
    int priority;
    const char *name;
    const tl_site *site;
    tl__time born;                ///< in game time
    struct tl__failure *caught;   ///< failure that its latest wait returned; may be null
    tl__link children;            ///< cancelled children first, then the others, oldest first
    tl__link joiners;             ///< listeners for its end
    tl_counter *counter;          ///< the counter that counts it; may be null
    tl__end end;                  ///< its result or failure
    tl__script_record *next_free; ///< next free slot, while this slot is free
};

static inline tl_script tl__script_id(const tl__script_record *script)
{
    return (tl_script){script->index1, script->generation};
}

/// Whether the watchdog wants the script cancelled.
static inline bool tl__script_is_to_end(const tl__script_record *script)
{
    return __atomic_load_n(&script->to_end, __ATOMIC_RELAXED); // nothing else depends on it
}

/// Whether the script must not be resumed any more: it is closing, or it was cancelled and is in no shield.
static inline bool tl__must_stop(const tl__script_record *script)
{
    return script->stage == TL__CLOSES || (script->cancelled != TL__NOT_CANCELLED && script->shields == 0);
}

/// Whether the script has to be closed or cancelled after a resume: it must stop, or the watchdog wants it cancelled.
static inline bool tl__has_work_after_resume(const tl__script_record *script)
{
    return tl__must_stop(script) || tl__script_is_to_end(script);
}

/// Whether the script is ready but held back: in a list of its group instead of in a lane.
static inline bool tl__is_held(const tl__script_record *script)
{
    return script->of_queue.next != NULL;
}

#endif
