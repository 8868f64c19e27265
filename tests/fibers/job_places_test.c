// SPDX-License-Identifier: MIT
// Where jobs run: on which thread, on which stack, and for whom.
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"

struct gate {
    tl_counter *gate;
    atomic_int *passed;
};

TL_JOB(count_one, atomic_int *, count)
{
    atomic_fetch_add(*count, 1);
}

struct order {
    char *text;
    char letter;
};

TL_JOB(write_letter, struct order, o)
{
    o->text[strlen(o->text)] = o->letter;
}

struct cells {
    unsigned char *cell;
    size_t count, grain;
};

TL_FOR_BODY(touch, struct cells, c, i)
{
    c->cell[i]++;
}

struct pinned {
    pthread_t thread;
    tl_counter *gate;
    atomic_int *there;
};

TL_JOB(run_there, struct pinned, p)
{
    bool is_there = pthread_equal(pthread_self(), p->thread);
    if (p->gate != NULL)
        CHECK_OK(tl_counter_wait(p->gate));
    atomic_fetch_add(p->there, is_there && pthread_equal(pthread_self(), p->thread));
}

TL_JOB(finish, tl_counter *, counter)
{
    CHECK_OK(tl_counter_finish(*counter));
}

TL_JOB(looks_where_it_is, uint32_t *, index1)
{
    **index1 = tl_worker_current().index1;
}

static void *look_where_a_thread_is(void *index1)
{
    *(uint32_t *)index1 = tl_worker_current().index1;
    return NULL;
}

TEST(who_runs_here)
{
    static const char *const names[] = {"render", "files"};
    AT_EVERY_SIZE_WITH (jobs, .dedicated = names, .dedicated_count = 2) {
        CHECK_UINT(1, tl_worker_current().index1);
        uint32_t there = 99, elsewhere = 99;
        tl_worker files = tl_job_system_find_worker(jobs, "files");
        tl_counter done = {0};
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = files}), &done, looks_where_it_is, &there));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_UINT(files.index1, there);
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = TL_MAIN_WORKER}), &done, looks_where_it_is, &there));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_UINT(1, there);
        pthread_t thread;
        CHECK_INT(0, pthread_create(&thread, NULL, look_where_a_thread_is, &elsewhere));
        pthread_join(thread, NULL);
        CHECK_UINT(0, elsewhere);
    }
    CHECK_UINT(0, tl_worker_current().index1);
}

TEST(jobs_can_be_pinned_to_the_main_thread)
{
    AT_EVERY_SIZE (jobs) {
        atomic_int there = 0;
        tl_counter done = {0}, gate = {0};
        tl_counter_add(&gate, 1);
        tl_job_desc here = {.worker = TL_MAIN_WORKER};
        for (int i = 0; i < 20; ++i)
            CHECK_OK(tl_job_run_with(jobs, &here, &done, run_there, {pthread_self(), &gate, &there}));
        CHECK_OK(tl_job_system_run_pinned(jobs)); // the jobs begin, and wait
        CHECK_OK(tl_job_run(jobs, &done, finish, {&gate}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(20, there);
    }
}

TEST(run_pinned_runs_nothing_else)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    char text[16] = "";
    tl_counter done = {0};
    CHECK_OK(tl_job_run(jobs, &done, write_letter, {text, 'a'}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = TL_MAIN_WORKER}), &done, write_letter, {text, 'p'}));
    CHECK_OK(tl_job_system_run_pinned(jobs));
    CHECK_STRING("p", text);
    CHECK_OK(tl_counter_wait(&done));
    CHECK_STRING("pa", text);
    jobs_at_destroy(jobs);
}

TL_JOB(tell_thread, pthread_t *, thread)
{
    **thread = pthread_self();
}

TEST(dedicated_workers_run_only_what_is_pinned_to_them)
{
    static const char *const names[] = {"render", "files"};
    AT_EVERY_SIZE_WITH (jobs, .dedicated = names, .dedicated_count = 2) {
        tl_worker files = tl_job_system_find_worker(jobs, "files");
        CHECK_UINT(0, tl_job_system_find_worker(jobs, "sound").index1);
        CHECK(files.index1 != 0 && files.index1 != tl_job_system_find_worker(jobs, "render").index1);
        pthread_t thread;
        tl_counter moved_in = {0}, done = {0}, gate = {0};
        tl_counter_add(&gate, 1);
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = files}), &moved_in, tell_thread, {&thread}));
        CHECK_OK(tl_counter_wait(&moved_in));
        CHECK(!pthread_equal(thread, pthread_self()));
        atomic_int there = 0, elsewhere = 0;
        for (int i = 0; i < 10; ++i) {
            CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = files, .stack = (tl_job_stack)(i % 2)}), &done,
                                     run_there, {thread, &gate, &there}));
            CHECK_OK(tl_job_run(jobs, &done, run_there, {thread, NULL, &elsewhere}));
        }
        CHECK_OK(tl_counter_finish(&gate));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(10, there);
        CHECK_INT(0, elsewhere);
    }
}

TL_JOB(use_much_stack, atomic_int *, sum)
{
    volatile char much[300 << 10];
    for (size_t i = 0; i < sizeof much; i += 1024)
        much[i] = 1;
    int count = 0;
    for (size_t i = 0; i < sizeof much; i += 1024)
        count += much[i];
    atomic_fetch_add(*sum, count);
}

TL_JOB(start_large, atomic_int *, sum)
{
    tl_counter done = {0};
    for (int i = 0; i < 5; ++i)
        CHECK_OK(tl_job_run_with(NULL, (&(tl_job_desc){.stack = TL_STACK_LARGE}), &done, use_much_stack, {*sum}));
    CHECK_OK(tl_counter_wait(&done));
}

TEST(some_jobs_have_large_stacks)
{
    AT_EVERY_SIZE_WITH (jobs, .large_stack_size = 1 << 20) {
        atomic_int sum = 0;
        tl_counter done = {0};
        for (int i = 0; i < 10; ++i)
            CHECK_OK(tl_job_run(jobs, &done, start_large, {&sum}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(10 * 5 * 300, sum);
    }
}

TL_FIBER(inner, struct gate, g)
{
    CHECK_OK(tl_counter_wait(g->gate));
    atomic_fetch_add(g->passed, 1);
    CHECK_OK(tl_yield(NULL));
}

TL_JOB(resume_inner, struct gate, g)
{
    static _Thread_local char memory[32 << 10];
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = memory, .stack_size = sizeof memory}), &fiber, inner,
                                  {g->gate, g->passed}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_destroy(fiber));
}

TEST(a_fiber_inside_a_job_waits_with_its_worker)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter gate = {0}, done = {0};
        atomic_int passed = 0;
        tl_counter_add(&gate, 1);
        CHECK_OK(
            tl_job_run_with(jobs, (&(tl_job_desc){.worker = TL_MAIN_WORKER}), &done, resume_inner, {&gate, &passed}));
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW}), &done, finish, {&gate}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(1, passed);
    }
}

static atomic_bool thread_is_done;

static void *start_from_a_thread(void *system)
{
    tl_job_system *jobs = system;
    atomic_int count = 0;
    tl_counter done = {0};
    CHECK_POINTER(NULL, tl_job_system_current());
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_run(NULL, &done, count_one, {&count}));
    for (int i = 0; i < 100; ++i)
        CHECK_OK(tl_job_run(jobs, &done, count_one, {&count}));
    struct cells all = {(unsigned char[100]){0}, 100, 100};
    CHECK_OK(tl_parallel_for(jobs, 100, 10, touch, &all));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT(100, count);
    for (int i = 0; i < 100; ++i)
        CHECK_UINT(1, all.cell[i]);
    atomic_store(&thread_is_done, true);
    return NULL;
}

TEST(threads_that_are_no_workers_start_jobs_and_wait)
{
    AT_EVERY_SIZE (jobs) {
        pthread_t thread;
        atomic_store(&thread_is_done, false);
        tl_counter thread_runs = {0};
        tl_counter_add(&thread_runs, 1);
        CHECK_INT(0, pthread_create(&thread, NULL, start_from_a_thread, jobs));
        tl_job_system_info info = tl_job_system_get_info(jobs);
        atomic_int count = 0;
        if (info.workers == 1) { // then only this thread runs jobs
            while (!atomic_load(&thread_is_done))
                CHECK_OK(tl_job_call(jobs, count_one, &(atomic_int *){&count}));
        }
        pthread_join(thread, NULL);
    }
}

static pthread_mutex_t misusing = PTHREAD_MUTEX_INITIALIZER; // misuse is counted for all threads together

static void *be_an_external_thread(void *system)
{
    tl_job_system *jobs = system;
    CHECK_OK(tl_job_system_enter(jobs));
    pthread_mutex_lock(&misusing);
    CHECK_MISUSE(TL_ERROR_HAS_JOB_SYSTEM, tl_job_system_enter(jobs));
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_system_destroy(jobs));
    pthread_mutex_unlock(&misusing);
    CHECK_POINTER(jobs, tl_job_system_current());
    atomic_int count = 0;
    tl_counter done = {0};
    for (int i = 0; i < 100; ++i)
        CHECK_OK(tl_job_run(NULL, &done, count_one, {&count}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT(100, count);
    CHECK_OK(tl_job_system_leave(jobs));
    pthread_mutex_lock(&misusing);
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_system_leave(jobs));
    pthread_mutex_unlock(&misusing);
    return NULL;
}

TEST(external_threads_help_while_they_wait)
{
    AT_EVERY_SIZE_WITH (jobs, .external_threads = 2) {
        for (int round = 0; round < 2; ++round) {
            pthread_t threads[2];
            for (int i = 0; i < 2; ++i)
                CHECK_INT(0, pthread_create(&threads[i], NULL, be_an_external_thread, jobs));
            for (int i = 0; i < 2; ++i)
                pthread_join(threads[i], NULL);
        }
    }
}

TL_FIBER(wait_inside, struct gate, g)
{
    CHECK_OK(tl_counter_wait(g->gate)); // its worker runs other jobs meanwhile
}

TL_JOB(yield_after_that, struct gate, g)
{
    static char memory[32 << 10];
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = memory, .stack_size = sizeof memory}), &fiber,
                                  wait_inside, {g->gate, g->passed}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_OK(tl_yield(NULL));
    atomic_fetch_add(g->passed, 1);
}

TEST(a_job_continues_after_its_fiber_waited)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter own = {0}, done = {0};
        atomic_int passed = 0;
        for (int i = 0; i < 3; ++i)
            CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW}), &own, count_one, {&passed}));
        CHECK_OK(tl_job_run(jobs, &done, yield_after_that, {&own, &passed}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_OK(tl_counter_wait(&own));
        CHECK_INT(4, passed);
    }
}

TL_JOB(poll, struct gate, g)
{
    while (!tl_counter_is_done(g->gate))
        CHECK_OK(tl_yield(NULL));
}

TL_JOB(finish_gate, tl_counter *, gate)
{
    CHECK_OK(tl_counter_finish(*gate));
}

TEST(those_that_give_way_again_and_again_let_all_others_have_a_turn)
{
    static const tl_job_desc places[] = {{.stack = TL_STACK_LARGE}, {.worker = {1}}, {.worker = {1}, .stack = 1}, {0}};
    AT_EVERY_SIZE (jobs) {
        for (size_t poller = 0; poller < 4; ++poller) {
            for (size_t finisher = 0; finisher < 4; ++finisher) {
                tl_counter gate = {0}, done = {0};
                CHECK_OK(tl_counter_add(&gate, 1));
                CHECK_OK(tl_job_run_with(jobs, &places[finisher], &done, finish_gate, {&gate}));
                CHECK_OK(tl_job_run_with(jobs, &places[poller], &done, poll, {&gate, NULL}));
                CHECK_OK(tl_job_system_run_pinned(jobs)); // returns, though the poller may be pinned here
                CHECK_OK(tl_counter_wait(&done));
            }
        }
    }
}

static atomic_size_t last_end;

TL_FOR_RANGE_BODY(look_at_range, tl_nothing, unused, first, end)
{
    CHECK(first < end);
    if (end == SIZE_MAX)
        atomic_store(&last_end, end);
}

TEST(a_parallel_loop_may_have_any_count)
{
    AT_EVERY_SIZE (jobs) {
        atomic_store(&last_end, 0);
        CHECK_OK(tl_parallel_for(jobs, SIZE_MAX, SIZE_MAX / 4, look_at_range, &(tl_nothing){0}));
        CHECK_OK(tl_parallel_for(jobs, SIZE_MAX, SIZE_MAX, look_at_range, &(tl_nothing){0}));
        CHECK_OK(tl_parallel_for(jobs, SIZE_MAX, 0, look_at_range, &(tl_nothing){0}));
        CHECK(atomic_load(&last_end) == SIZE_MAX);
    }
}
