// SPDX-License-Identifier: MIT
// The dump of all that exists (tl_dump), and the stacks for crash reporters (tl_each_stack).
#include "telar/dump.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../checked_heap.h"
#include "check.h"
#include "telar/hooks.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/pool.h"

enum { ROOM = 1 << 22 };
static char *dumped;
static size_t length;

static void keep(const char *text, size_t size, void *unused)
{
    (void)unused;
    CHECK(length + size < ROOM);
    memcpy(dumped + length, text, size);
    dumped[length += size] = '\0';
}

/// Returns the dump's text.
static const char *dump(tl_dump_desc desc)
{
    if (dumped == NULL)
        dumped = malloc(ROOM);
    CHECK(dumped != NULL);
    length = 0;
    dumped[0] = '\0';
    desc.write = keep;
    CHECK_OK(tl_dump(&desc));
    return dumped;
}

static bool dump_if_asked(void)
{
    if (dumped == NULL)
        dumped = malloc(ROOM);
    CHECK(dumped != NULL);
    length = 0;
    dumped[0] = '\0';
    return tl_dump_if_asked(&(tl_dump_desc){.write = keep});
}

static size_t count_of(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        ++found;
    return found;
}

static void expect(const char *text, const char *what)
{
    if (strstr(text, what) == NULL)
        check_fail(__FILE__, __LINE__, "the dump has no '%s':\n%s", what, text);
}

static __attribute__((noinline)) void yield_here(void)
{
    CHECK_OK(tl_yield(NULL));
    __asm__ volatile("" ::: "memory");
}

TL_FIBER(yields, tl_nothing, unused)
{
    yield_here();
}

static tl_pool *make_fibers(tl_fiber **fibers, int count)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = (uint32_t)count}, &pool));
    for (int i = 0; i < count; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], yields, {0}));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
    return pool;
}

TEST(nothing_makes_an_empty_dump)
{
    CHECK_STRING("telar: dump (fibers, jobs, scripts, waiting threads: 0)\n\n", dump((tl_dump_desc){0}));
    CHECK_STRING("{\"stacks\":[],\n\"fibers\":[\n]}\n", dump((tl_dump_desc){.json = true}));
}

TEST(each_fiber_is_there_with_its_state)
{
    tl_fiber *fibers[3];
    tl_pool *pool = make_fibers(fibers, 3);
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[0], NULL));
    CHECK_OK(tl_fiber_reset(fibers[1], yields, {0}));
    const char *text = dump((tl_dump_desc){0});
    expect(text, "fiber \"yields\" [done], yields at ");
    expect(text, "fiber \"yields\" [ready], yields at ");
    expect(text, "fiber \"yields\" [suspended] ");
    CHECK_UINT(3, count_of(text, "fiber \""));
    CHECK_OK(tl_fiber_destroy(fibers[2]));
    CHECK_UINT(2, count_of(dump((tl_dump_desc){0}), "fiber \""));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(equal_calls_are_shown_once)
{
    enum { COUNT = 25 };
    tl_fiber *fibers[COUNT];
    tl_pool *pool = make_fibers(fibers, COUNT);
    const char *text = dump((tl_dump_desc){0});
    expect(text, "and 15 more like these\n    ");
    CHECK_UINT(10, count_of(text, "fiber \"yields\" [suspended]"));
    size_t rows = count_of(text, "\n    ");
    text = dump((tl_dump_desc){.all = true});
    CHECK_UINT(COUNT, count_of(text, "fiber \"yields\" [suspended]"));
    CHECK_UINT(rows, count_of(text, "\n    "));
    text = dump((tl_dump_desc){.json = true});
    CHECK_UINT(1, count_of(text, "\"calls\""));
    CHECK_UINT(COUNT, count_of(text, "\"stack\":0"));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(json_escapes_what_it_must)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "a \"b\" \\ \n"}), &fiber, yields, {0}));
    expect(dump((tl_dump_desc){.json = true}), "\"name\":\"a \\\"b\\\" \\\\ \\u000a\",\"state\":\"ready\"");
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(dumps, const char **, text)
{
    **text = dump((tl_dump_desc){0});
}

TEST(a_fiber_may_dump)
{
    tl_fiber *fibers[1], *dumper = NULL;
    tl_pool *pool = make_fibers(fibers, 1), *other = NULL;
    const char *text = NULL, **argument = &text;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &other));
    CHECK_OK(tl_fiber_create(other, &dumper, dumps, argument));
    CHECK_RESULT(TL_FINISHED, tl_resume(dumper, NULL));
    expect(text, "fiber \"dumps\" [running]");
    expect(text, "fiber \"yields\" [suspended]");
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_pool_destroy(other));
}

static void yield_in_write(const char *text, size_t size, void *user_data)
{
    CHECK_MISUSE(TL_ERROR_IN_CALLBACK, tl_yield(NULL));
    keep(text, size, user_data);
}

TL_FIBER(dumps_and_yields, tl_nothing, unused)
{
    length = 0;
    CHECK_OK(tl_dump(&(tl_dump_desc){.write = yield_in_write}));
}

TEST(the_function_that_writes_may_not_yield)
{
    tl_fiber *dumper;
    tl_pool *pool;
    dump((tl_dump_desc){0});
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &dumper, dumps_and_yields, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(dumper, NULL));
    expect(dumped, "fiber \"dumps_and_yields\" [running]");
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_dense_fiber_may_dump)
{
    tl_pool *dense;
    tl_fiber *dumper, *other;
    const char *text = NULL;
    const char **argument = &text;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 2, .stacks = TL_STACKS_DENSE}, &dense));
    CHECK_OK(tl_fiber_create(dense, &dumper, dumps, argument));
    CHECK_OK(tl_fiber_create(dense, &other, yields, {0}));
    CHECK_OK(tl_resume(other, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(dumper, NULL));
    expect(text, "fiber \"dumps\" [running]");
    expect(text, "fiber \"yields\" [suspended]");
    CHECK_OK(tl_pool_destroy(dense));
}

TEST(names_that_are_no_text_make_json_all_the_same)
{
    tl_fiber *fiber;
    tl_pool *pool;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create_with(pool,
                                  &(tl_fiber_desc){.name = "\xff"
                                                           "a\xc3\xa9\xe2\x82\"\x01"},
                                  &fiber, yields, {0}));
    expect(dump((tl_dump_desc){.json = true}), "\"name\":\"?a\xc3\xa9??\\\"\\u0001\"");
    CHECK_OK(tl_pool_destroy(pool));
}

static const void *described[64];
static int opened, closed;

static void *open_mine(void)
{
    ++opened;
    return &opened;
}

static void close_mine(void *mine)
{
    CHECK_POINTER(&opened, mine);
    ++closed;
}

static void describe_mine(void *mine, const void *address, bool is_return, char *text, size_t size)
{
    CHECK(mine == &opened && is_return);
    for (int i = 0; i < 64 && described[i] != address; ++i) {
        if (described[i] == NULL) {
            described[i] = address;
            break;
        }
    }
    snprintf(text, size, "called from %p", address);
}

TEST(the_program_may_find_its_own_symbols)
{
    static const tl_symbolizer mine = {open_mine, close_mine, describe_mine};
    tl_fiber *fibers[1];
    const void *calls[8];
    tl_pool *pool = make_fibers(fibers, 1);
    tl_set_symbolizer(&mine);
    expect(dump((tl_dump_desc){0}), "\n    called from ");
    CHECK(opened == 1 && closed == 1);
    size_t count = tl_fiber_calls(fibers[0], calls, 8);
    for (size_t i = 0; i < count; ++i)
        CHECK_POINTER(calls[i], described[i]);
    tl_set_symbolizer(&(tl_symbolizer){0}); // is refused
    CHECK_REPORTED(TL_ERROR_NULL);
    expect(dump((tl_dump_desc){0}), "\n    called from ");
    tl_set_symbolizer(NULL);
    CHECK_UINT(0, count_of(dump((tl_dump_desc){0}), "called from"));
    CHECK_OK(tl_pool_destroy(pool));
}

static bool in_json;

static tl_result dump_again(void)
{
    length = 0;
    tl_result result = tl_dump(&(tl_dump_desc){.write = keep, .json = in_json});
    CHECK(result == TL_OK || length == 0);
    return result;
}

TEST(without_memory_nothing_is_written)
{
    tl_fiber *fibers[4];
    tl_pool *pool = make_fibers(fibers, 4);
    dump((tl_dump_desc){0});
    tl_set_allocator(&checked_heap);
    CHECK(checked_heap_refusals(dump_again) > 3);
    in_json = true;
    CHECK(checked_heap_refusals(dump_again) > 3);
    CHECK_INT(0, checked_heap_blocks());
    tl_set_allocator(NULL);
    CHECK_OK(tl_pool_destroy(pool));
}

// Jobs that wait and go on while they are dumped.

static tl_counter gate;
static atomic_bool stops;

static __attribute__((noinline)) void wait_here(tl_counter *counter)
{
    CHECK_OK(tl_counter_wait(counter));
    __asm__ volatile("" ::: "memory");
}

TL_JOB(waits_at_the_gate, tl_nothing, unused)
{
    wait_here(&gate);
}

TL_JOB(finishes, tl_counter *, counter)
{
    CHECK_OK(tl_counter_finish(*counter));
}

/// Waits for what no job of its counter does, and so is suspended each time.
TL_JOB(waits_again_and_again, tl_nothing, unused)
{
    while (!atomic_load(&stops)) {
        tl_counter done = {.name = "the other"}, *const argument = &done;
        CHECK_OK(tl_counter_add(&done, 1));
        CHECK_OK(tl_job_run(NULL, NULL, finishes, argument));
        wait_here(&done);
    }
}

/// Checks that all lists of calls end at the same place: the bottom frame.
static void check_bottoms(const char *text)
{
    char bottom[256] = "";
    for (const char *at = strstr(text, "\n    "); at != NULL; at = strstr(at + 1, "\n    ")) {
        const char *end = strchr(at + 1, '\n');
        if (end == NULL || end[1] != '\n') // not the last one of its list
            continue;
        if (bottom[0] == '\0')
            snprintf(bottom, sizeof bottom, "%.*s", (int)(end - at), at);
        if (strncmp(at, bottom, strlen(bottom)) != 0)
            check_fail(__FILE__, __LINE__, "a list of calls does not end in %s:\n%s", bottom, text);
    }
}

TEST(jobs_may_wait_and_go_on_meanwhile)
{
    enum { DUMPS = 300, WAITING = 6, BUSY = 4 };
#ifndef TELAR_BACKEND_ASSEMBLY
    SKIP("with ucontext only the innermost call is known");
#endif
    tl_job_system *jobs = NULL;
    tl_counter done = {0};
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 5}, &jobs));
    CHECK_OK(tl_counter_add(&gate, 1));
    for (int i = 0; i < WAITING; ++i)
        CHECK_OK(tl_job_run(jobs, &done, waits_at_the_gate, {0}));
    while (tl_job_system_get_info(jobs).waiting < WAITING)
        sched_yield();
    for (int i = 0; i < BUSY; ++i)
        CHECK_OK(tl_job_run(jobs, &done, waits_again_and_again, {0}));
    int seen_busy = 0;
    for (int i = 0; i < DUMPS || seen_busy < DUMPS / 10; ++i) { // the test's time limit ends it
        const char *text = dump((tl_dump_desc){.all = true});
        seen_busy += strstr(text, "\"waits_again_and_again\" [the counter \"the other\", ") != NULL;
        CHECK_UINT(WAITING, count_of(text, "job \"waits_at_the_gate\" [the counter, "));
        check_bottoms(text);
    }
    atomic_store(&stops, true);
    CHECK_OK(tl_counter_finish(&gate));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_job_system_destroy(jobs));
}

static double now(void)
{
    struct timespec time;
    CHECK_INT(0, clock_gettime(CLOCK_MONOTONIC, &time));
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static tl_mutex shield = {.name = "shield"};
static sem_t begins; ///< posted when the fiber does nothing but wait

TL_FIBER(locks, tl_nothing, unused)
{
    sem_post(&begins);
    tl_mutex_lock(&shield);
    tl_mutex_unlock(&shield);
}

static void *lock_in_fiber(void *unused)
{
    tl_pool *pool;
    tl_fiber *fiber;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, &(tl_fiber_desc){.name = "second knight"}, &fiber, locks, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    return unused;
}

static void *lock_outside_fibers(void *unused)
{
    tl_mutex_lock(&shield);
    tl_mutex_unlock(&shield);
    return unused;
}

static void wait_until_dumped(const char *what)
{
    while (strstr(dump((tl_dump_desc){0}), what) == NULL)
        sched_yield();
}

TEST(a_thread_that_waits_is_named_by_its_fiber)
{
    pthread_t threads[2];
    CHECK_INT(0, sem_init(&begins, 0, 0));
    CHECK_OK(tl_mutex_lock(&shield));
    CHECK_INT(0, pthread_create(&threads[0], NULL, lock_in_fiber, NULL));
    CHECK_INT(0, sem_wait(&begins));
    wait_until_dumped("thread \"second knight\" [the mutex \"shield\"]\n"); // without a job system
    CHECK(strstr(dumped, "fiber \"second knight\" [running]") != NULL);
    CHECK_INT(0, pthread_create(&threads[1], NULL, lock_outside_fibers, NULL));
    wait_until_dumped("thread \"a thread outside\" [the mutex \"shield\"]\n");
    CHECK(strstr(dump((tl_dump_desc){.json = true}),
                 "{\"kind\":\"thread\",\"name\":\"second knight\",\"waits_for\":\"the mutex\",\"named\":\"shield\"") !=
          NULL);
    CHECK_OK(tl_mutex_unlock(&shield));
    for (int i = 0; i < 2; ++i)
        CHECK_INT(0, pthread_join(threads[i], NULL));
    CHECK(strstr(dump((tl_dump_desc){0}), "thread \"") == NULL);
}

TEST(a_job_says_how_long_it_has_waited)
{
    tl_job_system *jobs = NULL;
    tl_counter done = {0};
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_counter_add(&gate, 1));
    double before = now();
    CHECK_OK(tl_job_run(jobs, &done, waits_at_the_gate, {0}));
    while (tl_job_system_get_info(jobs).waiting == 0)
        sched_yield();
    double since = now();
    while (now() < since + 0.3)
        sched_yield();
    double seconds = -1, at_least = now() - since;
    const char *text = strstr(dump((tl_dump_desc){.json = true}), "\"seconds\":");
    double at_most = now() - before;
    CHECK(text != NULL && sscanf(text, "\"seconds\":%lf", &seconds) == 1);
    CHECK(seconds > at_least * 0.95 && seconds < at_most * 1.05); // two clocks
    CHECK_OK(tl_counter_finish(&gate));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_job_system_destroy(jobs));
}

// Dumps that are asked for.

TEST(a_signal_asks_for_a_dump)
{
    tl_fiber *fiber;
    tl_pool *pool = make_fibers(&fiber, 1);
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_dump_on_signal(0));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_dump_on_signal(SIGSEGV));
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_dump_on_signal(9999));
    CHECK_OK(tl_dump_on_signal(SIGTERM));
    CHECK_OK(tl_dump_on_signal(SIGTERM));
    CHECK(!dump_if_asked());
    for (int i = 0; i < 2; ++i) {
        raise(SIGTERM);
        raise(SIGTERM); // still one dump
        CHECK_UINT(0, length);
        CHECK(dump_if_asked());
        CHECK(length > 0);
        CHECK(!dump_if_asked());
    }
    tl_dump_ask();
    CHECK(dump_if_asked());
    CHECK_OK(tl_pool_destroy(pool));
}

static _Atomic int jobs_done;

TL_JOB(counts, tl_nothing, unused)
{
    atomic_fetch_add_explicit(&jobs_done, 1, memory_order_relaxed);
}

enum { FEEDERS = 4, BATCHES = 1000, BATCH = 250 };

/// Runs a quarter of a million jobs, or more until it is stopped, and waits for each batch.
TL_JOB(feeds, tl_nothing, unused)
{
    static const tl_nothing none[BATCH];
    for (int i = 0; i < BATCHES || !atomic_load(&stops); ++i) {
        tl_counter batch = {.name = "a batch"};
        CHECK_OK(tl_job_run_many(NULL, &batch, counts, none, BATCH));
        CHECK_OK(tl_counter_wait(&batch));
    }
}

TEST(a_thousand_are_asked_for_while_a_million_jobs_run)
{
    enum { DUMPS = 1000 };
    tl_job_system *jobs = NULL;
    tl_counter done = {0};
    CHECK_OK(tl_dump_on_signal(SIGTERM));
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 5}, &jobs));
    for (int i = 0; i < FEEDERS; ++i)
        CHECK_OK(tl_job_run(jobs, &done, feeds, {0}));
    for (int i = 0; i < DUMPS; ++i) {
        raise(SIGTERM);
        CHECK(dump_if_asked());
        check_bottoms(dumped);
    }
    atomic_store(&stops, true);
    CHECK_OK(tl_counter_wait(&done));
    CHECK(jobs_done >= FEEDERS * BATCHES * BATCH);
    CHECK_OK(tl_job_system_destroy(jobs));
}

// tl_each_stack.

static const tl_fiber *seen[16];
static size_t seen_count;

static void note_stack(const tl_fiber *fiber, const void *low, size_t size, void *user_data)
{
    CHECK_POINTER(&seen, user_data);
    CHECK(size > 0 && ((const volatile char *)low)[0] + ((const volatile char *)low)[size - 1] < 1000);
    tl_stack_info stack = tl_fiber_get_stack(fiber);
    bool on_stack = (const char *)low >= (const char *)stack.low &&
                    (const char *)low + size <= (const char *)stack.low + stack.size;
    CHECK(on_stack || stack.copied == size);
    seen[seen_count++] = fiber;
}

TEST(each_stack_in_use_is_shown_to_a_crash_reporter)
{
    tl_fiber *fibers[3], *packed[2];
    tl_pool *pool = make_fibers(fibers, 3), *dense = NULL;
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[1], NULL));
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 2, .stacks = TL_STACKS_DENSE}, &dense));
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(tl_fiber_create(dense, &packed[i], yields, {0}));
        CHECK_OK(tl_resume(packed[i], NULL));
    }
    CHECK(tl_each_stack(note_stack, &seen));
    CHECK_UINT(4, seen_count);
    for (size_t i = 0; i < seen_count; ++i)
        CHECK(seen[i] == fibers[0] || seen[i] == fibers[2] || seen[i] == packed[0] || seen[i] == packed[1]);
    CHECK_OK(tl_pool_destroy(dense));
    CHECK_OK(tl_pool_destroy(pool));
}
