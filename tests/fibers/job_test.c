// SPDX-License-Identifier: MIT
// Jobs, at every number of workers.
#include "telar/job.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/log.h"

struct mark {
    unsigned char *at;
    unsigned char with;
};

TL_JOB(mark, struct mark, m)
{
    *m->at = (unsigned char)(*m->at + m->with);
}

TEST(every_job_runs_once)
{
    enum { COUNT = 3000 };
    static unsigned char marks[COUNT];
    AT_EVERY_SIZE (jobs) {
        memset(marks, 0, sizeof marks);
        tl_counter done = {0};
        for (int i = 0; i < COUNT; ++i)
            CHECK_OK(tl_job_run(jobs, &done, mark, {&marks[i], (unsigned char)(i % 5 + 1)}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK(tl_counter_is_done(&done));
        for (int i = 0; i < COUNT; ++i)
            CHECK_INT(i % 5 + 1, marks[i]);
    }
}

static unsigned char expected_args[TL_JOB_ARGS_MAX];
static int args_size, args_right;

static void look_at_args(void *args)
{
    args_right += memcmp(args, expected_args, (size_t)args_size) == 0;
}

TEST(an_argument_of_any_size_arrives_whole)
{
    for (int i = 0; i < TL_JOB_ARGS_MAX; ++i)
        expected_args[i] = (unsigned char)(i + 1);
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    for (args_size = 1; args_size <= TL_JOB_ARGS_MAX; ++args_size) {
        tl_fiber_entry entry = {.name = "look", .run = look_at_args, .args_size = (size_t)args_size, .args_align = 1};
        unsigned char *own = malloc((size_t)args_size); // of exactly that size, so that sanitizers see an overrun
        memcpy(own, expected_args, (size_t)args_size);
        tl_counter done = {0};
        CHECK_OK(tl_job_run_raw(jobs, NULL, &done, &entry, own));
        memset(own, 0, (size_t)args_size);
        free(own);
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(args_size, args_right);
    }
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(run_many_starts_one_for_each_element)
{
    enum { COUNT = 500 };
    static unsigned char marks[COUNT];
    static struct mark each[COUNT];
    for (int i = 0; i < COUNT; ++i)
        each[i] = (struct mark){&marks[i], 7};
    AT_EVERY_SIZE (jobs) {
        memset(marks, 0, sizeof marks);
        tl_counter done = {0};
        CHECK_OK(tl_job_run_many(jobs, &done, mark, each, COUNT));
        CHECK_OK(tl_counter_wait(&done));
        for (int i = 0; i < COUNT; ++i)
            CHECK_UINT(7, marks[i]);
        CHECK_OK(tl_job_run_many(jobs, &done, mark, NULL, 0));
        CHECK_OK(tl_counter_wait(&done));
    }
}

struct fib {
    int n;
    long *result;
};

TL_JOB_DECLARE(fib, struct fib);
TL_JOB_DEFINE(fib, struct fib, f)
{
    if (f->n < 2) {
        *f->result = f->n;
        return;
    }
    long one = 0, two = 0;
    tl_counter done = {0};
    CHECK_OK(tl_job_run(NULL, &done, fib, {f->n - 1, &one}));
    CHECK_OK(tl_job_run(NULL, &done, fib, {f->n - 2, &two}));
    CHECK_OK(tl_counter_wait(&done));
    *f->result = one + two;
}

TEST(jobs_wait_for_their_own)
{
    AT_EVERY_SIZE (jobs) {
        long result = 0;
        tl_counter done = {0};
        CHECK_OK(tl_job_run(jobs, &done, fib, {16, &result}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(987, result);
    }
}

struct gate {
    tl_counter *gate;
    atomic_int *passed;
};

TL_JOB(pass, struct gate, g)
{
    CHECK_OK(tl_counter_wait(g->gate));
    atomic_fetch_add(g->passed, 1);
}

static void *wait_in_a_thread(void *gate)
{
    struct gate *g = gate;
    CHECK_OK(tl_counter_wait(g->gate));
    atomic_fetch_add(g->passed, 1);
    return NULL;
}

TL_JOB(open, struct gate, g)
{
    CHECK_INT(0, atomic_load(g->passed));
    CHECK_OK(tl_counter_finish(g->gate));
}

TEST(a_counter_serves_any_number_of_waiters)
{
    enum { JOBS = 40, THREADS = 3 };
    AT_EVERY_SIZE (jobs) {
        tl_counter gate = {.name = "gate"}, done = {0};
        atomic_int passed = 0;
        CHECK_OK(tl_counter_add(&gate, 1));
        for (int i = 0; i < JOBS; ++i)
            CHECK_OK(tl_job_run(jobs, &done, pass, {&gate, &passed}));
        pthread_t threads[THREADS];
        struct gate shared = {&gate, &passed};
        for (int i = 0; i < THREADS; ++i)
            CHECK_INT(0, pthread_create(&threads[i], NULL, wait_in_a_thread, &shared));
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW}), &done, open, {&gate, &passed}));
        CHECK_OK(tl_counter_wait(&gate));
        CHECK_OK(tl_counter_wait(&done));
        for (int i = 0; i < THREADS; ++i)
            pthread_join(threads[i], NULL);
        CHECK_INT(JOBS + THREADS, passed);
    }
}

struct cells {
    unsigned char *cell;
    size_t count, grain;
};

TL_FOR_BODY(touch, struct cells, c, i)
{
    c->cell[i]++;
}

TL_FOR_RANGE_BODY(touch_some, struct cells, c, first, end)
{
    CHECK(first < end && end <= c->count && end - first <= c->grain);
    for (size_t i = first; i < end; ++i)
        c->cell[i]++;
}

TEST(a_parallel_loop_runs_each_index_once)
{
    enum { MOST = 1001 };
    static unsigned char cells[MOST];
    static const size_t counts[] = {0, 1, 2, 15, 16, 17, MOST}, grains[] = {0, 1, 7, 16, 5000};
    AT_EVERY_SIZE (jobs) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
            for (size_t g = 0; g < sizeof grains / sizeof *grains; ++g) {
                memset(cells, 0, sizeof cells);
                struct cells all = {cells, counts[c], grains[g] != 0 ? grains[g] : MOST};
                CHECK_OK(tl_parallel_for(jobs, counts[c], grains[g], touch, &all));
                CHECK_OK(tl_parallel_for(jobs, counts[c], grains[g], touch_some, &all));
                for (size_t i = 0; i < MOST; ++i)
                    CHECK_UINT(i < counts[c] ? 2 : 0, cells[i]);
            }
        }
    }
}

struct rows {
    unsigned char cells[30][40];
};

struct row {
    struct rows *rows;
    size_t row;
};

TL_FOR_BODY(touch_cell, struct row, r, column)
{
    r->rows->cells[r->row][column]++;
}

TL_FOR_BODY(touch_row, struct rows, all, row)
{
    struct row r = {all, row};
    CHECK_OK(tl_parallel_for(NULL, 40, 3, touch_cell, &r));
}

TEST(parallel_loops_may_be_nested)
{
    AT_EVERY_SIZE (jobs) {
        struct rows all = {0};
        CHECK_OK(tl_parallel_for(jobs, 30, 1, touch_row, &all));
        for (int row = 0; row < 30; ++row)
            for (int column = 0; column < 40; ++column)
                CHECK_UINT(1, all.cells[row][column]);
    }
}

struct large {
    int numbers[200];
    long sum;
};

TL_JOB(add_up, struct large, l)
{
    for (int i = 0; i < 200; ++i)
        l->sum += l->numbers[i];
}

TL_JOB(add_up_inside, struct large, l)
{
    CHECK_OK(tl_job_call(NULL, add_up, l));
    l->sum *= 2;
}

TEST(job_call_works_on_the_argument_itself)
{
    AT_EVERY_SIZE (jobs) {
        struct large l = {.sum = 0};
        for (int i = 0; i < 200; ++i)
            l.numbers[i] = i;
        CHECK_OK(tl_job_call(jobs, add_up, &l));
        CHECK_INT(19900, l.sum);
        CHECK_OK(tl_job_call(jobs, add_up_inside, &l));
        CHECK_INT(4 * 19900, l.sum);
    }
}

struct order {
    char *text;
    char letter;
};

TL_JOB(write_letter, struct order, o)
{
    o->text[strlen(o->text)] = o->letter;
}

TEST(priorities_come_first_and_last)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    char text[16] = "";
    tl_counter done = {0};
    static const tl_priority order[] = {TL_PRIORITY_LOW, TL_PRIORITY_NORMAL, TL_PRIORITY_HIGH,
                                        TL_PRIORITY_LOW, TL_PRIORITY_NORMAL, TL_PRIORITY_HIGH};
    for (int i = 0; i < 6; ++i)
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = order[i]}), &done, write_letter,
                                 {text, (char)('a' + i)}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_STRING("fcebda", text); // within a priority the latest first
    jobs_at_destroy(jobs);
}

TL_JOB(finish, tl_counter *, counter)
{
    CHECK_OK(tl_counter_finish(*counter));
}

struct chain {
    atomic_int *at;
    int expected;
};

TL_JOB(step, struct chain, c)
{
    CHECK_INT(c->expected, atomic_fetch_add(c->at, 1));
}

TEST(a_job_begins_after_a_counter_is_at_zero)
{
    enum { STEPS = 20 };
    AT_EVERY_SIZE (jobs) {
        tl_counter steps[STEPS] = {0}, gate = {0};
        tl_counter_add(&gate, 1);
        atomic_int at = 0;
        for (int i = 0; i < STEPS; ++i)
            tl_counter_add(&steps[i], 1); // so that none is at zero before its job is counted
        for (int i = STEPS - 1; i >= 0; --i) {
            tl_job_desc desc = {.after = i == 0 ? &gate : &steps[i - 1], .priority = (tl_priority)(i % 3)};
            CHECK_OK(tl_job_run_with(jobs, &desc, &steps[i], step, {&at, i}));
            tl_counter_finish(&steps[i]);
        }
        CHECK_OK(tl_counter_finish(&gate));
        CHECK_OK(tl_counter_wait(&steps[STEPS - 1]));
        CHECK_INT(STEPS, at);
        CHECK_OK(
            tl_job_run_with(jobs, (&(tl_job_desc){.after = &gate}), &steps[0], step, {&at, STEPS})); // at zero already
        CHECK_OK(tl_counter_wait(&steps[0]));
    }
}

struct depth {
    int left;
    int *deepest;
};

TL_JOB_DECLARE(nest, struct depth);
TL_JOB_DEFINE(nest, struct depth, d)
{
    ++*d->deepest;
    if (d->left == 0)
        return;
    tl_counter done = {0};
    CHECK_OK(tl_job_run(NULL, &done, nest, {d->left - 1, d->deepest}));
    CHECK_OK(tl_counter_wait(&done));
}

TEST(waits_nested_beyond_one_stack_go_on_on_others)
{
    enum { DEPTH = 400 }; // fewer than there are fibers: each job may be stolen, and then needs its own
    AT_EVERY_SIZE_WITH (jobs, .fiber_count = 512, .stack_size = 32 << 10) {
        int deepest = 0;
        tl_counter done = {0};
        CHECK_OK(tl_job_run(jobs, &done, nest, {DEPTH, &deepest}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(DEPTH + 1, deepest);
    }
}

TL_JOB(count_one, atomic_int *, count)
{
    atomic_fetch_add(*count, 1);
}

TL_JOB(start_many, struct gate, g)
{
    tl_job_desc high = {.priority = TL_PRIORITY_HIGH};
    for (int i = 0; i < 500; ++i)
        CHECK_OK(tl_job_run_with(NULL, i % 7 == 0 ? &high : NULL, g->gate, count_one, {g->passed}));
}

TEST(a_full_queue_lets_others_go_first)
{
    AT_EVERY_SIZE_WITH (jobs, .queue_size = 4) {
        atomic_int count = 0;
        tl_counter done = {0};
        for (int i = 0; i < 8; ++i)
            CHECK_OK(tl_job_run(jobs, &done, start_many, {&done, &count}));
        for (int i = 0; i < 500; ++i)
            CHECK_OK(tl_job_run(jobs, &done, count_one, {&count}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(4500, count);
    }
}

TL_JOB(start_low, struct gate, g)
{
    tl_job_desc low = {.priority = TL_PRIORITY_LOW};
    for (int i = 0; i < 50; ++i)
        CHECK_OK(tl_job_run_with(NULL, &low, g->gate, count_one, {g->passed}));
}

TEST(a_full_queue_lets_lower_priorities_go_first_too)
{
    AT_EVERY_SIZE_WITH (jobs, .queue_size = 4) {
        atomic_int count = 0;
        tl_counter done = {0};
        tl_job_desc high = {.priority = TL_PRIORITY_HIGH};
        for (int i = 0; i < 3; ++i)
            CHECK_OK(tl_job_run_with(jobs, &high, &done, start_low, {&done, &count}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(150, count);
    }
}

TL_JOB_DECLARE(start_starters, struct gate);
TL_JOB_DEFINE(start_starters, struct gate, g)
{
    int depth = atomic_fetch_add(g->passed, 1);
    for (int i = 0; depth < 400 && i < 4; ++i)
        CHECK_OK(tl_job_run(NULL, g->gate, start_starters, {g->gate, g->passed}));
}

TEST(jobs_that_only_start_others_come_to_an_end)
{
    // There are more of these jobs than fibers, and each of them finds the queue full.
    AT_EVERY_SIZE_WITH (jobs, .queue_size = 2) {
        atomic_int count = 0;
        tl_counter done = {0};
        CHECK_OK(tl_job_run(jobs, &done, start_starters, {&done, &count}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK(count > 400);
    }
}

TL_JOB(count_unless_cancelled, struct gate, g)
{
    if (g->gate != NULL)
        CHECK_OK(tl_counter_wait(g->gate));
    CHECK(tl_job_is_cancelled());
    atomic_fetch_add(g->passed, 1);
}

TEST(cancelled_jobs_that_have_not_begun_never_do)
{
    AT_EVERY_SIZE (jobs) {
        CHECK(!tl_job_is_cancelled());
        tl_counter done = {0}, gate = {0}, begun = {0};
        atomic_int count = 0;
        tl_counter_add(&gate, 1);
        tl_counter_add(&done, 1);
        for (int i = 0; i < 100; ++i)
            CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.after = &gate}), &done, count_one, {&count}));
        CHECK_OK(tl_counter_cancel(&done));
        CHECK_OK(tl_counter_finish(&gate));
        CHECK_OK(tl_counter_finish(&done));
        CHECK_RESULT(TL_CANCELLED, tl_counter_wait(&done));
        CHECK_RESULT(TL_CANCELLED, tl_counter_wait(&done)); // as long as it is not used again
        CHECK_INT(0, count);

        tl_counter_add(&gate, 1);
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = TL_MAIN_WORKER}), &begun, count_unless_cancelled,
                                 {&gate, &count}));
        CHECK_OK(tl_job_system_run_pinned(jobs));
        CHECK_OK(tl_counter_cancel(&begun));
        CHECK_OK(tl_counter_finish(&gate));
        CHECK_RESULT(TL_CANCELLED, tl_counter_wait(&begun));
        CHECK_INT(1, count);
        CHECK_OK(tl_counter_cancel(&begun)); // nothing to cancel
        CHECK_OK(tl_job_run(jobs, &begun, count_one, {&count}));
        CHECK_OK(tl_counter_wait(&begun));
        CHECK_INT(2, count);
    }
}

TL_JOB(give_way, struct gate, g)
{
    atomic_fetch_add(g->passed, 1);
    while (!tl_counter_is_done(g->gate))
        CHECK_OK(tl_yield(NULL));
}

TEST(yield_lets_others_go_first)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter gate = {0}, done = {0};
        atomic_int passed = 0;
        tl_counter_add(&gate, 1);
        for (int i = 0; i < 5; ++i)
            CHECK_OK(tl_job_run(jobs, &done, give_way, {&gate, &passed}));
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = TL_MAIN_WORKER}), &done, finish, {&gate}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(5, passed);
    }
}

// FiberTaskingLib's stall: a job that is ready again must not have to wait for the worker that ran it before.
struct stall {
    tl_counter *gate;
    atomic_bool *went_on;
};

TL_JOB(wait_and_say, struct stall, s)
{
    CHECK_OK(tl_counter_wait(s->gate));
    atomic_store(s->went_on, true);
}

TL_JOB(open_and_never_wait, struct stall, s)
{
    CHECK_OK(tl_counter_finish(s->gate)); // makes the other job ready, on this worker
    while (!atomic_load(s->went_on))      // without giving this worker up
        ;
}

TEST(jobs_that_may_go_on_can_be_stolen)
{
    AT_EVERY_SIZE (jobs) {
        tl_job_system_info info = tl_job_system_get_info(jobs);
        if (info.workers < 2)
            continue;
        tl_counter gate = {0}, done = {0};
        atomic_bool went_on = false;
        tl_counter_add(&gate, 1);
        CHECK_OK(tl_job_run(jobs, &done, wait_and_say, {&gate, &went_on}));
        for (; info.waiting == 0; sched_yield()) // until another worker has run the job up to its wait
            info = tl_job_system_get_info(jobs);
        CHECK_OK(tl_job_run(jobs, &done, open_and_never_wait, {&gate, &went_on}));
        CHECK_OK(tl_counter_wait(&done));
    }
}

// enkiTS's deadlock: a job that waits must not have another job on top of its stack that waits for it in turn.
struct tower {
    tl_counter *first, *others;
    tl_counter *gate;
    tl_fiber **fiber;
};

TL_JOB(wait_for_first, struct tower, t)
{
    CHECK(tl_fiber_current() != *t->fiber);
    CHECK_OK(tl_counter_finish(t->gate));
    CHECK_OK(tl_counter_wait(t->first));
}

TL_JOB(first, struct tower, t)
{
    *t->fiber = tl_fiber_current();
    CHECK_OK(tl_job_run(NULL, t->others, wait_for_first, {t->first, t->others, t->gate, t->fiber}));
    CHECK_OK(tl_counter_wait(t->gate));
}

TEST(a_wait_runs_nothing_unrelated_on_the_stack_of_who_waits)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter done = {0}, others = {0}, gate = {0};
        tl_fiber *fiber = NULL;
        tl_counter_add(&gate, 1);
        CHECK_OK(tl_job_run(jobs, &done, first, {&done, &others, &gate, &fiber}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_OK(tl_counter_wait(&others));
    }
}

TEST(nothing_is_allocated_once_a_system_is_made)
{
    AT_EVERY_SIZE (jobs) {
        long before = jobs_at_allocations();
        jobs_at_fail_after = 0;
        long result = 0;
        tl_counter done = {0}, gate = {0};
        atomic_int passed = 0;
        tl_counter_add(&gate, 1);
        for (int i = 0; i < 30; ++i)
            CHECK_OK(tl_job_run(jobs, &done, pass, {&gate, &passed}));
        CHECK_OK(tl_job_run(jobs, &done, fib, {12, &result}));
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.after = &gate}), &done, count_one, {&passed}));
        CHECK_OK(tl_counter_finish(&gate));
        CHECK_OK(tl_counter_wait(&done));
        jobs_at_fail_after = -1;
        CHECK_INT(before, jobs_at_allocations());
    }
}
