// SPDX-License-Identifier: MIT
// Ending a fiber early leaves its frames as if each returned: what it runs on the way, and in which order.
#include "unwind_test.h"

#include <stdio.h>

static char notes[4096];
static tl_pool *pool;

void note(void *text)
{
    size_t length = strlen(notes);
    snprintf(notes + length, sizeof notes - length, "%s", (const char *)text);
}

void note_number(char kind, int number)
{
    char text[16];
    snprintf(text, sizeof text, "%c%d ", kind, number);
    note(text);
}

// What runs when frames without clean-ups of their own, or without tables, are among others. Windows' unwinder calls no
// function at each frame: there all tl_defers run before the other clean-ups, or in place of them.
#ifdef _WIN32
#define PADLESS "defer padless variable outer "
#define SPLIT "cold defer split variable outer "
#define TABLELESS "defer tableless outer "
#else
#define PADLESS "defer variable padless outer "
#define SPLIT "cold defer variable split outer "
#define TABLELESS "defer variable tableless outer "
#endif

void check_notes(const char *expected)
{
    CHECK_STRING(expected, notes);
    notes[0] = '\0';
}

void check_reverse_of_all(const char *kinds)
{
    char happened[sizeof notes];
    memcpy(happened, notes, sizeof notes);
    notes[0] = '\0';
    for (int number = DEPTH; number > 0; --number)
        for (size_t kind = strlen(kinds); kind > 0; --kind)
            note_number(kinds[kind - 1], number);
    check_notes(happened);
}

struct call {
    void (*function)(int);
    int depth;
};

TL_FIBER(calls, struct call, call)
{
    call->function(call->depth);
    note("returned ");
}

tl_fiber *start(void (*function)(int), int depth)
{
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, calls, {function, depth}));
    tl_resume(fiber, NULL);
    return fiber;
}

static void note_variable(const char *const *variable)
{
    note((void *)(uintptr_t)*variable);
}

static void note_attribute(const int *number)
{
    CHECK(tl_fiber_is_unwinding());
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_yield(NULL));
    note_number('b', *number);
}

static void note_defer(void *number)
{
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_yield(NULL));
    note_number('a', *(int *)number);
}

static void note_later_defer(void *number)
{
    note_number('c', *(int *)number);
}

/// Frames that hold defers and cleanup attributes, interleaved; a negative depth exits instead of waiting.
static void nest(int depth)
{
    int number = depth < 0 ? DEPTH + 1 + depth : DEPTH + 1 - depth;
    tl_defer(note_defer, &number);
    __attribute__((cleanup(note_attribute), unused)) int between = number;
    tl_defer(note_later_defer, &number);
    if (depth > 1 || depth < -1)
        nest(depth < 0 ? depth + 1 : depth - 1);
    else if (depth < 0)
        tl_exit(NULL);
    else
        CHECK_OK(tl_yield(NULL));
    note("went on ");
}

TEST(cancel_runs_defers_and_cleanup_attributes_in_exact_reverse)
{
    NEED_UNWINDER();
    tl_fiber *fiber = start(nest, DEPTH);
    check_notes("");
    CHECK_OK(tl_fiber_cancel(fiber));
    check_reverse_of_all("abc");
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(so_do_destroying_resetting_and_destroying_the_pool)
{
    NEED_UNWINDER();
    CHECK_OK(tl_fiber_destroy(start(nest, DEPTH)));
    check_reverse_of_all("abc");
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_fiber_reset(start(nest, DEPTH), calls, {nest, DEPTH}));
    check_reverse_of_all("abc");
    CHECK_OK(tl_pool_destroy(pool));
    start(nest, DEPTH);
    CHECK_OK(tl_pool_destroy(pool));
    check_reverse_of_all("abc");
}

TEST(so_does_exit)
{
    NEED_UNWINDER();
    tl_fiber *fiber = start(nest, -DEPTH);
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(fiber));
    // Negative depths count the other way round: the first frame has number 1, too.
    check_reverse_of_all("abc");
    CHECK_OK(tl_pool_destroy(pool));
}

/// Frames that hold only defers, so that the test needs no unwinder.
static void nest_defers(int depth)
{
    int number = DEPTH + 1 - depth;
    tl_defer(note_defer, &number);
    tl_defer(note_later_defer, &number);
    if (depth > 1)
        nest_defers(depth - 1);
    else
        CHECK_OK(tl_yield(NULL));
    note("went on ");
}

TEST(defers_need_no_unwinder)
{
    CHECK_OK(tl_fiber_cancel(start(nest_defers, DEPTH)));
    check_reverse_of_all("ac");
    CHECK_OK(tl_pool_destroy(pool));
}

static void yield_in_the_middle(int depth)
{
    __attribute__((cleanup(note_variable), unused)) const char *variable = "variable ";
    tl_defer(note, "defer ");
    CHECK_OK(tl_yield(NULL));
    CHECK(depth >= 0);
}

static void through_frames_without_landing_pads(int depth)
{
    __attribute__((cleanup(note_variable), unused)) const char *variable = "outer ";
    call_without_landing_pads(yield_in_the_middle, depth, "padless ");
}

TEST(frames_without_landing_pads_still_run_their_defers_in_place)
{
    NEED_UNWINDER();
    CHECK_OK(tl_fiber_cancel(start(through_frames_without_landing_pads, 0)));
    check_notes(PADLESS);
    CHECK_OK(tl_pool_destroy(pool));
}

static void through_a_cold_part(int depth)
{
    __attribute__((cleanup(note_variable), unused)) const char *variable = "outer ";
    call_in_a_cold_part(yield_in_the_middle, depth);
}

TEST(a_function_in_two_parts_loses_no_defer)
{
    NEED_UNWINDER();
    CHECK_OK(tl_fiber_cancel(start(through_a_cold_part, 0)));
    check_notes(SPLIT);
    CHECK_OK(tl_pool_destroy(pool));
}

static void through_frames_without_tables(int depth)
{
    tl_defer(note, "outer ");
    call_without_tables(yield_in_the_middle, depth, "tableless ");
}

TEST(where_the_unwinder_gets_lost_defers_still_run)
{
    NEED_UNWINDER();
    CHECK_OK(tl_fiber_cancel(start(through_frames_without_tables, 0)));
    check_notes(TABLELESS);
    CHECK_OK(tl_pool_destroy(pool));
}

static void wait_after_a_longjmp(int depth)
{
    longjmp_without_landing_pads();
    if (depth == 0)
        CHECK_OK(tl_yield(NULL));
    else if (depth == 1)
        through_frames_without_landing_pads(0);
    else
        through_frames_without_tables(0);
    CHECK(depth >= 0);
}

TEST(what_a_longjmp_jumped_over_without_landing_pads_does_not_run)
{
    NEED_UNWINDER();
    static const char *const expected[] = {"", PADLESS, TABLELESS};
    for (int depth = 0; depth < 3; ++depth) {
        CHECK_OK(tl_fiber_cancel(start(wait_after_a_longjmp, depth)));
        check_notes(expected[depth]);
        CHECK_OK(tl_pool_destroy(pool));
    }
}

/// Overwrites the stack below the frames, so that a use of stale data there would be seen.
static void use_stack(const int *number)
{
    volatile char space[2048];
    for (size_t i = 0; i < sizeof space; ++i)
        space[i] = (char)*number;
    CHECK_INT(*number, space[sizeof space / 2]);
    note_number('s', *number);
}

static void nest_arrays(int depth)
{
    __attribute__((cleanup(use_stack), unused)) int number = depth;
    volatile char space[64];
    space[depth] = 1;
    if (depth > 0)
        nest_arrays(depth - 1);
    else
        CHECK_OK(tl_yield(NULL));
    CHECK_INT(1, space[depth]);
}

TEST(clean_ups_may_use_the_stack_that_the_inner_frames_had)
{
    NEED_UNWINDER();
    CHECK_OK(tl_fiber_cancel(start(nest_arrays, 5)));
    check_notes("s0 s1 s2 s3 s4 s5 ");
    CHECK_OK(tl_pool_destroy(pool));
}

static void cancel_another(tl_fiber *const *other)
{
    CHECK_OK(tl_fiber_cancel(*other));
    note("other cancelled ");
}

TL_FIBER(cancels_another_in_clean_up, tl_fiber *, other)
{
    __attribute__((cleanup(cancel_another), unused)) tl_fiber *held = *other;
    tl_defer(note, "first ");
    CHECK_OK(tl_yield(NULL));
}

TEST(one_unwinding_inside_another)
{
    NEED_UNWINDER();
    tl_fiber *inner = start(yield_in_the_middle, 0), *outer = NULL;
    CHECK_OK(tl_fiber_create(pool, &outer, cancels_another_in_clean_up, inner));
    CHECK_OK(tl_resume(outer, NULL));
    CHECK_OK(tl_fiber_cancel(outer));
    check_notes("first defer variable other cancelled ");
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(inner));
    CHECK_OK(tl_pool_destroy(pool));
}
