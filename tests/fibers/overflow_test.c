// SPDX-License-Identifier: MIT
// Stack overflows: the report, and which handler gets the fault next. Each case overflows in a child process.
#include "telar/overflow.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

#include "child.h"
#include "eat_stack.h"
#include "fault_handlers.h"
#include "glutton.h"
#include "telar/job.h"

static pthread_t main_thread;

TEST(names_the_fiber_and_ends_by_the_fault)
{
    char output[65536];
    int status = in_child(overflow_reported, output, sizeof output);
    check_report(output);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
    if (!CHECK_ASAN && !CHECK_TSAN) // whose handlers end the process in another way
        CHECK(ended_by_overflow(status));
}

TEST(without_opting_in_nothing_is_said)
{
    char output[65536];
    int status = in_child(overflow, output, sizeof output);
    CHECK(strstr(output, "telar:") == NULL);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

static void overflow_with_handler(void)
{
    exit_with_3_at_fault();
    overflow_reported();
}

static void overflow_with_plain_handler(void)
{
    exit_with_4_at_fault();
    overflow_reported();
}

TEST(chains_to_the_handler_that_was_there_before)
{
    char output[65536];
    int status = in_child(overflow_with_handler, output, sizeof output);
    check_report(output);
    CHECK(WIFEXITED(status));
    CHECK_INT(3, WEXITSTATUS(status));
    status = in_child(overflow_with_plain_handler, output, sizeof output);
    check_report(output);
    CHECK(WIFEXITED(status));
    CHECK_INT(4, WEXITSTATUS(status));
}

static void fault_elsewhere(void)
{
    exit_with_3_at_fault();
    CHECK_OK(tl_overflow_report_enable());
    raise_fault();
}

TEST(another_fault_is_only_chained)
{
    char output[65536];
    int status = in_child(fault_elsewhere, output, sizeof output);
    CHECK_STRING("", output);
    CHECK(WIFEXITED(status));
    CHECK_INT(3, WEXITSTATUS(status));
}

// The least guard that the compiler's probes (-fstack-clash-protection) rely on, and a frame that is larger than a
// stack and such a guard together: its lowest byte, which is written first, lies in the stack below.
enum {
    SOME_STACK = 64 * 1024,
#if defined(__aarch64__) || defined(_WIN32) // where a report needs some pages of it
    PROBED_GUARD = 64 * 1024,
#else
    PROBED_GUARD = 4096,
#endif
    GIANT = SOME_STACK + PROBED_GUARD + 16 * 1024,
};

TL_FIBER(has_a_large_local, tl_nothing, unused)
{
    volatile char local[GIANT];
    __asm__ volatile("" : : "r"(local)); // or clang would keep only two bytes of it
    local[0] = 1;
    CHECK_OK(tl_yield(NULL));
    local[sizeof local - 1] = local[0];
}

TL_FIBER(allocates_much, size_t, bytes)
{
    volatile char *local = __builtin_alloca(*bytes);
    local[0] = 1;
    CHECK_OK(tl_yield(NULL));
    local[*bytes - 1] = local[0];
}

/// Makes a pool whose first fiber is the neighbour. The next fiber gets the stack above, and must not write to the
/// neighbour's.
static tl_pool *pool_with_a_neighbour(void)
{
    tl_pool *pool = NULL;
    tl_fiber *neighbour = NULL;
    CHECK_OK(tl_overflow_report_enable());
    CHECK_OK(
        tl_pool_create(&(tl_pool_desc){.stack_size = SOME_STACK, .guard_size = PROBED_GUARD, .stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create(pool, &neighbour, recurses_for_ever, {0}));
    return pool;
}

static void run_over_the_guard_with_a_local(void)
{
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create_with(pool_with_a_neighbour(), (&(tl_fiber_desc){.name = "giant"}), &fiber,
                                  has_a_large_local, {0}));
    tl_resume(fiber, NULL);
}

static void run_over_the_guard_with_alloca(void)
{
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create_with(pool_with_a_neighbour(), (&(tl_fiber_desc){.name = "giant"}), &fiber, allocates_much,
                                  {GIANT}));
    tl_resume(fiber, NULL);
}

TEST(a_frame_larger_than_the_guard_does_not_jump_over_it)
{
    char output[65536];
    int status = in_child(run_over_the_guard_with_a_local, output, sizeof output);
    CHECK(strstr(output, "telar: stack overflow in fiber \"giant\" (entry function has_a_large_local, ") != NULL);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
    status = in_child(run_over_the_guard_with_alloca, output, sizeof output);
    CHECK(strstr(output, "telar: stack overflow in fiber \"giant\" (entry function allocates_much, ") != NULL);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

/// Suspends at every depth, so that the stack is deepest inside a switch.
static int yield_deeper(int depth)
{
    CHECK_OK(tl_yield(NULL));
    volatile int deepest = depth == eat_stack_bottom ? depth : yield_deeper(depth + 1);
    return deepest;
}

TL_FIBER(yields_for_ever, tl_nothing, unused)
{
    yield_deeper(0);
}

static void overflow_in_the_switch(void)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_overflow_report_enable());
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 128 * 1024, .stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "glutton"}), &fiber, yields_for_ever, {0}));
    while (tl_resume(fiber, NULL) == TL_OK)
        continue;
}

TEST(in_the_switch_it_is_still_that_fiber)
{
    char output[65536];
    in_child(overflow_in_the_switch, output, sizeof output);
    CHECK(strstr(output, "telar: stack overflow in fiber \"glutton\" (entry function yields_for_ever, ") != NULL);
}

TL_FIBER(yields_once, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
}

static tl_pool *passing;

static void *destroy_pool(void *unused)
{
    CHECK_OK(tl_pool_destroy(passing));
    return unused;
}

/// Faults for a reason of its own after another thread has destroyed the fiber that this thread ran last.
static void fault_after_the_fiber_is_gone(void)
{
    exit_with_3_at_fault();
    CHECK_OK(tl_overflow_report_enable());
    tl_fiber *fiber = NULL;
    pthread_t thread;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &passing));
    CHECK_OK(tl_fiber_create(passing, &fiber, yields_once, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_INT(0, pthread_create(&thread, NULL, destroy_pool, NULL));
    CHECK_INT(0, pthread_join(thread, NULL));
    void *forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)forbidden = 1;
}

TEST(a_fault_after_the_fiber_is_gone_is_chained)
{
    if (check_under_valgrind())
        SKIP("Valgrind calls the fault an error, which it is");
    char output[65536];
    int status = in_child(fault_after_the_fiber_is_gone, output, sizeof output);
    CHECK_STRING("", output);
    CHECK(WIFEXITED(status));
    CHECK_INT(3, WEXITSTATUS(status));
}

static void *overflow_on_thread(void *unused)
{
    overflow_reported();
    return unused;
}

static void overflow_on_other_thread(void)
{
    CHECK_OK(tl_overflow_report_enable());
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, overflow_on_thread, NULL));
    pthread_join(thread, NULL);
}

TEST(on_any_thread_that_enabled_it)
{
    char output[65536];
    in_child(overflow_on_other_thread, output, sizeof output);
    check_report(output);
}

TL_JOB(adds_one, int *, sum)
{
    ++**sum;
}

TL_JOB(eats_its_stack, tl_job_system *, jobs)
{
    CHECK(!pthread_equal(pthread_self(), main_thread));
    int sum = 0;
    tl_counter done = {0};
    CHECK_OK(tl_job_run(*jobs, &done, adds_one, &sum)); // another job, which ends on the same fiber
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT(1, sum);
    eat_stack(0);
}

static void check_job_report(const char *output)
{
    CHECK(strstr(output, "telar: stack overflow in fiber \"eats_its_stack\" (entry function eats_its_stack, ") != NULL);
    CHECK(strstr(output, "overflow_test.c:") != NULL);
}

static tl_job_system *make_jobs(tl_worker *dedicated)
{
    static const char *const names[] = {"the eater"};
    tl_job_system *jobs = NULL;
    main_thread = pthread_self();
    CHECK_OK(tl_job_system_create(
        &(tl_job_system_desc){.workers = 1, .external_threads = 1, .dedicated = names, .dedicated_count = 1}, &jobs));
    *dedicated = tl_job_system_find_worker(jobs, names[0]);
    return jobs;
}

static void eat_on_a_dedicated_worker(tl_job_system *jobs, tl_worker worker)
{
    tl_counter done = {0};
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = worker}), &done, eats_its_stack, jobs));
    tl_counter_wait(&done);
}

static void overflow_in_a_job(void)
{
    tl_worker worker;
    CHECK_OK(tl_overflow_report_enable());
    tl_job_system *jobs = make_jobs(&worker);
    eat_on_a_dedicated_worker(jobs, worker);
}

TEST(names_the_job_that_runs_on_a_worker_thread)
{
    char output[65536];
    int status = in_child(overflow_in_a_job, output, sizeof output);
    check_job_report(output);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

static tl_job_system *entered;

static void *overflow_on_an_external_thread(void *unused)
{
    CHECK_OK(tl_job_system_enter(entered));
    overflow();
    return unused;
}

static void overflow_on_an_entered_thread(void)
{
    tl_worker worker;
    pthread_t thread;
    CHECK_OK(tl_overflow_report_enable());
    entered = make_jobs(&worker);
    CHECK_INT(0, pthread_create(&thread, NULL, overflow_on_an_external_thread, NULL));
    pthread_join(thread, NULL);
}

static void *overflow_as_the_main_worker(void *unused)
{
    tl_worker worker;
    make_jobs(&worker);
    overflow();
    return unused;
}

static void overflow_on_the_main_workers_thread(void)
{
    pthread_t thread;
    CHECK_OK(tl_overflow_report_enable());
    CHECK_INT(0, pthread_create(&thread, NULL, overflow_as_the_main_worker, NULL));
    pthread_join(thread, NULL);
}

TEST(threads_that_take_part_in_a_job_system_report)
{
    char output[65536];
    in_child(overflow_on_an_entered_thread, output, sizeof output);
    check_report(output);
    in_child(overflow_on_the_main_workers_thread, output, sizeof output);
    check_report(output);
}

static void overflow_in_a_job_made_before(void)
{
    tl_worker worker;
    tl_job_system *jobs = make_jobs(&worker);
    CHECK_OK(tl_overflow_report_enable());
    eat_on_a_dedicated_worker(jobs, worker);
}

TEST(in_a_debug_build_workers_report_that_were_there_before)
{
#if defined(NDEBUG) && !defined(_WIN32) // where no handler needs a signal stack
    SKIP("only a debug build gives every worker a signal stack");
#endif
    char output[65536];
    in_child(overflow_in_a_job_made_before, output, sizeof output);
    check_job_report(output);
}

TL_FIBER(shows_its_local, int **, where)
{
    volatile int local = 7;
    **where = (int *)&local;
    tl_yield(NULL);
    CHECK_INT(7, local);
}

/// Makes a dense fiber that is suspended, and stores in `where` the address of one of its locals.
static tl_fiber *shown(tl_pool **pool, int **where)
{
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_overflow_report_enable());
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4, .stacks = TL_STACKS_DENSE}, pool));
    CHECK_OK(tl_fiber_create_with(*pool, (&(tl_fiber_desc){.name = "careless"}), &fiber, shows_its_local, where));
    CHECK_OK(tl_resume(fiber, NULL));
    return fiber;
}

static void use_a_dense_local(void)
{
    tl_pool *pool = NULL;
    int *where = NULL;
    shown(&pool, &where);
    *(volatile int *)where = 8;
}

TEST(a_local_of_a_dense_fiber_faults_in_a_debug_build)
{
#ifdef NDEBUG
    SKIP("only a debug build closes the stack");
#endif
    char output[65536];
    int status = in_child(use_a_dense_local, output, sizeof output);
    CHECK(strstr(output, "telar: use of a dense fiber's local at 0x") != NULL);
    CHECK(strstr(output, "\"careless\" (entry function shows_its_local, ") != NULL);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

static void use_the_local_of_one_that_is_gone(void)
{
    tl_pool *pool = NULL;
    int *where = NULL;
    CHECK_OK(tl_fiber_destroy(shown(&pool, &where)));
    CHECK_OK(tl_pool_trim(pool)); // nothing is left of the fiber that a report could name
    *(volatile int *)where = 8;
}

TEST(a_local_of_a_destroyed_dense_fiber_faults_in_a_debug_build)
{
#ifdef NDEBUG
    SKIP("only a debug build closes the stack");
#endif
    char output[65536];
    int status = in_child(use_the_local_of_one_that_is_gone, output, sizeof output);
    CHECK(strstr(output, "the last fiber there was destroyed since\n") != NULL);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

static void overflow_on_dense_stack(void)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL, *other = NULL;
    int *where = NULL;
    CHECK_OK(tl_overflow_report_enable());
    CHECK_OK(
        tl_pool_create(&(tl_pool_desc){.stack_size = 128 * 1024, .stack_count = 4, .stacks = TL_STACKS_DENSE}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "innocent"}), &other, shows_its_local, &where));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "glutton"}), &fiber, recurses_for_ever, {0}));
    CHECK_OK(tl_resume(other, NULL));
    tl_resume(fiber, NULL);
}

TEST(names_the_fiber_that_runs_over_the_shared_stack)
{
    char output[65536];
    int status = in_child(overflow_on_dense_stack, output, sizeof output);
    check_report(output);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}
