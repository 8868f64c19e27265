// SPDX-License-Identifier: MIT
// trace_program SCENE FILE: does what a trace should show, and saves the trace. trace_test.py knows what each scene
// does.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telar/event.h"
#include "telar/job.h"
#include "telar/pool.h"
#include "telar/script.h"
#include "telar/trace.h"
#include "telar/wait.h"
#include "telar/world.h"

static void need(tl_result result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "trace_program: %s: %s\n", what, tl_result_string(result));
        exit(1);
    }
}
#define NEED(call) need(call, #call)

// Bare fibers: one that resumes another, one that transfers, one that is cancelled.

static tl_fiber *inner, *taker;

TL_FIBER(inner_fiber, tl_nothing, unused)
{
    tl_trace_zone("inner zone");
    tl_yield(NULL);
}

TL_FIBER(outer_fiber, tl_nothing, unused)
{
    tl_trace_zone("outer zone");
    tl_resume(inner, NULL);
    tl_yield(NULL);
    tl_resume(inner, NULL);
}

TL_FIBER(taker_fiber, tl_nothing, unused)
{
    tl_yield(NULL);
}

TL_FIBER(transfers, tl_nothing, unused)
{
    tl_transfer(taker, NULL);
}

static void marks(void *name)
{
    tl_trace_mark(name);
}

TL_FIBER(is_cancelled, tl_nothing, unused)
{
    tl_defer(marks, "a clean-up");
    tl_yield(NULL);
}

static void do_fibers(tl_stacks kind)
{
    tl_pool *pool;
    tl_fiber *outer, *giver, *cancelled;
    NEED(tl_pool_create(&(tl_pool_desc){.stack_count = 8, .stacks = kind}, &pool));
    NEED(tl_fiber_create(pool, &inner, inner_fiber, {0}));
    NEED(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "outer 1"}, &outer, outer_fiber, {0}));
    NEED(tl_resume(outer, NULL));
    NEED(tl_resume(outer, NULL));
    NEED(tl_fiber_create(pool, &taker, taker_fiber, {0}));
    NEED(tl_fiber_create(pool, &giver, transfers, {0}));
    NEED(tl_resume(giver, NULL));
    NEED(tl_resume(giver, NULL));
    NEED(tl_fiber_create(pool, &cancelled, is_cancelled, {0}));
    NEED(tl_resume(cancelled, NULL));
    NEED(tl_fiber_cancel(cancelled));
    NEED(tl_pool_destroy(pool));
}

static void fibers(void)
{
    do_fibers(TL_STACKS_OWN);
}

static void dense_fibers(void)
{
    do_fibers(TL_STACKS_DENSE);
}

// More fibers, each resumed by the one before, and more zones than are shown one inside the other.

enum { DEEP = 100 };
static tl_fiber *each_deeper[DEEP];

static void open_zones(int count)
{
    tl_trace_zone("a zone");
    if (count > 1)
        open_zones(count - 1);
    else
        tl_yield(NULL);
}

TL_FIBER(goes_deeper, int, depth)
{
    if (*depth + 1 < DEEP)
        tl_resume(each_deeper[*depth + 1], NULL);
    open_zones(*depth == 0 ? DEEP : 1);
}

static void deep(void)
{
    tl_pool *pool;
    NEED(tl_pool_create(&(tl_pool_desc){.stack_count = DEEP}, &pool));
    for (int i = 0; i < DEEP; ++i)
        NEED(tl_fiber_create(pool, &each_deeper[i], goes_deeper, i));
    for (int i = 0; i < 2; ++i)
        NEED(tl_resume(each_deeper[0], NULL));
    NEED(tl_pool_destroy(pool));
}

// Fibers that were made before the trace begins.

static void earlier(const char *path)
{
    tl_pool *pool;
    tl_fiber *fiber;
    static char stack[65536], other_stack[65536];
    NEED(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    NEED(tl_fiber_create(pool, &fiber, taker_fiber, {0}));
    NEED(tl_resume(fiber, NULL));
    tl_fiber *own, *other;
    tl_fiber_desc desc = {.name = "on its own stack", .stack = stack, .stack_size = sizeof stack};
    NEED(tl_fiber_create_with(NULL, &desc, &own, taker_fiber, {0}));
    NEED(tl_trace_start(NULL));
    NEED(tl_resume(fiber, NULL));
    NEED(tl_resume(own, NULL));
    desc = (tl_fiber_desc){.name = "made later", .stack = other_stack, .stack_size = sizeof other_stack};
    NEED(tl_fiber_create_with(NULL, &desc, &other, taker_fiber, {0}));
    NEED(tl_resume(other, NULL));
    tl_trace_stop();
    NEED(tl_resume(other, NULL)); // not recorded
    NEED(tl_trace_save(path, 0));
    NEED(tl_fiber_destroy(own));
    NEED(tl_fiber_destroy(other));
    NEED(tl_pool_destroy(pool));
}

// Jobs: one waits for others, which the same worker runs, and so only once the first one waits.

static tl_counter all = {.name = "all of them"};
static const tl_job_desc on_second_worker = {.worker = {2}};

TL_JOB(part, tl_nothing, unused)
{
}

TL_JOB(whole, tl_nothing, unused)
{
    tl_trace_zone("a zone of a job");
    for (int i = 0; i < 3; ++i)
        NEED(tl_job_run_with(NULL, &on_second_worker, &all, part, {0}));
    NEED(tl_counter_wait(&all, TL_FOREVER));
}

static void jobs(void)
{
    tl_job_system *jobs;
    NEED(tl_job_system_create(&(tl_job_system_desc){.workers = 3}, &jobs));
    NEED(tl_job_call_with(jobs, &on_second_worker, whole, &(tl_nothing){0}));
    NEED(tl_job_system_destroy(jobs));
}

// Jobs that are cancelled before they begin, and run, so far as that is said, on the stack of the job that waits for
// them.

TL_JOB(cancels, tl_nothing, unused)
{
    tl_trace_zone("around");
    tl_counter doomed = {.name = "doomed"};
    for (int i = 0; i < 5; ++i)
        NEED(tl_job_run(NULL, &doomed, part, {0}));
    NEED(tl_counter_cancel(&doomed));
    NEED(tl_counter_wait(&doomed));
    tl_trace_zone("afterwards");
}

static void cancelled_jobs(void)
{
    tl_job_system *jobs;
    NEED(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    NEED(tl_job_call(jobs, cancels, &(tl_nothing){0}));
    NEED(tl_job_system_destroy(jobs));
}

// A trace that begins inside a fiber and its zones.

TL_FIBER(begins_inside, tl_nothing, unused)
{
    tl_trace_zone("too early");
    NEED(tl_trace_start(NULL));
    tl_trace_zone("of a run that is not in the trace");
    tl_yield(NULL);
    tl_trace_zone("of one that is");
}

static void inside(const char *path)
{
    tl_pool *pool;
    tl_fiber *fiber;
    NEED(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    NEED(tl_fiber_create(pool, &fiber, begins_inside, {0}));
    NEED(tl_resume(fiber, NULL));
    {
        tl_trace_zone("of the thread");
        tl_trace_mark(
            "a\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac"
            "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac");
        NEED(tl_resume(fiber, NULL));
    }
    NEED(tl_trace_save(path, 0));
    tl_trace_stop();
    NEED(tl_pool_destroy(pool));
}

// Scripts: one hears another.

typedef TL_EVENT(int) alarm_event;
static alarm_event rings;
static tl_script killed;

TL_SCRIPT(hears, tl_nothing, unused)
{
    tl_trace_zone("listens");
    int loud;
    tl_wait_event(rings, &loud, TL_FOREVER);
    tl_trace_counter("loudness", loud + 0.5);
}

TL_SCRIPT(rings_it, tl_nothing, unused)
{
    tl_wait_steps(2);
    tl_emit(rings, {7});
    tl_wait_step();
    tl_script_cancel(tl_world_current(), killed);
}

TL_SCRIPT(waits_for_ever, tl_nothing, unused)
{
    tl_defer(marks, "a clean-up");
    tl_wait_seconds(1000);
}

static void scripts(void)
{
    tl_world *world;
    NEED(tl_world_create(&(tl_world_desc){0}, &world));
    NEED(tl_event_create(world, TL_NO_ENTITY, "alarm", &rings));
    NEED(tl_spawn_with(world, (&(tl_script_desc){.name = "listener"}), NULL, hears, {0}));
    NEED(tl_spawn(world, TL_NO_ENTITY, NULL, rings_it, {0}));
    NEED(tl_spawn(world, TL_NO_ENTITY, &killed, waits_for_ever, {0}));
    tl_trace_frame();
    for (int i = 0; i < 5; ++i) {
        NEED(tl_world_step(world));
        NEED(tl_world_end_frame(world));
        tl_trace_frame();
    }
    printf("turns %llu\n", (unsigned long long)tl_world_turns(world));
    NEED(tl_world_destroy(world));
}

// Frames of which the third takes long.

static volatile int worked;

TL_SCRIPT(thinks, tl_nothing, unused)
{
    for (int step = 1;; ++step) {
        {
            tl_trace_zone("plan");
            for (int i = 0; i < (step == 3 ? 30000000 : 300); ++i)
                worked = i;
        }
        tl_wait_step();
    }
}

static void slow(void)
{
    tl_world *world;
    NEED(tl_world_create(&(tl_world_desc){0}, &world));
    NEED(tl_spawn(world, TL_NO_ENTITY, NULL, thinks, {0}));
    tl_trace_frame();
    for (int i = 0; i < 3; ++i) {
        NEED(tl_world_step(world));
        tl_trace_frame();
    }
    NEED(tl_world_destroy(world));
}

// Threads that come and go share one ring.

static void *visit(void *name)
{
    if (name != NULL)
        tl_trace_name_thread(name);
    tl_trace_mark("a visit");
    return NULL;
}

static void threads(void)
{
    for (int i = 0; i <= 20; ++i) { // the last one has no name
        char name[32];
        snprintf(name, sizeof name, "visitor %d", i);
        pthread_t thread;
        if (pthread_create(&thread, NULL, visit, i < 20 ? name : NULL) != 0)
            exit(1);
        pthread_join(thread, NULL);
    }
}

// Threads that record while the trace is saved.

static _Atomic bool stops;

static _Atomic int busy_count; // threads that have filled their rings

static void *record(void *name)
{
    enum { FULL = 16384 };
    tl_trace_name_thread(name);
    for (int i = 0; !stops; ++i) {
        busy_count += i == FULL;
        tl_trace_zone("outer");
        tl_trace_counter(name, i);
        tl_trace_zone("inner");
    }
    return NULL;
}

static bool drop(const void *bytes, size_t size, void *unused)
{
    (void)bytes, (void)size, (void)unused;
    return true;
}

static void busy(const char *path)
{
    static char names[3][16] = {"busy 1", "busy 2", "busy 3"};
    pthread_t busy_threads[3];
    NEED(tl_trace_start(&(tl_trace_desc){.ring_size = 262144}));
    for (int i = 0; i < 3; ++i)
        if (pthread_create(&busy_threads[i], NULL, record, names[i]) != 0)
            exit(1);
    while (busy_count < 3)
        sched_yield();
    for (int i = 0; i < 20; ++i)
        NEED(tl_trace_write(i % 2 == 0 ? TL_TRACE_PERFETTO : TL_TRACE_CHROME, 0, drop, NULL));
    NEED(tl_trace_save(path, 0));
    stops = true;
    for (int i = 0; i < 3; ++i)
        pthread_join(busy_threads[i], NULL);
}

// Fibers that resume one another, transfer, exit and are cancelled at random.

enum { RANDOM_FIBERS = 40, RANDOM_OPERATIONS = 4000 };
static tl_fiber *all_fibers[RANDOM_FIBERS];
static uint32_t dice = 12345;
static unsigned long long begun; // times that a fiber was given control

static uint32_t roll(uint32_t sides)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 8) % sides;
}

static tl_fiber *any_suspended(void)
{
    tl_fiber *fiber = all_fibers[roll(RANDOM_FIBERS)];
    tl_fiber_status status = tl_fiber_get_status(fiber);
    return status == TL_FIBER_READY || status == TL_FIBER_SUSPENDED ? fiber : NULL;
}

TL_FIBER(acts_at_random, tl_nothing, unused)
{
    while (roll(20) != 0) {
        tl_trace_zone("round");
        tl_fiber *other = any_suspended();
        uint32_t what = roll(10);
        if (what < 4 && other != NULL) {
            ++begun;
            tl_resume(other, NULL);
        } else if (what < 6 && other != NULL) {
            ++begun;
            tl_transfer(other, NULL);
        } else if (what == 6 && other != NULL && tl_fiber_get_status(other) == TL_FIBER_SUSPENDED) {
            ++begun;
            tl_fiber_cancel(other);
        } else if (what == 7) {
            tl_exit(NULL);
        } else {
            tl_yield(NULL);
        }
    }
}

static void at_random(void)
{
    tl_pool *pool;
    NEED(tl_pool_create(&(tl_pool_desc){.stack_count = RANDOM_FIBERS}, &pool));
    for (int i = 0; i < RANDOM_FIBERS; ++i)
        NEED(tl_fiber_create(pool, &all_fibers[i], acts_at_random, {0}));
    for (int i = 0; i < RANDOM_OPERATIONS; ++i) {
        uint32_t at = roll(RANDOM_FIBERS);
        if (tl_fiber_get_status(all_fibers[at]) == TL_FIBER_DONE) {
            NEED(tl_fiber_destroy(all_fibers[at]));
            NEED(tl_fiber_create(pool, &all_fibers[at], acts_at_random, {0}));
        }
        ++begun;
        NEED(tl_resume(all_fibers[at], NULL));
    }
    for (int i = 0; i < RANDOM_FIBERS; ++i) {
        begun += tl_fiber_get_status(all_fibers[i]) == TL_FIBER_SUSPENDED; // its clean-ups are a run
        NEED(tl_fiber_destroy(all_fibers[i]));
    }
    NEED(tl_pool_destroy(pool));
    printf("runs %llu\n", begun);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
        void (*trace)(const char *path); ///< starts and saves the trace itself
    } scenes[] = {{"fibers", fibers, NULL},
                  {"dense_fibers", dense_fibers, NULL},
                  {"earlier", NULL, earlier},
                  {"deep", deep, NULL},
                  {"cancelled_jobs", cancelled_jobs, NULL},
                  {"inside", NULL, inside},
                  {"jobs", jobs, NULL},
                  {"scripts", scripts, NULL},
                  {"threads", threads, NULL},
                  {"busy", NULL, busy},
                  {"at_random", at_random, NULL},
                  {"slow", slow, NULL}};
    for (size_t i = 0; argc == 3 && i < sizeof scenes / sizeof *scenes; ++i) {
        if (strcmp(scenes[i].name, argv[1]) != 0)
            continue;
        tl_trace_name_thread("the main thread");
        if (scenes[i].trace != NULL) {
            scenes[i].trace(argv[2]);
            return 0;
        }
        NEED(tl_trace_start(NULL));
        scenes[i].run();
        tl_trace_stop();
        NEED(tl_trace_save(argv[2], 0));
        return 0;
    }
    fprintf(stderr, "usage: trace_program SCENE FILE\n");
    return 2;
}
