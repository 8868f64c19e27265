// SPDX-License-Identifier: MIT
// Clean-ups: when they run, in which order, on which stack; and cancelling.
#include <setjmp.h>
#include <stdlib.h>

#include "check.h"
#include "telar/fiber.h"

static char order[64];

// The compiler's own jumps, which check nothing. clang has none for AArch64, and wrong ones for Windows (of rbp).
#if defined(__clang__) && (defined(__aarch64__) || defined(_WIN32))
#define SET_JUMP setjmp
#define LONG_JUMP longjmp
static jmp_buf jump;
#else
#define SET_JUMP __builtin_setjmp
#define LONG_JUMP __builtin_longjmp
static void *jump[5];
#endif

static void note(void *letter)
{
    size_t length = strlen(order);
    CHECK(length + 1 < sizeof order);
    order[length] = *(const char *)letter;
}

static tl_pool *new_pool(void)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 16}, &pool));
    return pool;
}

enum ending { RETURN, EXIT, SUSPEND };

struct plan {
    enum ending ending;
};

static void wait_at_depth(int depth)
{
    if (depth > 0)
        wait_at_depth(depth - 1);
    else
        CHECK_OK(tl_yield(NULL));
    CHECK(depth >= 0); // not a tail call
}

TL_FIBER(defers, struct plan, plan)
{
    tl_defer(note, "a");
    tl_defer(note, "b");
    tl_defer(note, "c");
    if (plan->ending == SUSPEND) {
        wait_at_depth(20);
        CHECK_UNREACHED();
    }
    if (plan->ending == EXIT)
        tl_exit(NULL);
}

static tl_fiber *run(tl_pool *pool, enum ending ending)
{
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, defers, {ending}));
    CHECK_RESULT(ending == SUSPEND ? TL_OK : TL_FINISHED, tl_resume(fiber, NULL));
    return fiber;
}

TEST(run_last_in_first_out_on_return_exit_and_cancel)
{
    tl_pool *pool = new_pool();
    for (enum ending ending = RETURN; ending <= SUSPEND; ++ending) {
        order[0] = '\0', memset(order, 0, sizeof order);
        tl_fiber *fiber = run(pool, ending);
        if (ending == SUSPEND) {
            CHECK_STRING("", order);
            CHECK_OK(tl_fiber_cancel(fiber));
        }
        CHECK_STRING("cba", order);
        CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(fiber));
        CHECK_POINTER(NULL, tl_fiber_result(fiber));
        CHECK_OK(tl_fiber_destroy(fiber));
        CHECK_STRING("cba", order);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(destroy_cancels_first)
{
    tl_pool *pool = new_pool();
    CHECK_OK(tl_fiber_destroy(run(pool, SUSPEND)));
    CHECK_STRING("cba", order);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(pool_destroy_cancels_all_in_the_order_of_their_stacks)
{
    tl_pool *pool = new_pool();
    run(pool, SUSPEND);
    run(pool, RETURN);
    run(pool, SUSPEND);
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_STRING("cbacbacba", order);
}

TEST(reset_cancels_first)
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = run(pool, SUSPEND);
    CHECK_OK(tl_fiber_reset(fiber, defers, {RETURN}));
    CHECK_STRING("cba", order);
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_STRING("cbacba", order);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(cancelling_a_ready_fiber_runs_nothing)
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, defers, {RETURN}));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(fiber));
    CHECK_STRING("", order);
    CHECK_OK(tl_pool_destroy(pool));
}

static void is_inside(void *low_and_high)
{
    char here;
    CHECK(((const char **)low_and_high)[0] < &here && &here < ((const char **)low_and_high)[1]);
    order[0] = '!';
}

struct span {
    const char *bounds[2];
};

TL_FIBER(defers_inside, struct span *, span)
{
    tl_defer(is_inside, (*span)->bounds);
    CHECK_OK(tl_yield(NULL));
}

TEST(clean_ups_run_on_the_fibers_own_stack)
{
    struct span span;
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, defers_inside, &span));
    tl_stack_info stack = tl_fiber_get_stack(fiber);
    span.bounds[0] = stack.low;
    span.bounds[1] = span.bounds[0] + stack.size;
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_STRING("!", order);
    CHECK_OK(tl_pool_destroy(pool));
}

static int ran;

static void count_down(void *expected)
{
    ++ran;
    CHECK_INT((intptr_t)expected, 1000 - ran);
}

static void defer_many(intptr_t number)
{
    tl_defer(count_down, (void *)number);
    if (number < 999)
        defer_many(number + 1);
    else
        CHECK_OK(tl_yield(NULL));
    CHECK(number < 1000);
}

TL_FIBER(defers_many, tl_nothing, unused)
{
    defer_many(0);
}

TEST(any_number_of_clean_ups)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 1 << 20}, &pool));
    for (int finished = 0; finished < 2; ++finished) {
        ran = 0;
        CHECK_OK(tl_fiber_create(pool, &fiber, defers_many, {0}));
        CHECK_OK(tl_resume(fiber, NULL));
        if (finished)
            CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
        CHECK_OK(tl_fiber_destroy(fiber));
        CHECK_INT(1000, ran);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

static void is_unwinding_only(void *unused)
{
    (void)unused;
    CHECK(tl_fiber_is_unwinding());
    CHECK(!tl_fiber_is_ending(tl_fiber_current()));
}

static int leave_in_many_ways(int way)
{
    tl_defer(note, "z");
    for (int i = 0; i < 2; ++i) {
        tl_defer(note, "i");
        if (way == 1)
            break;
        if (way == 2)
            return 0;
        if (way == 3)
            goto end;
    }
end:
    note("!");
    return 1;
}

TL_FIBER(defers_in_blocks, tl_nothing, unused)
{
    tl_defer(note, "a");
    {
        tl_defer(note, "b");
        tl_defer(note, "c");
        CHECK_OK(tl_yield(NULL));
        CHECK(!tl_fiber_is_unwinding());
        tl_defer(is_unwinding_only, NULL);
    }
    CHECK(!tl_fiber_is_unwinding());
    CHECK_STRING("cb", order);
    tl_defer(note, "d");
    for (int way = 0; way < 4; ++way)
        leave_in_many_ways(way);
    CHECK_STRING("cbii!zi!ziz"
                 "i!z",
                 order);
    CHECK_OK(tl_yield(NULL));
}

TEST(a_blocks_clean_ups_run_when_it_is_left)
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, defers_in_blocks, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_STRING("cbii!zi!zizi!zda", order);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(outside_fibers_too)
{
    leave_in_many_ways(1);
    CHECK_STRING("i!z", order);
}

static tl_result defer_null(void)
{
    tl_defer(NULL, NULL);
    return TL_ERROR_NULL;
}

TEST(null_is_misuse_and_runs_nothing)
{
    {
        tl_defer(note, "a");
        CHECK_MISUSE(TL_ERROR_NULL, defer_null());
    }
    CHECK_STRING("a", order);
}

static tl_fiber *other;

static void misbehaves(void *arg)
{
    CHECK(tl_fiber_is_unwinding());
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_yield(NULL));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_transfer(other, NULL));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_exit(NULL));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_cancel(tl_fiber_current()));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_destroy(tl_fiber_current()));
    CHECK_OK(tl_resume(other, NULL)); // but it may resume others
    tl_defer(note, arg);              // and register clean-ups itself
}

TL_FIBER(misbehaves_in_clean_up, struct plan, plan)
{
    tl_defer(note, "z");
    tl_defer(misbehaves, "y");
    if (plan->ending == SUSPEND)
        CHECK_OK(tl_yield(NULL));
}

TL_FIBER(ticks, tl_nothing, unused)
{
    for (;;) {
        note("t");
        CHECK_OK(tl_yield(NULL));
    }
}

TEST(a_clean_up_may_resume_others_but_not_suspend)
{
    for (enum ending ending = RETURN; ending <= SUSPEND; ending += 2) {
        memset(order, 0, sizeof order);
        tl_pool *pool = new_pool();
        tl_fiber *fiber = NULL;
        CHECK_OK(tl_fiber_create(pool, &other, ticks, {0}));
        CHECK_OK(tl_fiber_create(pool, &fiber, misbehaves_in_clean_up, {ending}));
        CHECK_RESULT(ending == SUSPEND ? TL_OK : TL_FINISHED, tl_resume(fiber, NULL));
        if (ending == SUSPEND)
            CHECK_OK(tl_fiber_cancel(fiber));
        CHECK_STRING("tyz", order);
        CHECK_OK(tl_pool_destroy(pool));
    }
}

static tl_pool *closing;

static void creates(void *arg)
{
    tl_fiber *fiber = NULL;
    CHECK_RESULT(TL_ERROR_POOL_CLOSING, tl_fiber_create(closing, &fiber, ticks, {0}));
    CHECK_POINTER(NULL, fiber);
    CHECK_MISUSE(TL_ERROR_POOL_CLOSING, tl_pool_destroy(closing));
    CHECK_OK(tl_fiber_destroy(other)); // the pool would have ended this one later
    note(arg);
}

TL_FIBER(creates_in_clean_up, tl_nothing, unused)
{
    tl_defer(creates, "k");
    CHECK_OK(tl_yield(NULL));
}

TEST(a_closing_pool_makes_no_fibers)
{
    tl_fiber *fiber = NULL;
    closing = new_pool();
    CHECK_OK(tl_fiber_create(closing, &fiber, creates_in_clean_up, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_create(closing, &other, misbehaves_in_clean_up, {RETURN}));
    CHECK_OK(tl_pool_destroy(closing));
    CHECK_STRING("k", order);
}

TL_FIBER(cancels, tl_nothing, unused)
{
    CHECK_OK(tl_fiber_cancel(other));
    note("x");
}

TEST(a_fiber_may_cancel_another)
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    other = run(pool, SUSPEND);
    CHECK_OK(tl_fiber_create(pool, &fiber, cancels, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_STRING("cbax", order);
    CHECK_OK(tl_pool_destroy(pool));
}

static void frames_that_are_dropped(int depth)
{
    tl_defer(note, "x");
    if (depth > 0)
        frames_that_are_dropped(depth - 1);
    else
        LONG_JUMP(jump, 1);
}

static void note_if_unwinding(void *letter)
{
    if (tl_fiber_is_unwinding())
        note(letter);
}

TL_FIBER(jumps_out, tl_nothing, unused)
{
    tl_defer(note, "o");
    {
        tl_defer(note_if_unwinding, "i");
        if (SET_JUMP(jump) == 0)
            frames_that_are_dropped(3);
    }
    CHECK_OK(tl_yield(NULL));
}

TEST(what_a_longjmp_jumps_over_is_forgotten)
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, jumps_out, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_STRING("io", order);
    CHECK_OK(tl_pool_destroy(pool));
}

static jmp_buf mark;

/// Leaves frames that hold clean-ups by a longjmp; or, with depth 0 and `waits`, yields before its frame holds any.
static __attribute__((noinline)) void jump_from_depth(int depth, bool waits)
{
    if (depth == 0 && waits)
        CHECK_OK(tl_yield(NULL));
    tl_defer(note, "x");
    if (depth > 0)
        jump_from_depth(depth - 1, waits);
    else if (depth == 0)
        longjmp(mark, 1);
}

static __attribute__((noinline)) void jump_over_clean_ups(void)
{
    if (setjmp(mark) == 0)
        jump_from_depth(3, false);
}

static __attribute__((noinline)) void write_over_the_stack(void)
{
    volatile char space[4096];
    for (size_t i = 0; i < sizeof space; ++i)
        space[i] = 0x5a;
}

static void defer_at_depth(int depth)
{
    if (depth > 0) {
        defer_at_depth(depth - 1);
    } else {
        tl_defer(note, "d");
        CHECK_OK(tl_yield(NULL));
    }
    CHECK(depth >= 0);
}

enum then { WAIT, WAIT_DEEPER, WAIT_WHERE_ALL_IS_WRITTEN_OVER, DEFER, DEFER_DEEPER, JUMP_AGAIN, LEAVE, THENS };

struct jump_plan {
    enum then then;
};

TL_FIBER(jumps_over_clean_ups, struct jump_plan, plan)
{
    tl_defer(note, "o");
    jump_over_clean_ups();
    switch (plan->then) {
    case WAIT: CHECK_OK(tl_yield(NULL)); break;
    case WAIT_DEEPER: wait_at_depth(20); break;
    case WAIT_WHERE_ALL_IS_WRITTEN_OVER:
        write_over_the_stack();
        wait_at_depth(20);
        break;
    case DEFER: {
        tl_defer(note, "d");
        CHECK_OK(tl_yield(NULL));
        break;
    }
    case DEFER_DEEPER: defer_at_depth(20); break;
    case JUMP_AGAIN:
        for (int i = 0; i < 1000; ++i)
            jump_over_clean_ups();
        defer_at_depth(2);
        break;
    default: tl_exit(NULL);
    }
}

static void check_jumps(tl_stacks stacks)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4, .stacks = stacks}, &pool));
    for (int then = 0; then < THENS; ++then) {
        tl_fiber *fiber = NULL, *next = NULL;
#ifndef TELAR_FORCED_UNWIND
        if (then != DEFER && then != WAIT_WHERE_ALL_IS_WRITTEN_OVER) // addresses alone cannot tell in other cases
            continue;
#endif
        memset(order, 0, sizeof order);
        CHECK_OK(tl_fiber_create(pool, &fiber, jumps_over_clean_ups, {(enum then)then}));
        CHECK_RESULT(then == LEAVE ? TL_FINISHED : TL_OK, tl_resume(fiber, NULL));
        CHECK_OK(tl_fiber_create(pool, &next, ticks, {0}));
        CHECK_OK(tl_resume(next, NULL)); // with dense stacks it takes over the stack
        CHECK_OK(tl_fiber_destroy(fiber));
        CHECK_OK(tl_fiber_destroy(next));
        CHECK_STRING(then == DEFER || then == DEFER_DEEPER || then == JUMP_AGAIN ? "tdo"
                     : then == LEAVE                                             ? "ot"
                                                                                 : "to",
                     order);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(what_a_longjmp_jumps_over_does_not_run_at_an_early_end)
{
    check_jumps(TL_STACKS_OWN);
}

TEST(nor_does_it_on_dense_stacks)
{
    check_jumps(TL_STACKS_DENSE);
}

TL_FIBER(calls_again_what_jumped, tl_nothing, unused)
{
    tl_defer(note, "o");
    jump_over_clean_ups();
    jump_from_depth(0, true);
}

TEST(nor_in_the_same_function_that_has_not_come_to_it_again)
{
#ifndef TELAR_FORCED_UNWIND
    SKIP("built without unwinding: only the frame's address is known");
#endif
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, calls_again_what_jumped, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_STRING("o", order);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_thread_may_jump_over_clean_ups_too)
{
    tl_pool *pool = new_pool();
    for (int i = 0; i < 3; ++i) {
        jump_over_clean_ups();
        tl_defer(note, "a");
        jump_over_clean_ups();
        write_over_the_stack();
        CHECK_OK(tl_fiber_cancel(run(pool, SUSPEND)));
    }
    CHECK_STRING("cbaacbaacbaa", order);
    CHECK_OK(tl_pool_destroy(pool));
}

static jmp_buf over_another;
static int first_ran;

static void count_first(void *unused)
{
    (void)unused;
    ++first_ran;
}

static void never_runs(void *unused)
{
    (void)unused;
}

static __attribute__((noinline)) void jump_over_a_clean_up(void)
{
    tl_defer(never_runs, NULL);
    longjmp(over_another, 1);
}

static __attribute__((noinline)) void write_over_what_was_below(void)
{
    volatile char bytes[3000];
    for (size_t i = 0; i < sizeof bytes; ++i)
        bytes[i] = 0x11;
}

TL_FIBER(leaves_a_block_before_it_jumps, tl_nothing, unused)
{
    {
        tl_defer(count_first, NULL);
    }
    if (setjmp(over_another) == 0)
        jump_over_a_clean_up();
    write_over_what_was_below();
    tl_yield(NULL);
}

/// The clean-up that has run left its entry in a frame that still exists. After the longjmp the library searches the
/// frames for the latest clean-up, and must not find that entry.
TEST(a_clean_up_that_has_run_does_not_run_again_after_a_longjmp)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, leaves_a_block_before_it_jumps, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_INT(1, first_ran);
    CHECK_OK(tl_pool_destroy(pool));
}
