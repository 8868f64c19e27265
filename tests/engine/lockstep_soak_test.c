// SPDX-License-Identifier: MIT
// Random programs of scripts in worlds in lockstep. Each program runs on several machines: job systems with one worker
// or many, and different threads that step the world. On each the same must happen, in the same order.
// TELAR_SOAK="seconds workers seed" says how long the test runs, with how many workers at most, and with which program
// it begins; the next program has the next number. So a program that failed is repeated by
// TELAR_SOAK="1 8 SEED" engine_lockstep_soak the_machine_changes_nothing
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "jobs_at.h"
#include "lockstep.h"
#include "telar/log.h"

struct program all;

// What is recorded, which must be the same on each machine.

enum { KEPT = 1 << 16 };

static struct seen first_run[KEPT];
static struct {
    uint64_t hash;
    uint32_t count;
    bool is_first;
} run;

static uint64_t seed;
static const char *machine_name = "";

static void tell_program(void)
{
    fprintf(stderr, "program %ju, %s: TELAR_SOAK=\"1 8 %ju\"\n", (uintmax_t)seed, machine_name, (uintmax_t)seed);
}

static void fold(uint64_t value)
{
    run.hash = (run.hash ^ value) * 0x100000001b3u;
}

void see(struct seen what)
{
    fold(what.who);
    fold(what.step);
    fold((uint64_t)what.line);
    fold((uint64_t)what.value);
    if (run.count < KEPT && run.is_first)
        first_run[run.count] = what;
    if (run.count < KEPT && !run.is_first) {
        const struct seen *first = &first_run[run.count];
        if (first->who != what.who || first->step != what.step || first->line != what.line ||
            first->value != what.value)
            check_fail(what.file, what.line,
                       "event %u: %jx in step %u, value %jd; at first it was %s:%d: %jx in step %u, value %jd",
                       run.count, (uintmax_t)what.who, what.step, (intmax_t)what.value, first->file, first->line,
                       (uintmax_t)first->who, first->step, (intmax_t)first->value);
    }
    ++run.count;
}

// Machines.

/// Every third program has a crowd.
static int crowd(void)
{
    return seed % 3 == 0 ? 700 : 0;
}

TL_JOB(plays, tl_nothing, unused)
{
    play(crowd());
}

enum place { MAIN_WORKER, IN_A_JOB, EXTERNAL, OUTSIDE };

/// The machine that a program runs on.
struct machine {
    const char *name;
    uint32_t workers;    ///< 0: as many as the soak has
    enum place stepped;  ///< what steps the world
    bool has_no_workers; ///< the world is given no job system; scripts' own jobs run in one all the same
};

static const struct machine machines[] = {
    {"a world without workers", 1, MAIN_WORKER, true},
    {"1 worker", 1, MAIN_WORKER, false},
    {"2 workers", 2, MAIN_WORKER, false},
    {"all workers", 0, MAIN_WORKER, false},
    {"all workers, the world stepped in a job", 0, IN_A_JOB, false},
    {"2 workers, the world stepped by an external thread", 2, EXTERNAL, false},
    {"2 workers, the world stepped by a thread outside", 2, OUTSIDE, false},
};

static const struct machine *machine;

struct stepper {
    tl_counter played;
    pthread_t thread;
};

static void *step_elsewhere(void *context)
{
    struct stepper *stepper = context;
    if (machine->stepped == EXTERNAL)
        CHECK_OK(tl_job_system_enter(all.jobs));
    play(crowd());
    if (machine->stepped == EXTERNAL)
        CHECK_OK(tl_job_system_leave(all.jobs));
    CHECK_OK(tl_counter_finish(&stepper->played));
    return NULL;
}

static void play_elsewhere(void)
{
    struct stepper stepper = {.played = {.name = "played"}};
    CHECK_OK(tl_counter_add(&stepper.played, 1));
    CHECK_INT(0, pthread_create(&stepper.thread, NULL, step_elsewhere, &stepper));
    CHECK_OK(tl_counter_wait(&stepper.played));
    pthread_join(stepper.thread, NULL);
}

static void play_on(const struct machine *chosen, uint32_t workers)
{
    machine = chosen;
    machine_name = chosen->name;
    memset(&all, 0, sizeof all);
    all.dice = seed;
    run.hash = 0xcbf29ce484222325u;
    run.count = 0;
    run.is_first = chosen == machines;
    all.jobs = jobs_at_create(&(tl_job_system_desc){.workers = chosen->workers != 0 ? chosen->workers : workers,
                                                    .external_threads = 1,
                                                    .queue_size = 16u << seed % 4,
                                                    .waiting_jobs = 1 << 14,
                                                    .fiber_count = 400});
    all.jobs_of_world = chosen->has_no_workers ? NULL : all.jobs;
    tl_nothing nothing = {0};
    tl_job_desc large = {.stack = TL_STACK_LARGE};
    switch (chosen->stepped) {
    case MAIN_WORKER: play(crowd()); break;
    case IN_A_JOB: CHECK_OK(tl_job_call_with(all.jobs, &large, plays, &nothing)); break;
    default: play_elsewhere(); break;
    }
    CHECK_OK(tl_counter_wait(&all.jobs_for_scripts));
    CHECK(tl_counter_is_done(&all.scripts));
    jobs_at_destroy(all.jobs);
}

/// Adds the totals to the hash. They are known only when the program is over, and must be the same on each machine.
static void fold_totals(void)
{
    CHECK_INT(atomic_load(&all.begun), atomic_load(&all.done));
    fold((uint64_t)atomic_load(&all.done));
    fold((uint64_t)all.locked_by_jobs);
    for (int i = 0; i < MUTEXES; ++i) {
        CHECK_OK(tl_mutex_try_lock(&all.mutexes[i]));
        CHECK_OK(tl_mutex_unlock(&all.mutexes[i]));
    }
}

/// Scripts that fail while nothing waits for them are part of what is recorded.
static void see_log(const tl_log *item)
{
    if (item->id != TL_LOG_SCRIPT_FAILED)
        check_fail(__FILE__, __LINE__, "%s", item->text);
    SEE(1, item->code);
}

TEST(the_machine_changes_nothing)
{
    jobs_at_soak soak = jobs_at_read_soak(8);
    check_when_failing(tell_program);
    tl_set_log_hook(see_log);
    uint64_t programs = 0, events = 0;
    time_t end = time(NULL) + soak.seconds;
    for (seed = soak.seed; programs == 0 || time(NULL) < end; ++seed, ++programs) {
        uint64_t hash = 0;
        for (size_t i = 0; i < sizeof machines / sizeof *machines; ++i) {
            play_on(&machines[i], soak.workers);
            fold_totals();
            if (i == 0)
                hash = run.hash;
            CHECK_UINT(hash, run.hash);
        }
        events += run.count;
    }
    printf("%ju programs on %zu machines each, %ju events\n", (uintmax_t)programs, sizeof machines / sizeof *machines,
           (uintmax_t)events);
}
