// The watchdog: what it says of a script that does not come back, while that is stuck. Nothing here is timed: a stuck
// script is stuck until it was told of.
#include "telar/watchdog.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "world/heartbeat.h"

#include "child.h"
#include "telar/event.h"
#include "telar/overflow.h"
#include "telar/parallel.h"
#include "trace.h"

static tl_watchdog *watchdog;
static atomic_int told;
static char text[8192];

/// Of the watchdog's own poll: the latest timeout, and how often a signal interrupts it from now on.
static atomic_int timeout_asked, interruptions_left;

int __real_poll(struct pollfd *files, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *files, nfds_t count, int timeout)
{
    if (count > 0)
        atomic_store(&timeout_asked, timeout);
    if (count == 0 || atomic_load(&interruptions_left) == 0)
        return __real_poll(files, count, timeout);
    atomic_fetch_sub(&interruptions_left, 1);
    errno = EINTR;
    return -1;
}

static tl_log_id expected_id = TL_LOG_SCRIPT_STUCK;

static void keep_log(const tl_log *item)
{
    CHECK_INT(expected_id, item->id);
    snprintf(text, sizeof text, "%s", item->text);
    CHECK(item->script == NULL || strstr(item->text, item->script) != NULL);
    CHECK(item->file == NULL || strstr(item->file, "watchdog_test.c") != NULL);
    atomic_fetch_add(&told, 1);
}

static void watch(tl_watchdog_desc desc)
{
    make_world(60);
    tl_set_log_hook(keep_log);
    CHECK_OK(tl_watchdog_start(world, &desc, &watchdog));
}

static void stop(void)
{
    tl_watchdog_stop(watchdog);
    CHECK_OK(tl_world_destroy(world));
}

static __attribute__((noinline)) void spin_until_told(void)
{
    int before = atomic_load(&told);
    while (atomic_load(&told) == before)
        poll(NULL, 0, 1);
    for (int i = 0; i < 100; ++i) // a while longer, which is not told again
        poll(NULL, 0, 1);
}

TL_SCRIPT(hangs, int, times)
{
    for (int i = 0; i < *times; ++i) {
        spin_until_told();
        CHECK_OK(tl_wait_frame());
    }
    note("came back ");
}

static void expect(const char *part)
{
    if (strstr(text, part) == NULL)
        check_fail(__FILE__, __LINE__, "'%s' is not in: %s", part, text);
}

TEST(a_stuck_script_is_told_of_while_it_is_stuck)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "the culprit"}), NULL, hangs, 2));
    int line = __LINE__ - 1;
    steps(4);
    CHECK_TRACE("came back ");
    CHECK_INT(2, atomic_load(&told)); // once for each turn
    printf("%s\n", text);
    char spawned[64];
    snprintf(spawned, sizeof spawned, "watchdog_test.c:%d", line);
    expect("'the culprit', running hangs()");
    expect("has not waited for 20 ms");
    expect(spawned);
    expect("spin_until_told()"); // static functions, too
    stop();
}

TL_SCRIPT(has_a_stuck_child, tl_nothing, unused)
{
    CHECK_OK(tl_sync(TL_CHILD(hangs, 1)));
    spin_until_told();
}

TEST(it_is_the_innermost_that_is_told_of)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, has_a_stuck_child, {0}));
    steps(1);
    expect("'hangs'");
    steps(1);
    expect("'has_a_stuck_child'");
    stop();
}

static pthread_t main_thread;
static atomic_bool one_is_stuck, told_elsewhere;

static void keep_log_from_elsewhere(const tl_log *item)
{
    if (strstr(item->text, ", on another thread, has not waited for 20 ms and will be cancelled") == NULL)
        return; // one on the main thread, that waits for the stuck one
    keep_log(item);
    atomic_store(&told_elsewhere, true);
}

/// The first one that runs on another thread is stuck; on the main thread they wait for that.
TL_SCRIPT(hangs_elsewhere, tl_nothing, unused)
{
    bool here = pthread_equal(pthread_self(), main_thread), stuck = !here && !atomic_exchange(&one_is_stuck, true);
    while (here ? !atomic_load(&one_is_stuck) : stuck && !atomic_load(&told_elsewhere))
        poll(NULL, 0, 1);
    CHECK_OK(tl_wait_frame());
    CHECK(!stuck);
}

TEST(a_parallel_script_that_is_stuck_on_another_thread)
{
    main_thread = pthread_self();
    tl_jobs *jobs;
    CHECK_OK(tl_jobs_create(&(tl_jobs_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs}, &world));
    tl_set_log_hook(keep_log_from_elsewhere);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = 20, .end_stuck = true}, &watchdog));
    for (int i = 0; i < 600; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .name = "the culprit"}), NULL,
                               hangs_elsewhere, {0}));
    steps(2);
    expect("'the culprit', running hangs_elsewhere(), spawned at");
    CHECK_UINT(0, tl_script_count(world));
    stop();
    CHECK_OK(tl_jobs_destroy(jobs));
}

static bool spins(void *unused)
{
    (void)unused;
    spin_until_told();
    return true;
}

static void spin_in_clean_up(void *unused)
{
    (void)unused;
    spin_until_told();
}

TL_SCRIPT(asks_a_stuck_question, tl_nothing, unused)
{
    tl_defer(spin_in_clean_up, NULL);
    CHECK_OK(tl_wait_until(spins, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(predicates_and_clean_ups_too)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, asks_a_stuck_question, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&told));
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_INT(2, atomic_load(&told));
    expect("'asks_a_stuck_question'");
    stop();
}

TL_SCRIPT(hangs_and_yields, int, yields)
{
    tl_defer(note_text, "cleaned ");
    spin_until_told();
    if (*yields == 0)
        tl_wait_frames(3);
    else if (*yields == 1)
        tl_yield(NULL);
    else
        tl_wait_frames(0); // though that needs no waiting
    CHECK_UNREACHED();
}

TEST(it_can_be_ended_at_its_next_wait)
{
    watch((tl_watchdog_desc){.milliseconds = 20, .end_stuck = true});
    for (int yields = 0; yields < 3; ++yields) {
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, hangs_and_yields, yields));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
        steps(1);
        CHECK(!tl_script_is_alive(world, script));
    }
    expect("will be cancelled at its next wait");
    CHECK_TRACE("cleaned TL_CANCELLED@1 cleaned TL_CANCELLED@2 cleaned TL_CANCELLED@3 ");
    stop();
}

TL_SCRIPT(hangs_and_fails, tl_nothing, unused)
{
    spin_until_told();
    tl_fail(5, "tired");
}

TL_SCRIPT(has_a_child_that_fails, tl_nothing, unused)
{
    CHECK_RESULT(TL_ERROR_FAILED, tl_sync(TL_CHILD(hangs_and_fails, {0})));
    note("failed ");
}

TL_SCRIPT(hangs_in_a_shield, tl_nothing, unused)
{
    TL_SHIELD
    {
        spin_until_told();
        CHECK_OK(tl_yield(NULL));
        note("on ");
    }
    tl_wait_frame();
    CHECK_UNREACHED();
}

TEST(how_else_a_stuck_script_may_go_on)
{
    watch((tl_watchdog_desc){.milliseconds = 20, .end_stuck = true});
    tl_script shielded;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, has_a_child_that_fails, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &shielded, hangs_in_a_shield, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {shielded}));
    steps(3);
    CHECK_TRACE("failed on TL_CANCELLED@2 ");
    CHECK_UINT(0, tl_script_count(world));
    stop();
}

TEST(those_that_wait_are_left_alone)
{
    watch((tl_watchdog_desc){.milliseconds = 600000, .end_stuck = true});
    put_to_sleep(TL_NO_ENTITY, "woken ");
    steps(1000);
    CHECK_INT(0, atomic_load(&told));
    stop();
    CHECK_TRACE("woken ");
}

static atomic_int own_signals;

static void count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&own_signals, 1);
}

TEST(the_signal_is_given_back)
{
    signal(SIGUSR2, count_signal);
    watch((tl_watchdog_desc){.milliseconds = 20, .signal = SIGUSR2});
    raise(SIGUSR2); // not the watchdog's
    CHECK_INT(1, atomic_load(&own_signals));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&told));
    CHECK_INT(1, atomic_load(&own_signals));
    stop();
    raise(SIGUSR2);
    CHECK_INT(2, atomic_load(&own_signals));
}

static void count_queued_signal(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    if (info->si_value.sival_ptr == &own_signals && sigismember(&blocked, SIGUSR1))
        atomic_fetch_add(&own_signals, 1);
}

/// A signal to oneself need not have arrived when the call returns: Valgrind delivers it later.
static void queue_signal_and_let_it_in(void)
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    CHECK_INT(0, pthread_sigmask(SIG_BLOCK, &blocked, &before));
    CHECK_INT(0, pthread_sigqueue(pthread_self(), SIGUSR2, (union sigval){.sival_ptr = &own_signals}));
    sigsuspend(&before); // returns when a handler has
    CHECK_INT(0, pthread_sigmask(SIG_SETMASK, &before, NULL));
}

TEST(the_programs_own_signals_reach_its_handler)
{
    struct sigaction own = {.sa_sigaction = count_queued_signal, .sa_flags = SA_SIGINFO | (int)SA_RESETHAND};
    sigaddset(&own.sa_mask, SIGUSR1);
    CHECK_INT(0, sigaction(SIGUSR2, &own, NULL));
    watch((tl_watchdog_desc){.milliseconds = 20, .signal = SIGUSR2});
    for (int i = 0; i < 2; ++i) // the handler is for once, and then there is none
        queue_signal_and_let_it_in();
    CHECK_INT(1, atomic_load(&own_signals));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&told)); // and the watchdog's is still there
    stop();
}

static bool has_signal_stack(void)
{
    stack_t present;
    CHECK_INT(0, sigaltstack(NULL, &present));
    return !(present.ss_flags & SS_DISABLE);
}

static volatile sig_atomic_t handled_on_signal_stack;

static void look_where_it_runs(int number)
{
    (void)number;
    handled_on_signal_stack = has_signal_stack();
    volatile char frame[16384]; // written to: the stack must still be there
    for (size_t i = 0; i < sizeof frame; i += 512)
        frame[i] = 1;
}

static void check_signal_stack(void)
{
    struct sigaction action = {.sa_handler = look_where_it_runs, .sa_flags = SA_ONSTACK};
    CHECK_INT(0, sigaction(SIGUSR1, &action, NULL));
    CHECK(has_signal_stack());
    raise(SIGUSR1);
    CHECK(handled_on_signal_stack);
}

static void *stop_watchdog(void *unused)
{
    tl_watchdog_stop(watchdog);
    return unused;
}

static void on_a_thread(void *(*run)(void *))
{
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, run, NULL));
    CHECK_INT(0, pthread_join(thread, NULL));
}

TEST(the_overflow_report_keeps_its_signal_stack_when_the_watchdog_stops)
{
    make_world(60);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK_OK(tl_overflow_report_enable()); // shares it
    stop();
    check_signal_stack();
}

TEST(a_watchdog_stopped_on_another_thread_frees_no_signal_stack)
{
    make_world(60);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    stack_t present;
    CHECK_INT(0, sigaltstack(NULL, &present));
    on_a_thread(stop_watchdog);
    void *memory = malloc(present.ss_size); // that of the stack, if it was freed
    CHECK(memory != present.ss_sp);
    free(memory);
    check_signal_stack();
    CHECK_OK(tl_world_destroy(world));
}

static bool told_with_a_signal_stack;

TL_SCRIPT(hangs_on_another_thread, tl_nothing, unused)
{
    spin_until_told();
    told_with_a_signal_stack = has_signal_stack();
}

static void *step_the_world(void *unused)
{
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL); // which a sanitizer may have given it
    CHECK(!has_signal_stack());
    steps(1);
    return unused;
}

TEST(each_thread_that_steps_the_world_has_a_signal_stack)
{
    if (CHECK_ASAN)
        SKIP("AddressSanitizer unmaps the present alternate stack when a thread ends, which it takes for its own");
    watch((tl_watchdog_desc){.milliseconds = 20});
    for (int thread = 0; thread < 2; ++thread) { // whose pthread_t may be the same
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs_on_another_thread, {0}));
        told_with_a_signal_stack = false;
        on_a_thread(step_the_world);
        CHECK(told_with_a_signal_stack);
    }
    expect("spin_until_told()"); // seen on the thread that steps
    stop();
}

static plain_event to_spoke[2], to_hub;

/// The system did not let this thread run for as long as the limit, so its turn took that long.
static atomic_bool stalled;

static void keep_log_of_steps(const tl_log *item)
{
    if (item->id == TL_LOG_SCRIPT_STUCK)
        atomic_store(&stalled, true);
    else
        keep_log(item);
}

static void watch_steps(tl_watchdog_desc desc)
{
    watch(desc);
    tl_set_log_hook(keep_log_of_steps);
    expected_id = TL_LOG_STEP_LONG;
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "to hub", &to_hub));
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "to spoke", &to_spoke[i]));
}

TL_SCRIPT(answers, int, index)
{
    for (;;) {
        CHECK_OK(tl_wait_event(to_spoke[*index], NULL));
        CHECK_OK(tl_emit(to_hub, {0}));
    }
}

/// Has twice as many turns as each of those that answer, all in one step, until that is reported and for a while
/// longer.
TL_SCRIPT(asks_in_turn, tl_nothing, unused)
{
    for (int i = 0, more = 10000; more > 0; i = !i, more -= atomic_load(&told) > 0) {
        CHECK_OK(tl_emit(to_spoke[i], {0}));
        CHECK_OK(tl_wait_event(to_hub, NULL));
    }
    note("enough ");
}

static void spawn_hub(tl_phase phase)
{
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "spoke", .phase = phase}), NULL, answers, i));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "the hub", .phase = phase}), NULL, asks_in_turn, {0}));
}

/// What the report says of turns: all, and those of the script with the most.
static void read_turns(uintmax_t *all, uintmax_t *most)
{
    const char *from = strstr(text, " and has run ");
    if (from == NULL || sscanf(from, " and has run %ju turns; most (%ju) by ", all, most) != 2)
        check_fail(__FILE__, __LINE__, "no numbers in: %s", text);
}

TEST(a_step_that_does_not_end_though_turns_do)
{
    static const tl_phase phases[] = {TL_PHASE_STEP, TL_PHASE_BEFORE, TL_PHASE_PARALLEL};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; ++i) {
        atomic_store(&told, 0);
        watch_steps((tl_watchdog_desc){.milliseconds = 20});
        spawn_hub(phases[i]);
        steps(2); // in the second nothing is left to do
        CHECK_INT(1, atomic_load(&told));
        printf("%s\n", text);
        expect("step 1 has lasted for 20 ms and has run ");
        expect("by 'the hub', running asks_in_turn(), spawned at ");
        uintmax_t all, most;
        read_turns(&all, &most);
        CHECK(2 * most + 3 >= all && 2 * most <= all + 3);
        stop();
    }
    CHECK_TRACE("enough enough enough ");
}

TEST(an_end_of_a_frame_that_does_not_end)
{
    watch_steps((tl_watchdog_desc){.milliseconds = 20});
    spawn_hub(TL_PHASE_FRAME);
    steps(3);
    CHECK_INT(0, atomic_load(&told));
    CHECK_OK(tl_world_end_frame(world));
    CHECK_INT(1, atomic_load(&told));
    expect("the end of the frame after step 3 has lasted for 20 ms");
    stop();
    CHECK_TRACE("enough ");
}

TL_SCRIPT(asks_for_ever, tl_nothing, unused)
{
    tl_defer(note_text, "cleaned ");
    for (int i = 0;; i = !i) {
        CHECK_OK(tl_emit(to_spoke[i], {0}));
        tl_wait_event(to_hub, NULL);
    }
}

TEST(the_script_with_the_most_turns_can_be_ended)
{
    do {
        atomic_store(&told, 0);
        atomic_store(&stalled, false);
        trace[0] = '\0';
        watch_steps((tl_watchdog_desc){.milliseconds = 20, .end_stuck = true});
        tl_script hub;
        for (int i = 0; i < 2; ++i)
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, answers, i));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &hub, asks_for_ever, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {hub}));
        steps(1);
        tl_watchdog_stop(watchdog);   // the step ends before the report is made
        if (!atomic_load(&stalled)) { // else whichever script had its turn then was cancelled
            CHECK_INT(1, atomic_load(&told));
            CHECK(!tl_script_is_alive(world, hub));
            CHECK_TRACE("cleaned TL_CANCELLED@1 ");
        }
        CHECK_OK(tl_world_destroy(world));
    } while (atomic_load(&stalled));
    expect("by 'asks_for_ever', running asks_for_ever(), spawned at ");
    expect(", which will be cancelled at its next wait");
}

TL_SCRIPT(begets_another, tl_nothing, unused)
{
    if (atomic_load(&told) == 0)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, begets_another, {0}));
}

static bool never(void *unused)
{
    (void)unused;
    return false;
}

TL_SCRIPT(waits_for_ever, tl_nothing, unused)
{
    tl_wait_until(never, NULL);
}

TL_SCRIPT(begins_one_race_after_the_other, tl_nothing, unused)
{
    while (atomic_load(&told) == 0)
        CHECK_INT(0, tl_race(TL_CHILD(does_nothing, {0})));
}

TEST(scripts_that_end_and_one_that_starts_them)
{
    watch_steps((tl_watchdog_desc){.milliseconds = 20});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, begets_another, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&told));
    expect("turns; most (1) by "); // each has one
    expect("begets_another");
    atomic_store(&told, 0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, begins_one_race_after_the_other, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&told));
    expect("step 2 has lasted for 20 ms and has run 2 turns; most (1) by 'begins_one_race_after_the_other'");
    // Where a parallel script only has its predicate asked, that is no turn.
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), NULL, waits_for_ever, {0}));
    steps(1);
    atomic_store(&told, 0);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), NULL,
                           begins_one_race_after_the_other, {0}));
    steps(1);
    CHECK_INT(1, atomic_load(&told));
    expect("step 4 has lasted for 20 ms and has run 1 turns; most (1) by 'begins_one_race_after_the_other'");
    stop();
}

/// In each of several worlds, on a thread of its own, a script that is stuck until all are reported.
enum { WORLDS = 3 };
static tl_world *worlds[WORLDS];
static const char *const culprits[WORLDS] = {"the first", "the second", "the third"};
static atomic_int seen_culprits;

static void keep_log_of_worlds(const tl_log *item)
{
    for (int i = 0; i < WORLDS; ++i)
        if (strcmp(item->script, culprits[i]) == 0)
            atomic_fetch_or(&seen_culprits, 1 << i);
}

TL_SCRIPT(hangs_until_all_are_seen, tl_nothing, unused)
{
    while (atomic_load(&seen_culprits) != (1 << WORLDS) - 1)
        poll(NULL, 0, 1);
}

static void *step_one_of_them(void *of)
{
    CHECK_OK(tl_world_step(of));
    return NULL;
}

TEST(several_worlds_are_watched_at_once)
{
    static const int signals[WORLDS] = {0, SIGUSR2, 0}; // two share one
    tl_watchdog *watchdogs[WORLDS];
    pthread_t threads[WORLDS];
    tl_set_log_hook(keep_log_of_worlds);
    for (int i = 0; i < WORLDS; ++i) {
        CHECK_OK(tl_world_create(&(tl_world_desc){0}, &worlds[i]));
        CHECK_OK(
            tl_watchdog_start(worlds[i], &(tl_watchdog_desc){.milliseconds = 20, .signal = signals[i]}, &watchdogs[i]));
        CHECK_OK(
            tl_spawn_with(worlds[i], (&(tl_script_desc){.name = culprits[i]}), NULL, hangs_until_all_are_seen, {0}));
    }
    for (int i = 0; i < WORLDS; ++i)
        CHECK_INT(0, pthread_create(&threads[i], NULL, step_one_of_them, worlds[i]));
    for (int i = 0; i < WORLDS; ++i)
        CHECK_INT(0, pthread_join(threads[i], NULL));
    for (int i = 0; i < WORLDS; ++i) {
        tl_watchdog_stop(watchdogs[i]);
        CHECK_OK(tl_world_destroy(worlds[i]));
    }
    struct sigaction now;
    for (int i = 0; i < 2; ++i) { // the handlers are gone with the last that used them
        CHECK_INT(0, sigaction(i == 0 ? SIGURG : SIGUSR2, NULL, &now));
        CHECK(now.sa_handler == SIG_DFL);
    }
}

TL_SCRIPT(steps_another_world, tl_nothing, unused)
{
    CHECK_OK(tl_world_step(worlds[1]));
}

/// Both watchdogs ask one thread then, perhaps at the same time, and the kernel may make one signal of two.
TEST(a_world_that_is_stepped_inside_another)
{
    tl_watchdog *watchdogs[2];
    tl_set_log_hook(keep_log_of_worlds);
    atomic_store(&seen_culprits, ((1 << WORLDS) - 1) & ~3);
    for (int i = 0; i < 2; ++i) {
        CHECK_OK(tl_world_create(&(tl_world_desc){.stack_size = 256 * 1024}, &worlds[i]));
        CHECK_OK(tl_watchdog_start(worlds[i], &(tl_watchdog_desc){.milliseconds = 20}, &watchdogs[i]));
    }
    CHECK_OK(tl_spawn_with(worlds[0], (&(tl_script_desc){.name = culprits[0]}), NULL, steps_another_world, {0}));
    CHECK_OK(tl_spawn_with(worlds[1], (&(tl_script_desc){.name = culprits[1]}), NULL, hangs_until_all_are_seen, {0}));
    atomic_fetch_or(&seen_culprits, 1); // only the inner one has control
    CHECK_OK(tl_world_step(worlds[0]));
    for (int i = 0; i < 2; ++i) {
        tl_watchdog_stop(watchdogs[i]);
        CHECK_OK(tl_world_destroy(worlds[i]));
    }
}

static bool threads_fail;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    return threads_fail ? EAGAIN : __real_pthread_create(thread, attributes, run, arg);
}

static bool is_watched(tl_world *of)
{
    return atomic_load(&tl__world_pulse(of)->watched);
}

#ifdef NDEBUG
enum { DEBUG_BUILD = false };
#else
enum { DEBUG_BUILD = true };
#endif

TEST(a_debug_build_watches_each_world)
{
    for (int i = 0; i < WORLDS; ++i)
        CHECK_OK(tl_world_create(&(tl_world_desc){0}, &worlds[i]));
    for (int i = 0; i < WORLDS; ++i) {
        CHECK_INT(DEBUG_BUILD, is_watched(worlds[i]));
        CHECK((tl__world_pulse(worlds[i])->watchdog != NULL) == DEBUG_BUILD);
        CHECK_OK(tl_world_destroy(worlds[i]));
    }
}

TEST(the_default_watchdog_reports)
{
    if (!DEBUG_BUILD)
        SKIP("only a debug build has one");
    make_world(60);
    tl_set_log_hook(keep_log);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&told));
    expect("'hangs', running hangs(), spawned at ");
    expect("has not waited for 1000 ms\n");
    CHECK_OK(tl_world_destroy(world));
}

TEST(another_watchdog_replaces_the_default_one)
{
    watch((tl_watchdog_desc){.milliseconds = 20, .signal = SIGUSR2});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&told));
    expect("has not waited for 20 ms\n");
    struct sigaction now;
    CHECK_INT(0, sigaction(SIGURG, NULL, &now));
    CHECK(now.sa_handler == SIG_DFL); // the default one is gone
    tl_watchdog_stop(watchdog);
    CHECK(!is_watched(world)); // and does not come back
    CHECK_OK(tl_world_destroy(world));
}

TEST(there_need_be_no_default)
{
    CHECK_INT(DEBUG_BUILD, tl_watchdog_by_default(false));
    CHECK_INT(false, tl_watchdog_by_default(false));
    make_world(60);
    CHECK(!is_watched(world));
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK(is_watched(world));
    stop();
    CHECK_INT(false, tl_watchdog_by_default(true));
    make_world(60);
    CHECK_INT(DEBUG_BUILD, is_watched(world));
    CHECK_INT(DEBUG_BUILD, tl_watchdog_by_default(false));
    CHECK_OK(tl_world_destroy(world)); // with the one that it has
}

TEST(a_default_that_cannot_be_started_is_no_error)
{
    threads_fail = true;
    make_world(60);
    CHECK(!is_watched(world));
    steps(1);
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK_INT(EAGAIN, errno);
    CHECK_POINTER(NULL, watchdog);
    CHECK(!is_watched(world));
    CHECK_OK(tl_world_destroy(world));
    threads_fail = false;
    make_world(60);
    threads_fail = true;
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    CHECK_INT(DEBUG_BUILD, is_watched(world)); // as before
    CHECK_OK(tl_world_destroy(world));
}

TEST(limits_up_to_the_longest)
{
    static const struct {
        uint32_t milliseconds;
        int timeout;
    } cases[] = {
        {1, 1}, {4, 1}, {5, 2}, {UINT32_MAX - 3, 1073741823}, {UINT32_MAX - 2, 1073741824}, {UINT32_MAX, 1073741824}};
    tl_watchdog_by_default(false); // which would poll, too
    make_world(60);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        atomic_store(&timeout_asked, -1);
        CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = cases[i].milliseconds}, &watchdog));
        while (atomic_load(&timeout_asked) == -1)
            sched_yield();
        tl_watchdog_stop(watchdog);
        CHECK_INT(cases[i].timeout, atomic_load(&timeout_asked));
    }
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_signal_does_not_end_the_watching)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    atomic_store(&interruptions_left, 3);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&told));
    CHECK_INT(0, atomic_load(&interruptions_left));
    stop();
}

static void check_blocked_signals(const tl_log *item)
{
    sigset_t blocked;
    CHECK_INT(0, pthread_sigmask(SIG_BLOCK, NULL, &blocked));
    CHECK(sigismember(&blocked, SIGURG) && sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGALRM));
    CHECK(!sigismember(&blocked, SIGSEGV) && !sigismember(&blocked, SIGABRT));
    keep_log(item);
}

TEST(signals_are_for_the_other_threads)
{
    watch((tl_watchdog_desc){.milliseconds = 20});
    tl_set_log_hook(check_blocked_signals);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2);
    CHECK_INT(1, atomic_load(&told));
    sigset_t blocked;
    CHECK_INT(0, pthread_sigmask(SIG_BLOCK, NULL, &blocked));
    CHECK(!sigismember(&blocked, SIGTERM)); // on this thread
    stop();
}

static void stop_in_the_child(void)
{
    alarm(30); // in case it hangs
    steps(1);
    stop();
}

TEST(a_child_that_stops_its_copy_leaves_the_parents_alone)
{
    char output[1024];
    watch((tl_watchdog_desc){.milliseconds = 20});
    steps(1);
    int status = in_child(stop_in_the_child, output, sizeof output);
    if (status != 0)
        check_fail(__FILE__, __LINE__, "the child ended with status %x: %s", (unsigned)status, output);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, hangs, 1));
    steps(2); // the first of which lasts until the script was reported
    CHECK_TRACE("came back ");
    stop();
}

TEST(misuse)
{
    make_world(60);
    tl_watchdog *other = NULL;
    CHECK_MISUSE(TL_ERROR_NULL, tl_watchdog_start(NULL, &(tl_watchdog_desc){0}, &other));
    CHECK_MISUSE(TL_ERROR_NULL, tl_watchdog_start(world, NULL, &other));
    CHECK_MISUSE(TL_ERROR_NULL, tl_watchdog_start(world, &(tl_watchdog_desc){0}, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_watchdog_start(world, &(tl_watchdog_desc){.signal = SIGKILL}, &other));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_watchdog_start(world, &(tl_watchdog_desc){.signal = 9999}, &other));
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog));
    // One at a time for each world:
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_watchdog_start(world, &(tl_watchdog_desc){0}, &other));
    CHECK_POINTER(NULL, other);
    tl_watchdog_stop(NULL);
    tl_watchdog_stop(watchdog);
    CHECK_OK(tl_watchdog_start(world, &(tl_watchdog_desc){0}, &watchdog)); // again
    stop();
}
