// SPDX-License-Identifier: MIT
// What a watchdog's signal handler notes of a world's scripts, at each instruction of whole steps in which scripts
// come, go, wait and wake each other: the processor's trap flag raises a signal after each one.
#include "fiber/thread_life.h"
#include "script/dump_scripts.h"
#include "world/world_state.h" // before a world of the tests is declared, whose name parameters of its functions have

#include "trace.h"

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "../checked_heap.h"
#include "os/signal_stack.h"
#include "telar/channel.h"
#include "telar/event.h"

enum { ROOM = 600, LIKES = 248, EVENTS = 62, MORE_EVENTS = 4 };

static tl__dump_note *notes;
static long looks, with_calls;
static const char *fault; ///< the first thing that was wrong

void tl__bottom(void) __asm__("tl__bottom");
extern const char __executable_start[], etext[]; // the linker's

static void expect_true(bool is_so, const char *what)
{
    if (!is_so && fault == NULL)
        fault = what;
}

static bool is_one_of_ours(const char *name)
{
    static const char *const names[] = {"likes",      "sleeps",       "listens",      "receives",
                                        "waits_deep", "ends_at_once", "cleans",       "races_twice",
                                        "directs",    "joins_one",    "listens_once", "for a moment"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void check_calls(const tl__dump_item *item)
{
    ++with_calls;
    (void)item; // without assembly only the innermost call is known
#ifdef TELAR_BACKEND_ASSEMBLY
    enum { LONGEST = 64 };
    uintptr_t last = (uintptr_t)item->calls[item->count - 1], bottom = (uintptr_t)tl__bottom;
    expect_true(item->count < TL__DUMP_CALLS && last >= bottom && last < bottom + LONGEST, "calls end in tl__bottom");
#endif
}

static void check_note(const tl__dump_note *noted)
{
    const tl__dump_item *item = &noted->item;
    expect_true(is_one_of_ours(item->name), "a name");
    expect_true(item->id.index >= 1 && item->id.index <= ROOM && item->id.generation >= 1, "an id");
    expect_true(item->entry == &noted->entry && item->entry->name != NULL, "an entry");
    expect_true(item->spawned_file == NULL || item->spawned_line > 0, "where it was spawned");
    expect_true(item->state != NULL, "a state");
    if (item->count > 0)
        check_calls(item);
}

/// Looks at each instruction of the program and of the libraries that are part of it. In other libraries no record
/// changes.
static void on_trap(int number, siginfo_t *info, void *context)
{
    uintptr_t at = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    (void)number, (void)info;
    if (at < (uintptr_t)__executable_start || at >= (uintptr_t)etext || world->heartbeat.step == 0 ||
        !tl__holder_is_here(tl__load(&world->stepper, memory_order_relaxed)))
        return;
    uint32_t count = tl__note_scripts(world, notes, ROOM);
    expect_true(count >= LIKES && count <= ROOM, "a count");
    for (uint32_t i = 0; i < count; ++i)
        check_note(&notes[i]);
    ++looks;
}

/// Raises the signal after each instruction from here on, or no more. (The flags are on no fiber's stack, so a switch
/// leaves them as they are.)
static void trap(bool on)
{
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    flags = on ? flags | 0x100 : flags & ~0x100ULL;
    __asm__ volatile("pushq %0; popfq" : : "r"(flags) : "cc");
}

typedef TL_EVENT(int) number_event;

static number_event bell;
static TL_CHANNEL(int) ore;

/// Never begins, so that noting it is quick. LIKES of them almost fill a block of records, so the test makes a second
/// one.
TL_SCRIPT(likes, tl_nothing, unused)
{
    (void)unused;
}

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    tl_wait_seconds(1000);
}

TL_SCRIPT(listens, tl_nothing, unused)
{
    for (;;)
        tl_wait_event(bell, NULL);
}

TL_SCRIPT(listens_once, number_event, event)
{
    CHECK_RESULT(TL_CANCELLED, tl_wait_event(*event, NULL));
}

TL_SCRIPT(receives, tl_nothing, unused)
{
    for (int lump;;)
        tl_receive(ore, &lump);
}

static __attribute__((noinline)) void wait_below(int depth)
{
    volatile int kept = depth;
    if (depth > 0)
        wait_below(depth - 1);
    else
        tl_wait_event(bell, NULL, TL_WITHIN(100));
    (void)kept;
}

TL_SCRIPT(waits_deep, tl_nothing, unused)
{
    for (;;)
        wait_below(5);
}

TL_SCRIPT(ends_at_once, tl_nothing, unused)
{
    (void)unused;
}

static void clean(void *unused)
{
    (void)unused;
    tl_emit(bell, {2});
}

TL_SCRIPT(cleans, tl_nothing, unused)
{
    tl_defer(clean, NULL);
    tl_wait_seconds(1000);
}

TL_SCRIPT(races_twice, tl_nothing, unused)
{
    for (;;) {
        tl_race(TL_CHILD(sleeps, {0}), TL_CHILD(ends_at_once, {0}));
        tl_wait_step();
    }
}

TL_SCRIPT(joins_one, tl_nothing, unused)
{
    tl_script other;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &other, ends_at_once, {0}));
    tl_wait_script(other);
}

static void spawn_for_a_moment(void)
{
    char *name = malloc(32);
    tl_script script;
    strcpy(name, "for a moment");
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = name}), &script, sleeps, {0}));
    CHECK_OK(tl_script_cancel(world, script));
    memset(name, 'x', strlen(name));
    free(name);
}

/// Does what changes the records. The numbers make the arrays of events and of blocks of scripts grow.
TL_SCRIPT(directs, tl_nothing, unused)
{
    tl_script cancelled;
    number_event events[MORE_EVENTS];
    for (int round = 0;; ++round) {
        for (int i = 0; i < MORE_EVENTS && round == 0; ++i)
            CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "an event", &events[i]));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &cancelled, cleans, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_one, {0}));
        if (round == 0)
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens_once, events[0]));
        spawn_for_a_moment();
        tl_emit(bell, {1});
        tl_send(ore, &(int){1});
        tl_wait_steps(1);
        CHECK_OK(tl_script_cancel(world, cancelled));
        if (round == 0)
            CHECK_OK(tl_event_destroy(events[0])); // for which a script waits
    }
}

static void prepare(void)
{
    notes = calloc(ROOM, sizeof *notes);
    CHECK(notes != NULL);
    make_world(60);
    atomic_store(&world->heartbeat.watched, true);
    CHECK_OK(tl__signal_stack_ensure());
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    for (int i = 1; i < EVENTS; ++i)
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "an event", &(number_event){0}));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "ore", 1, &ore));
    tl_group *frozen;
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "frozen"}, &frozen));
    CHECK_OK(tl_group_freeze(frozen));
    for (int i = 0; i < LIKES; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = frozen}), NULL, likes, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sleeps, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, listens, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, receives, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_deep, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races_twice, {0}));
    steps(1); // so that they wait
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, directs, {0}));
}

TEST(scripts_are_noted_at_each_instruction_of_a_step)
{
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("under these tools each instruction is many, or raises no signal");
    enum { STEPS = 2 };
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    CHECK_OK(tl_set_allocator(&checked_heap)); // it overwrites what it frees
    prepare();
    uint32_t slots = world->script_slots, capacity = world->events.capacity;
    CHECK_INT(0, sigaction(SIGTRAP, &action, NULL));
    for (int i = 0; i < STEPS; ++i) {
        trap(true);
        tl_result result = tl_world_step(world);
        trap(false);
        CHECK_OK(result);
        if (fault != NULL)
            check_fail(__FILE__, __LINE__, "wrong: %s", fault);
    }
    CHECK(looks > 1000 && with_calls > 1000);
    CHECK(world->script_slots > slots && world->events.capacity > capacity);
    atomic_store(&world->heartbeat.watched, false);
    CHECK_OK(tl_world_destroy(world));
    CHECK_INT(0, checked_heap_blocks());
    free(notes);
}
