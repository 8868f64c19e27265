// SPDX-License-Identifier: MIT
// The program that the debuggers' tests look into: it has every kind of fiber, scripts and jobs when it calls
// look_now. Then it continues and ends as usual, or with the argument "crash" by abort. With "dump" or "json" it
// writes a dump there, and with "many" it has many fibers, and writes one.
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telar/channel.h"
#include "telar/concurrency.h"
#include "telar/dump.h"
#include "telar/event.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/overflow.h"
#include "telar/pool.h"
#include "telar/script.h"
#include "telar/wait.h"
#include "telar/world.h"

#define SEEN_IN_BACKTRACES __attribute__((noinline, noclone))
#ifdef __clang__
#undef SEEN_IN_BACKTRACES
#define SEEN_IN_BACKTRACES __attribute__((noinline))
#endif

static bool crashes, dumps, json;

static void must(tl_result result)
{
    if (result < TL_OK) {
        fprintf(stderr, "debug_program: %s\n", tl_result_string(result));
        exit(1);
    }
}

SEEN_IN_BACKTRACES void look_now(void)
{
    if (crashes)
        abort();
    if (dumps)
        tl_dump(&(tl_dump_desc){.json = json});
    __asm__ volatile("" ::: "memory");
}

// Fibers that are suspended, 3 and 30 calls deep.

SEEN_IN_BACKTRACES static int second_step(int height)
{
    int local_of_second = height * 7;
    __asm__ volatile("" : "+m"(local_of_second));
    must(tl_yield(NULL));
    __asm__ volatile("" : "+m"(local_of_second));
    return local_of_second;
}

SEEN_IN_BACKTRACES static int first_step(int height)
{
    return second_step(height + 1) + 1;
}

TL_FIBER(climbs, int, height)
{
    *height = first_step(*height);
}

SEEN_IN_BACKTRACES static int descend(int levels)
{
    if (levels == 0)
        must(tl_yield(NULL));
    else
        levels += descend(levels - 1);
    __asm__ volatile("" : "+r"(levels));
    return levels;
}

TL_FIBER(dives, int, levels)
{
    *levels = descend(*levels);
}

TL_FIBER(ends_at_once, tl_nothing, unused)
{
}

// Two that wait, and the one that runs.

SEEN_IN_BACKTRACES static void resume_next(tl_fiber *next)
{
    must(tl_resume(next, NULL));
    __asm__ volatile("" ::: "memory");
}

TL_FIBER(waits, tl_fiber *, next)
{
    resume_next(*next);
}

TL_FIBER(looks, tl_nothing, unused)
{
    look_now();
    must(tl_yield(NULL));
}

// One that runs on another thread, and one that is cancelled there: its clean-up runs.

static sem_t began, may_end;

SEEN_IN_BACKTRACES static void stay_here(void)
{
    sem_post(&began);
    while (sem_wait(&may_end) != 0)
        continue;
}

TL_FIBER(stays, tl_nothing, unused)
{
    stay_here();
}

static void *resume_there(void *fiber)
{
    must(tl_resume(fiber, NULL));
    return NULL;
}

static void clean_up(void *unused)
{
    (void)unused;
    stay_here();
}

TL_FIBER(leaves, tl_nothing, unused)
{
    tl_defer(clean_up, NULL);
    must(tl_yield(NULL));
}

static void *cancel_there(void *fiber)
{
    must(tl_fiber_cancel(fiber));
    return NULL;
}

// Scripts.

static TL_EVENT(tl_nothing) alarm_bell;
static TL_CHANNEL(int) ore;

TL_SCRIPT(mines, tl_nothing, unused)
{
    tl_wait_seconds(100);
}

TL_SCRIPT(smelts, tl_nothing, unused)
{
    int lump;
    tl_receive(ore, &lump);
}

TL_SCRIPT(guards, tl_nothing, unused)
{
    tl_wait_event(alarm_bell, NULL);
}

/// Is cancelled while it is in a shield, and so waits on.
TL_SCRIPT(lingers, tl_nothing, unused)
{
    tl_scoped_shield();
    tl_wait_seconds(50);
}

TL_SCRIPT(commands, tl_nothing, unused)
{
    tl_sync(TL_CHILD(guards, {0}), TL_CHILD(mines, {0}));
}

static tl_world *make_world(void)
{
    tl_world *world = NULL;
    tl_script script;
    must(tl_world_create(&(tl_world_desc){.max_scripts = 16}, &world));
    must(tl_event_create(world, TL_NO_ENTITY, "alarm", &alarm_bell));
    must(tl_channel_create(world, TL_NO_ENTITY, "ore", 2, &ore));
    must(tl_spawn(world, TL_NO_ENTITY, &script, commands, {0}));
    must(tl_spawn(world, TL_NO_ENTITY, &script, smelts, {0}));
    must(tl_spawn(world, TL_NO_ENTITY, &script, lingers, {0}));
    for (int i = 0; i < 120; ++i)
        must(tl_world_step(world));
    must(tl_script_cancel(world, script));
    return world;
}

// Jobs.

static tl_counter gate = {.name = "gate"}, done = {.name = "done"};
static sem_t job_waits;

SEEN_IN_BACKTRACES static void wait_for_gate(void)
{
    sem_post(&job_waits);
    must(tl_counter_wait(&gate));
    __asm__ volatile("" ::: "memory");
}

TL_JOB(passes_the_gate, tl_nothing, unused)
{
    wait_for_gate();
}

static tl_job_system *make_jobs(void)
{
    tl_job_system *jobs = NULL;
    must(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    must(tl_counter_add(&gate, 3));
    must(tl_job_run(jobs, &done, passes_the_gate, {0}));
    sem_wait(&job_waits);
    while (tl_job_system_get_info(jobs).waiting == 0 || tl_job_system_get_info(jobs).sleeping == 0)
        sched_yield();
    return jobs;
}

/// Argument "many": 100,000 fibers, and nothing else.
static int have_many(void)
{
    enum { MANY = 100000 };
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    must(tl_pool_create(&(tl_pool_desc){.stack_size = TL_STACK_MIN, .stack_count = MANY}, &pool));
    for (int i = 0; i < MANY; ++i) {
        must(tl_fiber_create(pool, &fiber, climbs, i));
        must(tl_resume(fiber, NULL));
    }
    look_now();
    must(tl_dump(NULL));
    must(tl_pool_destroy(pool));
    return 0;
}

// Argument "overflow": a script of an entity whose recursion has no end, as its compiler cannot know.

static volatile int bottom = -1;

SEEN_IN_BACKTRACES static int dig_deeper(int depth)
{
    volatile char room[512];
    room[0] = (char)depth;
    return depth == bottom ? 0 : dig_deeper(depth + 1) + room[0];
}

TL_SCRIPT(digs, tl_nothing, unused)
{
    bottom = dig_deeper(0);
}

static int overflow(void)
{
    tl_world *world = NULL;
    tl_entity miner;
    must(tl_overflow_report_enable());
    must(tl_world_create(&(tl_world_desc){.max_scripts = 1}, &world));
    must(tl_entity_create(world, TL_NO_ENTITY, &miner));
    must(tl_spawn(world, miner, NULL, digs, {0}));
    must(tl_world_step(world));
    return 0;
}

/// Resumes one fiber and cancels another, each on a thread of its own where it stays, and meanwhile resumes a third,
/// which calls look_now.
static void look_beside(tl_fiber *stayer, tl_fiber *leaver, tl_fiber *looker)
{
    pthread_t threads[2];
    if (pthread_create(&threads[0], NULL, resume_there, stayer) != 0 ||
        pthread_create(&threads[1], NULL, cancel_there, leaver) != 0)
        abort();
    for (int i = 0; i < 2; ++i)
        sem_wait(&began);
    must(tl_resume(looker, NULL));
    for (int i = 0; i < 2; ++i)
        sem_post(&may_end);
    for (int i = 0; i < 2; ++i)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "many") == 0)
        return have_many();
    if (argc > 1 && strcmp(argv[1], "overflow") == 0)
        return overflow();
    crashes = argc > 1 && strcmp(argv[1], "crash") == 0;
    json = argc > 1 && strcmp(argv[1], "json") == 0;
    dumps = json || (argc > 1 && strcmp(argv[1], "dump") == 0);
    sem_init(&began, 0, 0);
    sem_init(&may_end, 0, 0);
    sem_init(&job_waits, 0, 0);
    tl_job_system *jobs = make_jobs();
    tl_world *world = make_world();

    tl_pool *pool = NULL, *dense = NULL;
    must(tl_pool_create(&(tl_pool_desc){.stack_count = 16}, &pool));
    must(tl_pool_create(&(tl_pool_desc){.stack_count = 16, .stacks = TL_STACKS_DENSE}, &dense));
    tl_fiber *ready, *climber, *diver, *ended, *inner, *middle, *outer, *there, *leaver, *packed[2], *own;
    static char stack_of_own[65536];
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "not begun"}, &ready, climbs, 1));
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "climber"}, &climber, climbs, 5));
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "diver"}, &diver, dives, 30));
    must(tl_fiber_create(pool, &ended, ends_at_once, {0}));
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "looker"}, &inner, looks, {0}));
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "middle"}, &middle, waits, inner));
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "outer"}, &outer, waits, middle));
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "elsewhere"}, &there, stays, {0}));
    must(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "leaver"}, &leaver, leaves, {0}));
    must(tl_fiber_create_with(dense, &(tl_fiber_desc){.name = "packed 1"}, &packed[0], climbs, 10));
    must(tl_fiber_create_with(dense, &(tl_fiber_desc){.name = "packed 2"}, &packed[1], climbs, 20));
    tl_fiber_desc desc = {.name = "on its own", .stack = stack_of_own, .stack_size = sizeof stack_of_own};
    must(tl_fiber_create_with(NULL, &desc, &own, climbs, 30));
    tl_fiber *begin[] = {climber, diver, ended, leaver, own, packed[0], packed[1]};
    for (size_t i = 0; i < sizeof begin / sizeof *begin; ++i)
        must(tl_resume(begin[i], NULL));
    must(tl_fiber_cancel(packed[0])); // its frames are off the stack

    look_beside(there, leaver, outer); // three fibers deep

    for (int i = 0; i < 3; ++i)
        must(tl_counter_finish(&gate));
    must(tl_counter_wait(&done));
    must(tl_job_system_destroy(jobs));
    must(tl_world_destroy(world));
    must(tl_pool_destroy(pool));
    must(tl_pool_destroy(dense));
    must(tl_fiber_destroy(own));
    puts("ended as usual");
    return 0;
}
