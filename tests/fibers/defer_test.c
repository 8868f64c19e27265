// Clean-ups: when they run, in which order, on which stack; and cancelling.
#include <stdlib.h>

#include "check.h"
#include "telar/fiber.h"

static char order[64];

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
    CHECK_OK(tl_defer(note, "a"));
    CHECK_OK(tl_defer(note, "b"));
    CHECK_OK(tl_defer(note, "c"));
    CHECK_UINT(3, tl_defer_count());
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
    CHECK_OK(tl_defer(is_inside, (*span)->bounds));
    CHECK_OK(tl_yield(NULL));
}

TEST(clean_ups_run_on_the_fibers_own_stack)
{
    struct span span;
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, defers_inside, &span));
    tl_stack_info stack;
    CHECK_OK(tl_fiber_get_stack(fiber, &stack));
    span.bounds[0] = stack.low;
    span.bounds[1] = span.bounds[0] + stack.size;
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_STRING("!", order);
    CHECK_OK(tl_pool_destroy(pool));
}

static uint32_t ran;

static void count_down(void *expected)
{
    ++ran;
    CHECK_UINT((uintptr_t)expected, 1000 - ran);
}

TL_FIBER(defers_many, tl_nothing, unused)
{
    for (uintptr_t i = 0; i < 1000; ++i)
        CHECK_OK(tl_defer(count_down, (void *)i));
    CHECK_OK(tl_yield(NULL));
}

TEST(any_number_of_clean_ups)
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, defers_many, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_UINT(1000, ran);
    CHECK_OK(tl_pool_destroy(pool));
}

static void is_unwinding_only(void *unused)
{
    (void)unused;
    CHECK(tl_fiber_unwinding());
    CHECK(!tl_fiber_is_ending(tl_fiber_current()));
}

TL_FIBER(defers_in_blocks, tl_nothing, unused)
{
    CHECK_OK(tl_defer(note, "a"));
    uint32_t before = tl_defer_count();
    CHECK_OK(tl_defer(note, "b"));
    CHECK_OK(tl_defer(note, "c"));
    CHECK_OK(tl_yield(NULL));
    CHECK(!tl_fiber_unwinding());
    CHECK_OK(tl_defer(is_unwinding_only, NULL));
    CHECK_OK(tl_defer_run(before));
    CHECK(!tl_fiber_unwinding());
    CHECK_STRING("cb", order);
    CHECK_OK(tl_defer_run(before));
    CHECK_OK(tl_defer(note, "d"));
    CHECK_OK(tl_yield(NULL));
}

TEST(a_block_can_run_its_own)
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, defers_in_blocks, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_STRING("cbda", order);
    CHECK_OK(tl_pool_destroy(pool));
}

static tl_fiber *other;

static void misbehaves(void *arg)
{
    CHECK(tl_fiber_unwinding());
    CHECK(tl_fiber_is_ending(tl_fiber_current()));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_yield(NULL));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_transfer(other, NULL));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_exit(NULL));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_defer(misbehaves, NULL));
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_defer_run(0));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_cancel(tl_fiber_current()));
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_fiber_destroy(tl_fiber_current()));
    CHECK_OK(tl_resume(other, NULL)); // but it may run others
    note(arg);
}

TL_FIBER(misbehaves_in_clean_up, struct plan, plan)
{
    CHECK_OK(tl_defer(note, "z"));
    CHECK_OK(tl_defer(misbehaves, "y"));
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
    CHECK_OK(tl_fiber_destroy(other)); // one that the pool would have come to later
    note(arg);
}

TL_FIBER(creates_in_clean_up, tl_nothing, unused)
{
    CHECK_OK(tl_defer(creates, "k"));
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

TL_FIBER(empties_its_list, tl_nothing, unused)
{
    for (int i = 0; i < 100; ++i)
        CHECK_OK(tl_defer(note, ""));
    CHECK_OK(tl_defer_run(0));
}

TEST(a_list_that_was_emptied_is_freed) // for the leak checkers to see
{
    tl_pool *pool = new_pool();
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, empties_its_list, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}
