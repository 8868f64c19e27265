// SPDX-License-Identifier: MIT
// Traces: what the calls answer, and the run hook. What a trace contains: tests/trace.
#include "telar/trace.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "../checked_heap.h"
#include "check.h"
#include "telar/hooks.h"
#include "telar/job.h"
#include "telar/pool.h"

static size_t written;

static bool count_bytes(const void *bytes, size_t size, void *unused)
{
    (void)bytes, (void)unused;
    written += size;
    return true;
}

static bool refuse(const void *bytes, size_t size, void *unused)
{
    (void)bytes, (void)size, (void)unused;
    return false;
}

static size_t size_of_trace(double seconds)
{
    written = 0;
    CHECK_OK(tl_trace_write(TL_TRACE_PERFETTO, seconds, count_bytes, NULL));
    return written;
}

TEST(it_is_on_from_start_to_stop)
{
    CHECK(!tl_trace_is_on());
    tl_trace_stop();
    CHECK_OK(tl_trace_start(NULL));
    CHECK(tl_trace_is_on());
    CHECK_RESULT(TL_ERROR_BUSY, tl_trace_start(NULL));
    tl_trace_stop();
    CHECK(!tl_trace_is_on());
    CHECK_OK(tl_trace_start(&(tl_trace_desc){.ring_size = 1}));
    tl_trace_stop();
}

TEST(wrong_calls_are_answered)
{
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_trace_start(&(tl_trace_desc){.ring_size = ((size_t)1 << 30) + 1}));
    CHECK(!tl_trace_is_on());
    CHECK_MISUSE(TL_ERROR_NULL, tl_trace_save(NULL, 0));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_trace_save("never.pftrace", -1));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_trace_save("never.pftrace", (double)NAN));
    CHECK_MISUSE(TL_ERROR_NULL, tl_trace_write(TL_TRACE_PERFETTO, 0, NULL, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_trace_write((tl_trace_format)2, 0, count_bytes, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_trace_write(TL_TRACE_CHROME, -1, count_bytes, NULL));
    FILE *made = fopen("never.pftrace", "rb");
    CHECK(made == NULL);
}

TEST(a_file_that_cannot_be_written_is_an_error)
{
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_trace_save("no/such/folder/file.pftrace", 0));
    CHECK_OK(tl_trace_start(NULL));
    tl_trace_mark("a mark");
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_trace_write(TL_TRACE_PERFETTO, 0, refuse, NULL));
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_trace_write(TL_TRACE_CHROME, 0, refuse, NULL));
    tl_trace_stop();
}

TEST(nothing_is_recorded_while_it_is_off)
{
    CHECK_OK(tl_trace_start(NULL));
    tl_trace_stop();
    size_t before = size_of_trace(0);
    tl_trace_mark("a mark");
    tl_trace_counter("a counter", 1);
    {
        tl_trace_zone("a zone");
        CHECK_OK(tl_trace_start(NULL)); // the zone's end is recorded, but not its begin
    }
    tl_trace_stop();
    CHECK(tl_trace_frame() == 0);
    CHECK_UINT(before, size_of_trace(0));
}

TEST(kinds_can_be_left_out)
{
    CHECK_OK(tl_trace_start(&(tl_trace_desc){.without = TL_TRACE_ZONES}));
    size_t before = size_of_trace(0);
    tl_trace_mark("a mark");
    tl_trace_counter("a counter", 1);
    tl_trace_zone("a zone");
    CHECK_UINT(before, size_of_trace(0));
    tl_trace_frame();
    CHECK(size_of_trace(0) > before);
    tl_trace_stop();
}

static tl_result yielded;

static bool yield_in_write(const void *bytes, size_t size, void *unused)
{
    yielded = tl_yield(NULL);
    return count_bytes(bytes, size, unused);
}

TL_FIBER(writes, tl_nothing, unused)
{
    CHECK_OK(tl_trace_write(TL_TRACE_CHROME, 0, yield_in_write, NULL));
}

TEST(the_function_that_writes_may_not_yield)
{
    tl_pool *pool;
    tl_fiber *fiber;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, writes, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_REPORTED(TL_ERROR_IN_CALLBACK);
    CHECK_RESULT(TL_ERROR_IN_CALLBACK, yielded);
    CHECK_OK(tl_pool_destroy(pool));
}

static void *mark_often(void *count)
{
    for (int i = 0; i < *(int *)count; ++i)
        tl_trace_mark("m");
    return NULL;
}

static void mark_in_a_thread(int count)
{
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, mark_often, &count));
    CHECK_INT(0, pthread_join(thread, NULL));
}

TEST(a_ring_of_an_earlier_trace_is_used_again_if_it_is_large_enough)
{
    enum { MARKS = 50000 };
    CHECK_OK(tl_trace_start(&(tl_trace_desc){.ring_size = 65536}));
    mark_in_a_thread(1);
    tl_trace_stop();
    CHECK_OK(tl_trace_start(&(tl_trace_desc){.ring_size = 16 * MARKS}));
    mark_in_a_thread(MARKS);
    tl_trace_stop();
    size_t all = size_of_trace(0);
    CHECK(all > 10 * MARKS); // each mark takes more than ten bytes
}

TEST(a_new_trace_drops_the_old_one)
{
    CHECK_OK(tl_trace_start(NULL));
    size_t before = size_of_trace(0);
    tl_trace_mark("a mark");
    CHECK(size_of_trace(0) > before);
    tl_trace_stop();
    CHECK_OK(tl_trace_start(NULL));
    CHECK_UINT(before, size_of_trace(0));
    tl_trace_stop();
}

TEST(a_trace_of_the_last_seconds_is_shorter)
{
    CHECK_OK(tl_trace_start(NULL));
    size_t nothing = size_of_trace(0);
    tl_trace_mark("a mark");
    CHECK(size_of_trace(0) > nothing);
    CHECK(size_of_trace(1000) > nothing);
    CHECK_UINT(nothing, size_of_trace(1e-12));
    tl_trace_stop();
}

static void pass_time(void)
{
    for (volatile int i = 0; i < 100000; ++i) {
    }
}

TEST(frames_have_durations)
{
    CHECK_OK(tl_trace_start(NULL));
    CHECK(tl_trace_frame() == 0);
    pass_time();
    CHECK(tl_trace_frame() > 0);
    size_of_trace(0);
    CHECK(tl_trace_frame() == 0); // it took long only because a trace was saved
    pass_time();
    CHECK(tl_trace_frame() > 0);
    tl_trace_stop();
    CHECK_OK(tl_trace_start(NULL));
    CHECK(tl_trace_frame() == 0);
    tl_trace_stop();
}

TEST(there_may_be_more_names_than_are_kept)
{
    CHECK_OK(tl_trace_start(NULL));
    for (int i = 0; i < 20000; ++i) {
        char name[80];
        snprintf(name, sizeof name, "a name of more than sixty-three bytes, of which the rest is cut %d", i);
        tl_trace_mark(name); // all the same one
        snprintf(name, sizeof name, "name %d", i);
        tl_trace_mark(name);
    }
    CHECK(size_of_trace(0) > 0);
    tl_trace_stop();
}

static tl_result write_trace(void)
{
    return tl_trace_write(TL_TRACE_PERFETTO, 0, count_bytes, NULL);
}

TEST(a_refusal_of_memory_is_an_error)
{
    CHECK_OK(tl_set_allocator(&checked_heap));
    CHECK_OK(tl_trace_start(NULL));
    tl_trace_mark("a mark");
    int refused = checked_heap_refusals(write_trace);
    CHECK(refused >= 3);
    tl_trace_stop();
    CHECK_OK(tl_set_allocator(NULL));
}

// The run hook, as a profiler would use it.

enum { MOST = 64 };
static const char *lanes[MOST];
static const tl_fiber *ran[MOST];
static int calls;

static void on_run(const char *lane, const tl_fiber *fiber, void *user_data)
{
    CHECK_POINTER(&calls, user_data);
    CHECK((lane == NULL) == (fiber == NULL));
    CHECK(calls < MOST);
    lanes[calls] = lane;
    ran[calls++] = fiber;
    if (fiber != NULL && tl_fiber_current() != NULL)
        CHECK_MISUSE(TL_ERROR_IN_CALLBACK, tl_yield(NULL));
}

static const tl_run_hook hook = {on_run, &calls};

static void expect_runs(int count, tl_fiber *const *fibers)
{
    CHECK_INT(count, calls);
    for (int i = 0; i < count; ++i)
        CHECK_POINTER(fibers[i], ran[i]);
    calls = 0;
}

static tl_fiber *inner, *taker;

TL_FIBER(yields, tl_nothing, unused)
{
    tl_yield(NULL);
}

TL_FIBER(resumes, tl_nothing, unused)
{
    tl_resume(inner, NULL);
    tl_yield(NULL);
}

TL_FIBER(transfers, tl_nothing, unused)
{
    tl_transfer(taker, NULL);
}

static void expect_one_call_for_each_change(void)
{
    tl_pool *pool;
    tl_fiber *outer, *giver;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &pool));
    tl_set_run_hook(&hook);
    CHECK_OK(tl_fiber_create(pool, &inner, yields, {0}));
    CHECK_OK(tl_fiber_create(pool, &outer, resumes, {0}));
    CHECK_OK(tl_fiber_create(pool, &taker, yields, {0}));
    CHECK_OK(tl_fiber_create(pool, &giver, transfers, {0}));
    CHECK_INT(0, calls);
    CHECK_OK(tl_resume(outer, NULL));
    expect_runs(4, (tl_fiber *[]){outer, inner, outer, NULL});
    const char *of_outer = lanes[0], *of_inner = lanes[1];
    CHECK(of_outer != of_inner && strcmp(of_outer, of_inner) != 0);
    CHECK_POINTER(of_outer, lanes[2]);
    CHECK_RESULT(TL_FINISHED, tl_resume(outer, NULL));
    expect_runs(2, (tl_fiber *[]){outer, NULL});
    CHECK_POINTER(of_outer, lanes[0]);
    CHECK_OK(tl_resume(giver, NULL));
    expect_runs(3, (tl_fiber *[]){giver, taker, NULL});
    CHECK_OK(tl_fiber_destroy(outer));
    CHECK_OK(tl_fiber_create(pool, &outer, yields, {0}));
    CHECK_OK(tl_resume(outer, NULL));
    CHECK_POINTER(of_outer, lanes[0]); // the same stack
    calls = 0;
    tl_set_run_hook(NULL);
    CHECK_RESULT(TL_FINISHED, tl_resume(outer, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_INT(0, calls);
}

TEST(a_hook_without_a_function_is_refused)
{
    tl_set_run_hook(&(tl_run_hook){0});
    CHECK_REPORTED(TL_ERROR_NULL);
}

TEST(the_hook_is_called_once_for_each_change)
{
    expect_one_call_for_each_change();
    CHECK_OK(tl_trace_start(NULL));
    expect_one_call_for_each_change();
    tl_trace_stop();
}

TL_JOB(job, tl_nothing, unused)
{
    CHECK(calls > 0);
}

TL_JOB(yields_often, tl_nothing, unused)
{
    for (int i = 0; i < 100; ++i)
        tl_yield(NULL);
}

TEST(it_may_start_and_stop_while_jobs_run)
{
    enum { JOBS = 1000, TIMES = 100 };
    static const tl_nothing none[JOBS];
    tl_counter done = {0};
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 3}, &jobs));
    CHECK_OK(tl_job_run_many(jobs, &done, yields_often, none, JOBS)); // on as many fibers, most of which are made now
    for (int i = 0; i < TIMES; ++i) {
        CHECK_OK(tl_trace_start(NULL));
        CHECK(size_of_trace(0) > 0);
        tl_trace_stop();
    }
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(the_hook_sees_jobs)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    tl_set_run_hook(&hook);
    CHECK_OK(tl_job_call(jobs, job, &(tl_nothing){0}));
    tl_set_run_hook(NULL);
    CHECK_INT(2, calls);
    CHECK(lanes[0] != NULL && lanes[1] == NULL);
    CHECK_OK(tl_job_system_destroy(jobs));
}
