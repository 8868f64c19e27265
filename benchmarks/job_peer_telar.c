// SPDX-License-Identifier: MIT
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "job_peer.h"
#include "measure.h"
#include "telar/job.h"

static tl_job_system *jobs;

static void check(tl_result result)
{
    if (result != TL_OK) {
        fprintf(stderr, "job_bench: %s\n", tl_result_string(result));
        exit(1);
    }
}

static void open(unsigned workers)
{
    check(tl_job_system_create(&(tl_job_system_desc){.workers = workers}, &jobs));
}

static void open_pinned(unsigned workers)
{
    check(tl_job_system_create(&(tl_job_system_desc){.workers = workers, .pin_threads = true}, &jobs));
}

static void close(void)
{
    check(tl_job_system_destroy(jobs));
}

TL_JOB(nothing, tl_nothing, unused)
{
}

static void flat(size_t count)
{
    tl_counter done = {0};
    for (size_t i = 0; i < count; ++i)
        tl_job_run(jobs, &done, nothing, {0});
    tl_counter_wait(&done);
}

struct fibonacci {
    int n;
    long *result;
};

TL_JOB_DECLARE(fibonacci, struct fibonacci);

static long number(int n)
{
    if (n < 2)
        return n;
    long left = 0;
    tl_counter done = {0};
    tl_job_run(jobs, &done, fibonacci, {n - 1, &left});
    long right = number(n - 2);
    tl_counter_wait(&done);
    return left + right;
}

TL_JOB_DEFINE(fibonacci, struct fibonacci, f)
{
    *f->result = number(f->n);
}

static long fork_join(int n)
{
    long result = 0;
    tl_counter done = {0};
    tl_job_run(jobs, &done, fibonacci, {n, &result});
    tl_counter_wait(&done);
    return result;
}

struct loop {
    void (*work)(size_t i, void *context);
    void *context;
};

TL_FOR_BODY(work, struct loop, l, i)
{
    l->work(i, l->context);
}

static void loop(size_t count, void (*each)(size_t i, void *context), void *context)
{
    struct loop l = {each, context};
    tl_parallel_for(jobs, count, 0, work, &l);
}

TL_JOB(tell_time, _Atomic(double) *, began)
{
    atomic_store(*began, now());
}

static double wake(void)
{
    _Atomic(double) began = 0;
    tl_counter done = {0};
    double start = now();
    tl_job_run(jobs, &done, tell_time, {&began});
    while (atomic_load(&began) == 0) // without helping, so that another worker runs the job
        ;
    tl_counter_wait(&done);
    return began - start;
}

const job_peer job_peer_telar = {"Telar", open, close, flat, fork_join, loop, wake};
const job_peer job_peer_telar_pinned = {"Telar pinned", open_pinned, close, flat, fork_join, loop, wake};
