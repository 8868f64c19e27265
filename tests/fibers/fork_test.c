// SPDX-License-Identifier: MIT
// fork: what a child can still do with fibers, and what it cannot do with its parent's job system.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "child.h"
#include "telar/dump.h"
#include "telar/fiber.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/pool.h"

static tl_job_system *jobs;
static tl_counter gate = {.name = "gate"}, waiting = {.name = "waiting"};
static char output[4096];

static void check_child(int status)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        check_fail(__FILE__, __LINE__, "the child ended with status %x: %s", (unsigned)status, output);
}

/// Ends the child after 30 seconds, in case a call hangs.
static void limit_time(void)
{
    alarm(30);
}

/// Makes the parent's job system, and waits until its workers sleep. Threads allocate when they start, and
/// AddressSanitizer, unlike the C library, does not make sure that no thread is in its allocator at a fork.
static void make_jobs(tl_job_system_desc desc)
{
    CHECK_OK(tl_job_system_create(&desc, &jobs));
    for (tl_job_system_info info = {0}; info.sleeping + 1 < desc.workers; sched_yield())
        info = tl_job_system_get_info(jobs);
}

static atomic_int cleaned, gates_seen;

static void count_cleanup(void *counted)
{
    atomic_fetch_add((atomic_int *)counted, 1);
}

TL_JOB(wait_for_gate, tl_nothing, nothing)
{
    tl_defer(count_cleanup, &cleaned);
    atomic_fetch_add(&gates_seen, 1);
    tl_counter_wait(&gate);
}

TL_JOB(count_one, atomic_int *, count)
{
    atomic_fetch_add(*count, 1);
}

TL_FOR_RANGE_BODY(count_range, atomic_int, count, first, end)
{
    atomic_fetch_add(count, (int)(end - first));
}

static void run_own_jobs(void)
{
    if (CHECK_TSAN) // which allows no new threads in a forked child
        return;
    tl_job_system *own;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 3}, &own));
    CHECK_POINTER(own, tl_job_system_current());
    tl_counter done = {0};
    atomic_int count = 0;
    atomic_int *const argument = &count;
    for (int i = 0; i < 100; ++i)
        CHECK_OK(tl_job_run(own, &done, count_one, argument));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT(100, count);
    CHECK_OK(tl_parallel_for(NULL, 100, 7, count_range, &count));
    CHECK_INT(200, count);
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_run(jobs, NULL, count_one, argument)); // still refused
    CHECK_OK(tl_job_system_destroy(own));
}

static void use_parents_jobs(void)
{
    limit_time();
    atomic_int count = 0;
    atomic_int *const arguments[2] = {&count, &count};
    tl_counter none = {0};
    CHECK_POINTER(NULL, tl_job_system_current());
    CHECK_INT(0, tl_worker_current().index1);
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_run(jobs, &none, count_one, arguments[0]));
    CHECK(tl_counter_is_done(&none));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_run_many(jobs, &none, count_one, arguments, 2));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_call(jobs, count_one, (atomic_int **)&arguments[0]));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_parallel_for(jobs, 10, 1, count_range, &count));
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_run(NULL, NULL, count_one, arguments[0]));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_counter_wait(&waiting));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_system_enter(jobs));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_system_leave(jobs));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_system_run_pinned(jobs));
    CHECK_UINT(0, tl_job_system_get_info(jobs).workers);
    CHECK_REPORTED(TL_ERROR_FORKED);
    run_own_jobs();
    CHECK_INT(0, count);
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_INT(0, cleaned);
}

TEST(a_childs_calls_on_the_parents_jobs_are_answered)
{
    make_jobs((tl_job_system_desc){.workers = 3, .external_threads = 1});
    CHECK_OK(tl_counter_add(&gate, 1));
    CHECK_OK(tl_job_run(jobs, &waiting, wait_for_gate, {0}));
    while (atomic_load(&gates_seen) == 0) // until another worker has begun it; the main thread does not
        continue;
    check_child(in_child(use_parents_jobs, output, sizeof output));
    CHECK_OK(tl_counter_finish(&gate));
    CHECK_OK(tl_counter_wait(&waiting));
    CHECK_INT(1, cleaned);
    CHECK_OK(tl_job_system_destroy(jobs));
}

static tl_mutex held_by_main = {.name = "held by the main thread"}, own_mutex;

/// Waits for things that only the parent's threads could do.
static void wait_for_others(void)
{
    tl_condition none = {0};
    CHECK_MISUSE(TL_ERROR_FORKED, tl_mutex_lock(&held_by_main));
    CHECK_OK(tl_mutex_lock(&own_mutex));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_condition_wait(&none, &own_mutex));
    CHECK_OK(tl_mutex_unlock(&own_mutex)); // still held
    CHECK_OK(tl_counter_add(&gate, 1));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_counter_wait(&gate));
}

static void stay_in_the_job(void)
{
    limit_time();
    atomic_int count = 0;
    atomic_int *const argument = &count;
    CHECK(tl_fiber_current() != NULL);
    CHECK_POINTER(NULL, tl_job_system_current());
    CHECK_MISUSE(TL_ERROR_FORKED, tl_yield(NULL));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_exit(NULL));
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_run(NULL, NULL, count_one, argument));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_job_run(jobs, NULL, count_one, argument));
    CHECK_MISUSE(TL_ERROR_FORKED, tl_counter_wait(&waiting)); // which counts this job
    CHECK_MISUSE(TL_ERROR_IN_FIBER, tl_job_system_destroy(jobs));
    wait_for_others();
    CHECK(!tl_job_is_cancelled());
}

static void run_true(void)
{
    execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
    _exit(1);
}

TL_JOB(fork_and_stay, tl_nothing, nothing)
{
    check_child(in_child(stay_in_the_job, output, sizeof output));
    check_child(in_child(run_true, output, sizeof output));
    CHECK_OK(tl_yield(NULL)); // the parent's job continues as usual
}

TEST(a_job_may_fork_and_its_child_run_on_inside_it)
{
    make_jobs((tl_job_system_desc){.workers = 2});
    CHECK_OK(tl_mutex_lock(&held_by_main));
    CHECK_OK(tl_job_run(jobs, &waiting, fork_and_stay, {0}));
    CHECK_OK(tl_counter_wait(&waiting));
    CHECK_OK(tl_mutex_unlock(&held_by_main));
    CHECK_OK(tl_job_system_destroy(jobs));
}

TL_JOB(fork_and_return, int *, child)
{
    if (**child != -1)
        _exit(2); // the child has begun the job again
    **child = fork();
}

static void fork_into(void *result)
{
    *(int *)result = fork();
}

TL_JOB(fork_in_a_clean_up_and_return, int *, child)
{
    if (**child != -1)
        _exit(2);
    tl_defer(fork_into, *child);
}

static int child;
static int *const child_is = &child;

static void check_that_the_child_aborts(void)
{
    CHECK_OK(tl_counter_wait(&waiting));
    int status = 0;
    CHECK_INT(child, waitpid(child, &status, 0));
    CHECK(WIFSIGNALED(status));
    CHECK_INT(SIGABRT, WTERMSIG(status));
    CHECK_OK(tl_job_system_destroy(jobs));
}

static void make_one_worker(void)
{
    limit_time();
    child = -1;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
}

static void let_a_job_return_in_the_child(void)
{
    make_one_worker();
    CHECK_OK(tl_job_run(jobs, &waiting, fork_and_return, child_is));
    check_that_the_child_aborts();
}

static void let_a_job_return_that_forked_in_a_clean_up(void)
{
    make_one_worker();
    CHECK_OK(tl_job_run(jobs, &waiting, fork_in_a_clean_up_and_return, child_is));
    check_that_the_child_aborts();
}

TEST(a_job_that_returns_in_the_child_ends_that_with_a_report)
{
    check_child(in_child(let_a_job_return_in_the_child, output, sizeof output));
    if (strstr(output, "telar: job \"fork_and_return\" called fork and gave control back in the child") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
}

TEST(a_job_that_forked_in_a_clean_up_does_so_too)
{
    check_child(in_child(let_a_job_return_that_forked_in_a_clean_up, output, sizeof output));
    if (strstr(output, "telar: job \"fork_in_a_clean_up_and_return\" called fork and gave") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
}

static tl_pool *stacks;

TL_FIBER(fork_for_a_job, tl_nothing, nothing)
{
    child = fork();
}

TL_JOB(transfer_to_what_forks, tl_nothing, nothing)
{
    tl_fiber *fiber;
    CHECK_OK(tl_fiber_create(stacks, &fiber, fork_for_a_job, {0}));
    CHECK_OK(tl_transfer(fiber, NULL));
}

TL_JOB(is_the_parent, pid_t, parent)
{
    if (getpid() != *parent)
        _exit(2); // the child has begun a job of the parent's
}

static void let_a_jobs_fiber_return_in_the_child(void)
{
    limit_time();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &stacks));
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    CHECK_OK(tl_job_run(jobs, &waiting, is_the_parent, getpid()));
    CHECK_OK(tl_job_run(jobs, &waiting, transfer_to_what_forks, {0})); // the latest begins first
    check_that_the_child_aborts();
    CHECK_OK(tl_pool_destroy(stacks));
}

TEST(a_fiber_of_a_job_that_returns_in_the_child_ends_that_with_a_report)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer takes the fiber that called fork for another thread in the child");
    check_child(in_child(let_a_jobs_fiber_return_in_the_child, output, sizeof output));
    if (strstr(output, "telar: job \"transfer_to_what_forks\" called fork and gave control back") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
}

static tl_fiber *counting;

TL_FIBER(count_up, int, from)
{
    tl_defer(count_cleanup, &cleaned);
    for (;; ++*from) {
        void *value = from;
        tl_yield(&value);
    }
}

static int next(void)
{
    void *value = NULL;
    CHECK_OK(tl_resume(counting, &value));
    return *(int *)value;
}

static void go_on_with_fibers(void)
{
    limit_time();
    for (int i = 3; i < 10; ++i)
        CHECK_INT(i, next());
    tl_fiber *another;
    CHECK_OK(tl_fiber_create(stacks, &another, count_up, 7));
    CHECK_OK(tl_resume(another, NULL));
    CHECK_OK(tl_pool_destroy(stacks));
    CHECK_INT(2, cleaned);
}

TEST(a_child_continues_with_fibers_and_pools)
{
    make_jobs((tl_job_system_desc){.workers = 2});
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &stacks));
    CHECK_OK(tl_fiber_create(stacks, &counting, count_up, 1));
    CHECK_INT(1, next());
    CHECK_INT(2, next());
    check_child(in_child(go_on_with_fibers, output, sizeof output));
    CHECK_INT(3, next());
    CHECK_INT(0, cleaned);
    CHECK_OK(tl_pool_destroy(stacks));
    CHECK_OK(tl_job_system_destroy(jobs));
}

static tl_mutex shield = {.name = "shield"};

static void *wait_for_shield(void *unused)
{
    CHECK_OK(tl_mutex_lock(&shield));
    CHECK_OK(tl_mutex_unlock(&shield));
    return unused;
}

static void look_for_threads(const char *text, size_t size, void *found)
{
    if (size > 6 && memcmp(text, "thread", 6) == 0)
        *(bool *)found = true;
}

static bool has_waiting_thread(void)
{
    bool found = false;
    CHECK_OK(tl_dump(&(tl_dump_desc){.write = look_for_threads, .user_data = &found}));
    return found;
}

static void dump_in_child(void)
{
    limit_time();
    CHECK(!has_waiting_thread());
}

/// No job system is ever made here.
TEST(a_child_forgets_the_threads_that_wait)
{
    pthread_t thread;
    CHECK_OK(tl_mutex_lock(&shield));
    CHECK_INT(0, pthread_create(&thread, NULL, wait_for_shield, NULL));
    while (!has_waiting_thread())
        sched_yield();
    check_child(in_child(dump_in_child, output, sizeof output));
    CHECK_OK(tl_mutex_unlock(&shield));
    CHECK_INT(0, pthread_join(thread, NULL));
}

static pid_t forked = -1;

TL_FIBER(fork_here, tl_nothing, nothing)
{
    forked = fork();
    tl_yield(NULL);
    tl_exit(&forked);
}

TEST(a_fiber_may_fork_and_be_resumed_in_both_processes)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer takes the fiber that called fork for another thread in the child");
    tl_fiber *fiber;
    void *result = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &stacks));
    CHECK_OK(tl_fiber_create(stacks, &fiber, fork_here, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, &result));
    CHECK_POINTER(&forked, result);
    CHECK_OK(tl_pool_destroy(stacks));
    if (forked == 0)
        _exit(0);
    int status = 0;
    CHECK_INT(forked, waitpid(forked, &status, 0));
    check_child(status);
}
