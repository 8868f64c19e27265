// SPDX-License-Identifier: MIT
// Whole job systems: nothing is lost, nothing is run twice, no worker sleeps for ever, and they end.
#include "telar/job.h"

#include "base/atomics.h"
#include "check.h"
#include "explore.h"
#include "explore_jobs.h"
#include "os/spin.h"

enum { CELLS = 6 };

static char cells[CELLS];
static int runs[CELLS];

static tl_job_system *create(tl_job_system_desc desc)
{
    for (int i = 0; i < CELLS; ++i)
        runs[i] = 0;
    return explore_jobs(desc);
}

TL_JOB(touch, int, cell)
{
    explore_write(&cells[*cell]);
    ++runs[*cell];
}

static void check_cells(int count)
{
    for (int i = 0; i < count; ++i) {
        explore_read(&cells[i]);
        CHECK_INT(1, runs[i]);
    }
}

static void flat(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){0});
    tl_counter done = {0};
    for (int i = 0; i < CELLS; ++i) {
        tl_job_desc desc = {.priority = (tl_priority)explore_choose(3), .stack = (tl_job_stack)explore_choose(2)};
        CHECK_OK(tl_job_run_with(jobs, explore_choose(2) ? &desc : NULL, &done, touch, {i}));
    }
    CHECK_OK(tl_counter_wait(&done));
    check_cells(CELLS);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(each_job_runs_once)
{
    explore(100000, flat);
}

struct tree {
    int depth, *leaves;
};

TL_JOB_DECLARE(grow, struct tree);
TL_JOB_DEFINE(grow, struct tree, t)
{
    if (t->depth == 0) {
        explore_write(t->leaves);
        *t->leaves = 1;
        return;
    }
    int left = 0, right = 0;
    tl_counter done = {0};
    CHECK_OK(tl_job_run(NULL, &done, grow, {t->depth - 1, &left}));
    CHECK_OK(tl_job_run(NULL, &done, grow, {t->depth - 1, &right}));
    CHECK_OK(tl_counter_wait(&done));
    explore_read(&left);
    explore_read(&right);
    explore_write(t->leaves);
    *t->leaves = left + right;
}

static void fork_and_join(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){0});
    tl_counter done = {0};
    int leaves = 0;
    CHECK_OK(tl_job_run(jobs, &done, grow, {2, &leaves}));
    CHECK_OK(tl_counter_wait(&done));
    explore_read(&leaves);
    CHECK_INT(4, leaves);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(jobs_wait_for_their_own)
{
    explore(100000, fork_and_join);
}

struct gate {
    tl_counter *gate;
    int cell;
};

TL_JOB(pass, struct gate, g)
{
    CHECK_OK(tl_counter_wait(g->gate));
    explore_read(&cells[0]);
    touch(&g->cell);
}

TL_JOB(open, tl_counter *, gate)
{
    int first = 0;
    touch(&first);
    CHECK_OK(tl_counter_finish(*gate));
}

static void *open_from_outside(void *gate)
{
    open(&(tl_counter *){gate});
    return NULL;
}

/// Jobs that wait, one that begins after, one that is pinned; opened by a job or by a thread that is no worker.
static void wait_for_a_gate(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){0});
    tl_counter gate = {0}, done = {0};
    CHECK_OK(tl_counter_add(&gate, 1));
    CHECK_OK(tl_job_run(jobs, &done, pass, {&gate, 1}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = {2}}), &done, pass, {&gate, 2}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.after = &gate}), &done, pass, {&gate, 3}));
    bool outside = explore_choose(2) == 0;
    int thread = outside ? explore_start(open_from_outside, &gate) : 0;
    if (!outside)
        CHECK_OK(tl_job_run(jobs, &done, open, {&gate}));
    CHECK_OK(tl_counter_wait(&done));
    check_cells(4);
    if (outside)
        explore_join(thread);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(waiting_jobs_go_on)
{
    explore(100000, wait_for_a_gate);
}

static void *use_from_outside(void *system)
{
    tl_job_system *jobs = system;
    bool external = explore_choose(2) == 0;
    if (external)
        CHECK_OK(tl_job_system_enter(jobs));
    for (int i = 0; i < 2; ++i) {
        tl_counter done = {0};
        CHECK_OK(tl_job_run(jobs, &done, touch, {i}));
        CHECK_OK(tl_counter_wait(&done));
        explore_read(&cells[i]);
    }
    if (external)
        CHECK_OK(tl_job_system_leave(jobs));
    return NULL;
}

/// Workers fall asleep and are woken again and again.
static void sleep_and_wake(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){.external_threads = 1});
    int thread = explore_start(use_from_outside, jobs);
    for (int i = 2; i < 5; ++i) {
        tl_counter done = {0};
        tl_job_desc desc = {.worker = {explore_choose(3)}};
        CHECK_OK(tl_job_run_with(jobs, explore_choose(2) ? &desc : NULL, &done, touch, {i}));
        CHECK_OK(tl_counter_wait(&done));
        explore_read(&cells[i]);
    }
    explore_join(thread);
    check_cells(5);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(no_worker_sleeps_while_there_is_work)
{
    explore(100000, sleep_and_wake);
}

TL_JOB(touch_and_start_more, tl_counter *, done)
{
    touch(&(int){1});
    tl_job_desc desc = {.priority = (tl_priority)explore_choose(3)};
    CHECK_OK(tl_job_run_with(NULL, &desc, *done, touch, {2}));
}

/// The main thread waits and helps with some priorities only, and the others find what it leaves.
static void help_with_some(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){0});
    tl_counter awaited = {0}, rest = {0};
    tl_job_desc desc = {.priority = (tl_priority)explore_choose(3)};
    CHECK_OK(tl_job_run_with(jobs, &desc, &rest, touch, {0}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = {explore_choose(3)}}), &awaited, touch_and_start_more,
                             {&awaited}));
    CHECK_OK(tl_counter_wait_helping(&awaited, explore_choose(2) ? TL_PRIORITY_HIGH : TL_PRIORITY_NORMAL));
    while (!tl_counter_is_done(&rest)) // which others run
        tl__pause(&(uint32_t){0});
    check_cells(3);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(others_run_what_the_main_thread_does_not_help_with)
{
    explore(100000, help_with_some);
}

/// What a worker started, others run, though it does not come back to it itself.
static void start_and_look_away(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){0});
    for (int i = 0; i < 2; ++i) {
        tl_counter done = {0};
        tl_job_desc desc = {.priority = (tl_priority)explore_choose(3), .stack = (tl_job_stack)explore_choose(2)};
        CHECK_OK(tl_job_run_with(jobs, explore_choose(2) ? &desc : NULL, &done, touch, {i}));
        while (!tl_counter_is_done(&done))
            tl__pause(&(uint32_t){0});
        explore_read(&cells[i]);
    }
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(others_take_what_was_started)
{
    explore(100000, start_and_look_away);
}

TL_JOB(look_away, int, cell)
{
    while (__atomic_load_n(&runs[*cell], __ATOMIC_RELAXED) == 0)
        tl__pause(&(uint32_t){0});
}

/// Two jobs for two others, the first of whom to come is not there for both.
static void start_two_and_look_away(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){.workers = 3});
    tl_counter done = {0};
    tl_job_desc large = {.stack = TL_STACK_LARGE}; // each from where all look
    CHECK_OK(tl_job_run_with(jobs, explore_choose(2) ? &large : NULL, &done, look_away, {0}));
    CHECK_OK(tl_job_run_with(jobs, explore_choose(2) ? &large : NULL, &done, touch, {0}));
    while (!tl_counter_is_done(&done))
        tl__pause(&(uint32_t){0});
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(as_many_come_as_there_is_work_for)
{
    explore(100000, start_two_and_look_away);
}

TL_JOB(open_and_look_away, struct gate, g)
{
    CHECK_OK(tl_counter_finish(g->gate)); // a job may continue now, on another worker only
    while (__atomic_load_n(&runs[g->cell], __ATOMIC_RELAXED) == 0)
        tl__pause(&(uint32_t){0});
}

/// The same of a job that may go on.
static void make_ready_and_look_away(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){0});
    tl_counter gate = {0}, done = {0};
    CHECK_OK(tl_counter_add(&gate, 1));
    CHECK_OK(tl_job_run(jobs, &done, pass, {&gate, 1}));
    CHECK_OK(tl_job_run(jobs, &done, open_and_look_away, {&gate, 1}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(others_take_what_may_go_on)
{
    explore(100000, make_ready_and_look_away);
}

TL_JOB(wait_at_gate, tl_counter *, gate)
{
    CHECK_OK(tl_counter_wait(*gate));
}

/// So many jobs wait that others find no fiber for a while.
static void have_few_fibers(void)
{
    tl_job_system *jobs = create((tl_job_system_desc){.workers = 2, .fiber_count = 4});
    tl_counter gate = {0}, done = {0};
    CHECK_OK(tl_counter_add(&gate, 1));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_job_run(jobs, &done, wait_at_gate, {&gate}));
    for (int i = 1; i < CELLS; ++i)
        CHECK_OK(tl_job_run(jobs, &done, touch, {i}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW}), &done, open, {&gate}));
    CHECK_OK(tl_counter_wait(&done));
    check_cells(CELLS);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(jobs_wait_for_a_fiber_to_begin_on)
{
    explore(100000, have_few_fibers);
}

static int cleaned;

static void clean(void *unused)
{
    (void)unused;
    ++cleaned;
}

TL_JOB(wait_for_ever, tl_counter *, never)
{
    tl_defer(clean, NULL);
    tl_counter_wait(*never);
    CHECK_UNREACHED();
}

TL_JOB(start_others, tl_counter *, never)
{
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_job_run(NULL, NULL, touch, {i}));
    tl_counter inner = {0};
    CHECK_OK(tl_job_run(NULL, &inner, wait_for_ever, {*never}));
    tl_counter_wait(&inner);
}

static void end_at_once(void)
{
    cleaned = 0;
    tl_job_system *jobs = create((tl_job_system_desc){0});
    tl_counter never = {0};
    CHECK_OK(tl_counter_add(&never, 1));
    bool waits = explore_choose(2) == 0;
    if (waits)
        CHECK_OK(tl_job_run(jobs, NULL, start_others, {&never}));
    for (int i = waits ? 3 : 0; i < CELLS; ++i)
        CHECK_OK(tl_job_run(jobs, NULL, touch, {i}));
    CHECK_OK(tl_job_system_destroy(jobs));
    check_cells(CELLS);
    CHECK_INT(waits, cleaned);
}

TEST(ending_runs_everything_and_cancels_what_waits)
{
    explore(100000, end_at_once);
}
