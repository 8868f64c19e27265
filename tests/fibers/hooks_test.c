// SPDX-License-Identifier: MIT
// What an engine plugs in: an allocator, thread hooks, and the question what runs here.
#include "telar/hooks.h"

#include <pthread.h>
#include <string.h>

#include "../checked_heap.h"
#include "../refuse.h"
#include "check.h"
#include "telar/job.h"
#include "telar/log.h"

TL_FIBER(yields, tl_nothing, unused)
{
    char frame[600]; // more than the place of a dense fiber holds
    memset(frame, 1, sizeof frame);
    __asm__ volatile("" : : "r"(frame) : "memory");
    tl_yield(NULL);
}

TL_JOB(does_nothing, int, unused)
{
}

TL_JOB(waits_a_moment, tl_counter *, counter)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(*counter, TL_WITHIN_REAL(0.0001)));
}

static void use_dense_fibers(void)
{
    enum { COUNT = 20 };
    tl_pool *pool;
    tl_fiber *fibers[COUNT];
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stacks = TL_STACKS_DENSE}, &pool));
    for (int i = 0; i < COUNT; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], yields, {0}));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
    CHECK_OK(tl_pool_trim(pool));
    for (int i = 0; i < COUNT; i += 2)
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

static void use_jobs(void)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_job_call(jobs, does_nothing, &(int){0}));
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(all_memory_comes_from_the_allocator)
{
    CHECK_OK(tl_set_allocator(&checked_heap));
    use_dense_fibers();
    long before = checked_heap_allocations();
    CHECK(before > 0);
    use_jobs();
    CHECK(checked_heap_allocations() > before);
    CHECK_INT(0, checked_heap_blocks());
    CHECK_OK(tl_set_allocator(NULL));
    before = checked_heap_allocations();
    use_jobs();
    CHECK_INT(before, checked_heap_allocations());
}

TEST(the_allocator_stays_while_it_is_in_use)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    CHECK_MISUSE(TL_ERROR_BUSY, tl_set_allocator(&checked_heap));
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_MISUSE(TL_ERROR_NULL, tl_set_allocator(&(tl_allocator){.allocate = checked_heap.allocate}));
    CHECK_MISUSE(TL_ERROR_NULL, tl_set_allocator(&(tl_allocator){.free = checked_heap.free}));
    CHECK_OK(tl_set_allocator(&checked_heap));
}

static tl_job_system *system_of_two;

static tl_result create_system(void)
{
    return tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &system_of_two);
}

TEST(an_allocator_without_memory)
{
    CHECK_OK(tl_set_allocator(&checked_heap));
    CHECK(checked_heap_refusals(create_system) > 3);
    CHECK_OK(tl_job_system_destroy(system_of_two));
}

static tl_counter gate = {.name = "gate"};

static void open_gate(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
    if (!tl_counter_is_done(&gate))
        CHECK_OK(tl_counter_finish(&gate));
}

TL_JOB(waits_for_the_gate, int, unused)
{
    CHECK_OK(tl_counter_wait(&gate));
}

/// A fiber that cannot be made lowers how many the job system makes, and not how much memory it has for them.
TEST(a_job_system_that_gets_no_more_fibers_frees_what_it_has)
{
    CHECK_OK(tl_set_allocator(&checked_heap));
    tl_set_log_hook(open_gate);
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    CHECK_OK(tl_counter_add(&gate, 1));
    tl_counter done = {.name = "done"};
    refuse_guards = true;
    for (int i = 0; i < 20; ++i)
        CHECK_OK(tl_job_run(jobs, &done, waits_for_the_gate, {0}));
    CHECK_OK(tl_counter_wait(&done));
    refuse_guards = false;
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_INT(0, checked_heap_blocks());
}

static int began, ended, timeout_threads;
static __thread bool has_begun;

static void begin(const char *name, void *user_data)
{
    CHECK_POINTER(&began, user_data);
    CHECK(!has_begun);
    CHECK(strcmp(name, "telar worker") == 0 || strcmp(name, "loader") == 0);
    has_begun = true;
    __atomic_add_fetch(&began, strcmp(name, "loader") == 0 ? 100 : 1, __ATOMIC_RELAXED);
}

static void end(const char *name, void *user_data)
{
    (void)name;
    CHECK_POINTER(&began, user_data);
    CHECK(has_begun);
    __atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
}

TL_JOB(runs_on_a_thread_that_began, int, unused)
{
    CHECK(has_begun);
}

static const tl_thread_hooks both_hooks = {.begin = begin, .end = end, .user_data = &began};

static tl_job_system *create_with_loader(uint32_t workers)
{
    static const char *const names[] = {"loader"};
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = workers, .dedicated = names, .dedicated_count = 1},
                                  &jobs));
    return jobs;
}

TEST(each_worker_calls_the_thread_hooks)
{
    CHECK_POINTER(NULL, tl_set_thread_hooks(&both_hooks));
    CHECK_OK(tl_job_system_destroy(create_with_loader(4)));
    CHECK_INT(103, began); // three workers and the loader; the calling thread is none that the library started
    CHECK_INT(4, ended);
}

static void count_timeout_threads(const char *name, void *unused)
{
    (void)unused;
    if (strcmp(name, "telar timeouts") == 0)
        __atomic_add_fetch(&timeout_threads, 1, __ATOMIC_RELAXED);
}

TEST(a_job_system_has_one_thread_for_all_its_limits)
{
    static const tl_thread_hooks counting = {.begin = count_timeout_threads};
    tl_set_thread_hooks(&counting);
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_job_call(jobs, does_nothing, &(int){0}));
    tl_counter never = {.name = "never"};
    CHECK_OK(tl_counter_add(&never, 1));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_job_call(jobs, waits_a_moment, &(tl_counter *){&never}));
    CHECK_OK(tl_counter_finish(&never));
    CHECK_OK(tl_job_system_destroy(jobs)); // joins the threads, so that all have counted
    CHECK_INT(1, timeout_threads);
}

TEST(a_job_system_without_limits_has_no_thread_for_them)
{
    static const tl_thread_hooks counting = {.begin = count_timeout_threads};
    tl_set_thread_hooks(&counting);
    use_jobs();
    CHECK_INT(0, timeout_threads);
}

TEST(a_thread_keeps_the_hooks_that_it_began_with)
{
    static const tl_thread_hooks only_end = {.end = end, .user_data = &began};
    tl_set_thread_hooks(&both_hooks);
    tl_job_system *jobs = create_with_loader(1);
    tl_counter done = {0};
    tl_job_desc how = {.worker = tl_job_system_find_worker(jobs, "loader")};
    CHECK_OK(tl_job_run_with(jobs, &how, &done, runs_on_a_thread_that_began, {0}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_POINTER(&both_hooks, tl_set_thread_hooks(&only_end));
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_INT(100, began);
    CHECK_INT(1, ended);
    CHECK_POINTER(&only_end, tl_set_thread_hooks(NULL));
    use_jobs();
    CHECK_INT(100, began);
    CHECK_INT(1, ended);
}

static tl_running seen;

enum { FIBER_LINE = __LINE__ + 1 };
TL_FIBER(looks, tl_nothing, unused)
{
    seen = tl_running_here();
}

enum { JOB_LINE = __LINE__ + 1 };
TL_JOB(looks_in_job, int, unused)
{
    seen = tl_running_here();
}

static void expect_seen(tl_running_kind kind, const char *name, const char *function, int line)
{
    CHECK_INT(kind, seen.kind);
    CHECK_STRING(name, seen.name);
    CHECK_STRING(function, seen.function);
    CHECK_STRING(__FILE__, seen.file);
    CHECK_INT(line, seen.line);
    CHECK_UINT(0, seen.entity);
}

TEST(what_runs_here)
{
    tl_pool *pool;
    tl_fiber *fiber;
    tl_job_system *jobs;
    CHECK_INT(TL_RUNNING_NOTHING, tl_running_here().kind);
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "scout"}), &fiber, looks, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    expect_seen(TL_RUNNING_FIBER, "scout", "looks", FIBER_LINE);
    CHECK_UINT((uintptr_t)fiber, seen.id);
    tl_fiber_entry by_hand = looks__entry;
    by_hand.name = NULL;
    CHECK_OK(tl_fiber_create_raw(pool, NULL, &by_hand, &(tl_nothing){0}, &fiber));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    expect_seen(TL_RUNNING_FIBER, "(unnamed)", "(unnamed)", FIBER_LINE);
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    CHECK_OK(tl_job_call(jobs, looks_in_job, &(int){0}));
    expect_seen(TL_RUNNING_JOB, "looks_in_job", "looks_in_job", JOB_LINE);
    CHECK_OK(tl_job_system_destroy(jobs));
    tl_running none = tl_running_here();
    CHECK_INT(TL_RUNNING_NOTHING, none.kind);
    CHECK_POINTER(NULL, none.name);
}
