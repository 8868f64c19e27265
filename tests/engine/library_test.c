// SPDX-License-Identifier: MIT
// Closing a shared library whose scripts run: they are cancelled before, and the world keeps running.
#include <dlfcn.h>

#include "library.h"
#include "library_range.h"
#include "trace.h"

static int begun, cleaned;

/// A library that is open, and the addresses that it takes.
typedef struct library {
    void *handle;
    const tl_fiber_entry *visit;
    const char *begin, *end;
} library;

static library open_library(void)
{
    library opened = {.handle = dlopen(TELAR_TEST_LIBRARY, RTLD_NOW | RTLD_LOCAL)};
    if (opened.handle == NULL)
        check_fail(__FILE__, __LINE__, "%s", dlerror());
    opened.visit = dlsym(opened.handle, "visit__entry");
    CHECK(opened.visit != NULL);
    find_library(opened.visit, &opened.begin, &opened.end);
    return opened;
}

/// Closes a library, and checks that it is gone from memory: a script of it that continued would fault.
static void close_library(const library *closed)
{
    CHECK_INT(0, dlclose(closed->handle));
    CHECK_POINTER(NULL, dlopen(TELAR_TEST_LIBRARY, RTLD_NOW | RTLD_NOLOAD));
}

static tl_script start(const library *from, visit_manner manner)
{
    tl_script script;
    CHECK_OK(tl_spawn_raw(world, NULL, from->visit, &(struct visit){manner, &begun, &cleaned}, NULL, &script));
    return script;
}

static uint32_t cancel(const library *from)
{
    uint32_t left = 7;
    CHECK_OK(tl_world_cancel_from(world, from->begin, from->end, &left));
    return left;
}

/// A script of the program itself, which must not be found by tl_world_cancel_from.
TL_SCRIPT(ticks, tl_nothing, nothing)
{
    {
        tl_scoped_shield();
        tl_wait_step();
    }
    for (;;) {
        note(".");
        tl_wait_step();
    }
}

static void start_world(void)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ticks, {0}));
}

TEST(scripts_of_a_library_are_cancelled_before_it_is_closed)
{
    start_world();
    for (int round = 1; round <= 3; ++round) { // a reload, twice
        library opened = open_library();
        tl_script first = start(&opened, WAITS);
        for (int i = 1; i < 100; ++i)
            start(&opened, WAITS);
        steps(2);
        start(&opened, WAITS); // which has not begun when it is cancelled
        CHECK_INT(100 * round, begun);
        CHECK_UINT(102, tl_script_count(world));
        CHECK_UINT(0, cancel(&opened));
        CHECK_INT(100 * round, cleaned);
        CHECK_UINT(1, tl_script_count(world));
        close_library(&opened);
        steps(2);
        CHECK(!tl_script_is_alive(world, first));
    }
    CHECK_TRACE("...........");
    CHECK_OK(tl_world_destroy(world));
}

TEST(scripts_that_cannot_end_at_once_are_counted)
{
    start_world();
    library opened = open_library();
    start(&opened, WAITS);
    start(&opened, SHIELDED);
    steps(1);
    CHECK_UINT(1, cancel(&opened));
    CHECK_INT(1, cleaned);
    CHECK_UINT(1, cancel(&opened));
    steps(2);
    CHECK_UINT(0, cancel(&opened));
    CHECK_INT(2, cleaned);
    close_library(&opened);
    steps(1);
    CHECK_OK(tl_world_destroy(world));
}

TEST(stepping_on_ends_them_all)
{
    start_world();
    library game = open_library();
    start(&game, SHIELDED);
    start(&game, WAITS);
    steps(1);
    // [close_library]
    uint32_t left;
    tl_world_cancel_from(world, game.begin, game.end, &left);
    while (left > 0) {
        tl_world_step(world);
        tl_world_cancel_from(world, game.begin, game.end, &left);
    }
    dlclose(game.handle);
    // []
    CHECK_INT(2, cleaned);
    CHECK_UINT(1, tl_script_count(world));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
}

TEST(scripts_that_clean_ups_spawn_are_counted)
{
    start_world();
    library opened = open_library();
    start(&opened, RESPAWNS);
    steps(1);
    uint32_t left = cancel(&opened);
    CHECK_INT(1, cleaned);
    CHECK(left <= 1); // the new script may have got a slot that was yet to be visited
    CHECK_UINT(0, cancel(&opened));
    close_library(&opened);
    steps(1);
    CHECK_OK(tl_world_destroy(world));
}

TEST(only_addresses_in_the_range_count)
{
    start_world();
    library opened = open_library();
    uintptr_t run = (uintptr_t)opened.visit->run;
    uint32_t left;
    start(&opened, WAITS);
    steps(1);
    CHECK_OK(tl_world_cancel_from(world, opened.begin, (const void *)run, &left));
    CHECK_UINT(0, left);
    CHECK_OK(tl_world_cancel_from(world, (const void *)(run + 1), opened.end, NULL));
    CHECK_OK(tl_world_cancel_from(world, (const void *)run, (const void *)run, NULL));
    CHECK_INT(0, cleaned);
    CHECK_OK(tl_world_cancel_from(world, (const void *)run, (const void *)(run + 1), NULL));
    CHECK_INT(1, cleaned);
    close_library(&opened);
    CHECK_OK(tl_world_destroy(world));
}

TEST(misuse_is_answered)
{
    static const char text[2];
    uint32_t left = 0;
    make_world(0);
    CHECK_MISUSE(TL_ERROR_NULL, tl_world_cancel_from(NULL, text, text + 1, &left));
    CHECK_UINT(UINT32_MAX, left);
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_world_cancel_from(world, text + 1, text, NULL));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(cancels, const library *, opened)
{
    note("%u", (unsigned)cancel(*opened));
    uint32_t left;
    // The range includes this script: it counts as one that has not ended, and its next wait does not return.
    CHECK_OK(tl_world_cancel_from(world, NULL, (const void *)UINTPTR_MAX, &left));
    CHECK_UINT(1, left);
    tl_wait_step();
    CHECK_UNREACHED();
}

TEST(a_script_may_cancel_them)
{
    make_world(0);
    library opened = open_library();
    start(&opened, WAITS);
    steps(1);
    const library *const argument = &opened;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, cancels, argument));
    steps(1);
    CHECK_TRACE("0");
    CHECK_UINT(0, tl_script_count(world));
    close_library(&opened);
    CHECK_OK(tl_world_destroy(world));
}
