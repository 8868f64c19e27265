// SPDX-License-Identifier: MIT
// What the watchdog's thread does for a dump of a step, on a thread of the test: when it writes none, and what other
// signals, child processes and jobs do meanwhile.
#include "step_dump.h"
#include "world/heartbeat.h" // before a world of the tests is declared, whose name parameters of its functions have

#include "dumped.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../checked_heap.h"
#include "telar/event.h"
#include "telar/job.h"

typedef struct attempt {
    uint64_t steps_ago; ///< how many steps before the latest one the step was that the dump is for
    int signal;
} attempt;

static tl__sighting *sighting, *of_watchdog;

static void *attempt_dump(void *arg)
{
    const attempt *made = arg;
    tl_watchdog_desc desc = soon(true);
    int before = atomic_load(&dumps);
    desc.signal = made->signal;
    uint64_t step = tl__world_heartbeat(world)->latest_step - made->steps_ago;
    bool written = tl__step_dump(sighting, world, step, &desc);
    CHECK_INT(written, atomic_load(&dumps) - before);
    CHECK(sighting->notes == NULL);
    return written ? arg : NULL;
}

/// Returns whether the attempt wrote a dump.
static bool is_dumped(attempt made)
{
    pthread_t thread;
    void *returned;
    CHECK_INT(0, pthread_create(&thread, NULL, attempt_dump, &made));
    CHECK_INT(0, pthread_join(thread, &returned));
    return returned != NULL;
}

/// Blocks a signal for the calling thread, or lets it in.
/// @param how  SIG_BLOCK or SIG_UNBLOCK
static void change_mask(int how, int signal)
{
    sigset_t changed;
    sigemptyset(&changed);
    sigaddset(&changed, signal);
    CHECK_INT(0, pthread_sigmask(how, &changed, NULL));
}

/// Watches the world by a watchdog that comes too late to do anything.
static void watch_late(void)
{
    tl_set_log_hook(hush);
    of_watchdog = tl__sighting_take(); // it takes the one that was given back last
    tl__sighting_give_back(of_watchdog);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = 1000000}, &watchdog));
    sighting = tl__sighting_take();
    CHECK_OK(tl__signal_use(SIGURG));
    CHECK_OK(tl__signal_use(SIGUSR1));
    CHECK_OK(tl__signal_use(SIGRTMIN));
}

static void stop_late(void)
{
    tl__signal_leave(SIGURG);
    tl__signal_leave(SIGUSR1);
    tl__signal_leave(SIGRTMIN);
    tl__sighting_give_back(sighting);
    stop();
}

TL_SCRIPT(is_dumped_in_its_step, tl_nothing, unused)
{
    CHECK(is_dumped((attempt){.signal = SIGURG}));
    CHECK(!is_dumped((attempt){.steps_ago = 1, .signal = SIGURG}));
    CHECK(is_dumped((attempt){.signal = SIGUSR1}));
}

TEST(none_is_written_for_a_step_that_is_over)
{
    make_world(60);
    watch_late();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, is_dumped_in_its_step, {0}));
    steps(1);
    CHECK(!is_dumped((attempt){.signal = SIGURG}));
    stop_late();
}

TL_SCRIPT(refuses_memory, tl_nothing, unused)
{
    int refused = 0;
    for (checked_heap_fail_after = 0; !is_dumped((attempt){.signal = SIGURG}); ++refused)
        checked_heap_fail_after = refused + 1;
    checked_heap_fail_after = -1;
    CHECK(refused >= 3); // of the notes, of the dump, of its lines
    expect_dumped("\"name\":\"refuses_memory\"");
}

TEST(none_is_written_without_memory)
{
    CHECK_OK(tl_set_allocator(&checked_heap));
    make_world(60);
    watch_late();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, refuses_memory, {0}));
    steps(1);
    stop_late();
    CHECK_INT(0, checked_heap_blocks());
}

TL_SCRIPT(blocks_the_signal, tl_nothing, unused)
{
    change_mask(SIG_BLOCK, SIGURG);
    CHECK(!is_dumped((attempt){.signal = SIGURG}));
    change_mask(SIG_UNBLOCK, SIGURG); // the question, which is withdrawn, arrives
    CHECK(is_dumped((attempt){.signal = SIGURG}));
}

TEST(of_a_thread_that_blocks_the_signal_none_is_written)
{
    make_world(60);
    watch_late();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, blocks_the_signal, {0}));
    steps(1);
    stop_late();
}

TL_SCRIPT(may_not_be_sent_signals, tl_nothing, unused)
{
    struct rlimit before, none;
    CHECK_INT(0, getrlimit(RLIMIT_SIGPENDING, &before));
    none = before;
    none.rlim_cur = 0;
    CHECK_INT(0, setrlimit(RLIMIT_SIGPENDING, &none));
    CHECK(!is_dumped((attempt){.signal = SIGRTMIN}));
    CHECK_INT(0, setrlimit(RLIMIT_SIGPENDING, &before));
    CHECK(is_dumped((attempt){.signal = SIGRTMIN}));
}

TEST(none_is_written_if_the_signal_cannot_be_sent)
{
    make_world(60);
    watch_late();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, may_not_be_sent_signals, {0}));
    steps(1);
    stop_late();
}

// Other signals.

static TL_EVENT(tl_nothing) bell;

TL_SCRIPT(listens, tl_nothing, unused)
{
    tl_wait_event(bell, NULL);
}

static sigjmp_buf jumped;
static volatile sig_atomic_t may_jump;
static atomic_bool is_over;

static void on_alarm(int number)
{
    (void)number;
    if (may_jump) {
        may_jump = 0;
        siglongjmp(jumped, 1);
    }
}

static void *dump_often(void *unused)
{
    for (int i = 0; i < DUMPS; ++i)
        while (attempt_dump(&(attempt){.signal = SIGURG}) == NULL) {
        }
    atomic_store(&is_over, true);
    return unused;
}

/// Waits while another thread makes dumps, in loops that a signal's handler ends by a jump.
TL_SCRIPT(jumps, tl_nothing, unused)
{
    pthread_t thread;
    struct itimerval often = {{0, 500}, {0, 500}}, never = {0};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK};
    CHECK_INT(0, sigaction(SIGALRM, &action, NULL));
    CHECK_INT(0, pthread_create(&thread, NULL, dump_often, NULL));
    change_mask(SIG_UNBLOCK, SIGALRM); // only on this thread
    CHECK_INT(0, setitimer(ITIMER_REAL, &often, NULL));
    sigsetjmp(jumped, 1);
    while (!atomic_load(&is_over))
        may_jump = 1;
    may_jump = 0;
    CHECK_INT(0, setitimer(ITIMER_REAL, &never, NULL));
    CHECK_INT(0, pthread_join(thread, NULL));
}

TEST(another_signals_handler_may_jump_away)
{
    enum { SCRIPTS = 2000 }; // to note them takes longer than it is from one signal to the next
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("these tools keep a signal for later, or do not know to which stack the jump leads");
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = SCRIPTS + 8}, &world));
    change_mask(SIG_BLOCK, SIGALRM);
    watch_late();
    for (int i = 0; i < SCRIPTS; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, {0}));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    steps(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, jumps, {0}));
    steps(1);
    stop_late();
    CHECK_INT(DUMPS, atomic_load(&dumps));
}

static atomic_int aborts;

static void on_abort(int number)
{
    (void)number;
    atomic_fetch_add(&aborts, 1);
}

TL_SCRIPT(blocks_aborts, tl_nothing, unused)
{
    signal(SIGABRT, on_abort);
    change_mask(SIG_BLOCK, SIGABRT);
    raise(SIGABRT);
    CHECK(is_dumped((attempt){.signal = SIGURG}));
    CHECK_INT(0, atomic_load(&aborts));
    change_mask(SIG_UNBLOCK, SIGABRT);
    CHECK_INT(1, atomic_load(&aborts));
}

TEST(a_signal_that_the_program_blocks_stays_blocked)
{
    make_world(60);
    watch_late();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, blocks_aborts, {0}));
    steps(1);
    stop_late();
}

// Child processes.

TL_SCRIPT(forks_while_dumped, tl_nothing, unused)
{
    for (int i = 0; i < DUMPS; ++i) {
        pthread_t thread;
        attempt made = {.signal = SIGURG};
        CHECK_INT(0, pthread_create(&thread, NULL, attempt_dump, &made));
        pid_t child = fork();
        if (child == 0) {
            alarm(20); // it must not wait for a thread that the child does not have
            tl_watchdog_stop(watchdog);
            tl__sighting *another = tl__sighting_take();
            _exit(another != NULL && another != of_watchdog && of_watchdog->notes == NULL ? 0 : 1);
        }
        int status;
        CHECK_INT(child, waitpid(child, &status, 0));
        CHECK_INT(0, status);
        CHECK_INT(0, pthread_join(thread, NULL));
    }
}

TEST(a_child_made_meanwhile_uses_another_sighting)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer allows no fork beside threads");
    if (check_under_valgrind())
        SKIP("what the other thread holds is a leak in the child, which has no such thread");
    make_world(60);
    watch_late();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, forks_while_dumped, {0}));
    steps(1);
    stop_late();
}

// Steps that a job makes.

static tl_counter gate;
static atomic_bool is_in_physics;

static void waits_in_physics(tl_world *stepped, void *unused)
{
    (void)stepped, (void)unused;
    atomic_store(&is_in_physics, true);
    CHECK_OK(tl_counter_wait(&gate));
}

TL_JOB(steps_in_job, tl_nothing, unused)
{
    CHECK_OK(tl_world_step(world));
}

TEST(none_is_written_of_a_step_whose_job_is_suspended)
{
    tl_job_system *jobs;
    tl_counter done = {0};
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .physics = waits_in_physics}, &world));
    watch_late();
    CHECK_OK(tl_counter_add(&gate, 1));
    CHECK_OK(tl_job_run(jobs, &done, steps_in_job, {0}));
    while (!atomic_load(&is_in_physics))
        sched_yield();
    // Whether the job is still about to wait or is suspended already: its thread has the signal's handler.
    while (is_dumped((attempt){.signal = SIGURG}))
        sched_yield();
    CHECK_OK(tl_counter_finish(&gate));
    CHECK_OK(tl_counter_wait(&done));
    stop_late();
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(one_is_written_of_a_script_that_hangs_in_a_job)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer keeps a signal for the fiber that it came on");
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs}, &world));
    watch_late();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, is_dumped_in_its_step, {0}));
    CHECK_OK(tl_job_call(jobs, steps_in_job, &(tl_nothing){0}));
    stop_late();
    CHECK_OK(tl_job_system_destroy(jobs));
}
