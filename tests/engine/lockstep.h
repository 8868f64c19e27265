// SPDX-License-Identifier: MIT
/// A random program of scripts in a world in lockstep (lockstep_soak_test.c): what its parts share.
#ifndef TELAR_TEST_LOCKSTEP_H
#define TELAR_TEST_LOCKSTEP_H

#include <stdatomic.h>

#include "check.h"
#include "telar/concurrency.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/parallel.h"

enum { ENTITIES = 24, GROUPS = 3, EVENTS = 3, CHANNELS = 2, GATES = 3, MUTEXES = 3, REMEMBERED = 128 };

typedef TL_EVENT(int) number_event;
typedef TL_CHANNEL(int) number_channel;

/// The state of one program in one run.
struct program {
    tl_job_system *jobs, *jobs_of_world;
    uint64_t dice; ///< random state for what the game does outside scripts
    tl_entity entities[ENTITIES];
    tl_group *groups[GROUPS];
    number_event events[EVENTS];
    number_channel channels[CHANNELS];
    tl_counter gates[GATES], scripts, jobs_for_scripts;
    int gates_left[GATES], waiting_for_scripts;
    tl_mutex mutexes[MUTEXES], of_jobs;
    tl_recursive_mutex recursive;
    tl_condition changed;
    tl_script remembered[REMEMBERED];
    uint32_t spawned, emits, most_scripts;
    long locked_by_jobs;
    atomic_long begun, done;
};
extern struct program all;
extern tl_world *world;

/// One thing that happened.
struct seen {
    uint64_t who;
    uint32_t step;
    const char *file; ///< where it was recorded
    int line;
    int64_t value;
};

/// Records something. Called outside scripts, or in a script that runs exclusively.
void see(struct seen what);
#define SEE(id, what) see((struct seen){(id), (uint32_t)tl_world_get_time(world).steps, __FILE__, __LINE__, (what)})
/// Records something in a script. The script runs exclusively then, as it changes what others can see.
#define NOTE(me, what)                                                                                                 \
    do {                                                                                                               \
        int64_t noted = (int64_t)(what);                                                                               \
        CHECK_OK(tl_wait_exclusive());                                                                                 \
        SEE((me)->id, noted);                                                                                          \
    } while (0)

static inline uint64_t choose(uint64_t *dice, uint64_t bound)
{
    return check_random(dice) % bound;
}

// lockstep_jobs.c: the results of these depend on their arguments alone.

struct work {
    uint64_t seed, result;
    uint32_t depth;
};

TL_JOB_DECLARE(works, struct work);
/// A job that may be given up. Nothing of it is recorded.
TL_JOB_DECLARE(may_be_given_up, uint64_t);
/// Waits until all scripts that are counted have ended.
TL_JOB_DECLARE(waits_for_scripts, tl_nothing);

tl_job_desc some_job(uint64_t *dice);
/// Starts at most 3 jobs, which write to `results`. @return how many
int start_tasks(uint64_t *dice, uint32_t depth, tl_counter *counter, tl_counter *after, uint64_t *results);
/// A parallel loop.
tl_result square_all(uint64_t *numbers, size_t count, size_t grain);

// lockstep_scripts.c

enum { MOST_SCRIPTS = 150, MOST_JOBS_FOR_SCRIPTS = 12, DEEPEST = 2 };

tl_entity some_entity(uint64_t *dice);
/// Spawns a script. Called exclusively, or outside scripts.
void spawn(uint64_t *dice);
/// Spawns `count` parallel scripts, which should be enough to be spread over several workers.
void make_crowd(uint64_t *dice, int count);
void change_group(uint64_t *dice);

// lockstep_game.c

/// Runs the whole program, on the thread or in the job that steps the world.
void play(int crowd);

#endif
