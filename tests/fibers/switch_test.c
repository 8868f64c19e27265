// SPDX-License-Identifier: MIT
// What a switch keeps: registers, the floating-point control words, and the chain of frames.
#include <execinfo.h>
#include <fenv.h>
#include <math.h>

#include "check.h"
#include "telar/fiber.h"

static tl_pool *pool;

static void make_pool(bool keep_float_control)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8, .keep_float_control = keep_float_control}, &pool));
}

#ifdef HAS_REGISTERS
#ifdef __aarch64__
enum { REGISTERS = 19 };
#elif defined(_WIN32)
enum { REGISTERS = 28 };
#else
enum { REGISTERS = 6 };
#endif

void call_with_registers(uint64_t values[REGISTERS], void (*function)(void)); // registers_<ABI>.S

/// Calls `function` with values from `base` on in the registers that a callee must preserve, and checks that they are
/// the same afterwards.
static void check_registers(uint64_t base, void (*function)(void))
{
    uint64_t values[REGISTERS];
    for (unsigned i = 0; i < REGISTERS; ++i)
        values[i] = base + i;
    call_with_registers(values, function);
    for (unsigned i = 0; i < REGISTERS; ++i)
        CHECK_UINT(base + i, values[i]);
}

static void yield(void)
{
    CHECK_OK(tl_yield(NULL));
}

TL_FIBER(checks_registers, uintptr_t, base)
{
    for (int i = 0; i < 10; ++i)
        check_registers(*base, yield);
}

static tl_fiber *target;

static void resume_target(void)
{
    CHECK(tl_resume(target, NULL) >= TL_OK);
}

#endif

TEST(keeps_the_registers_of_both_sides)
{
#ifndef HAS_REGISTERS
    SKIP("it is written in assembly for other processors");
#else
    tl_fiber *fibers[2];
    make_pool(false);
    CHECK_OK(tl_fiber_create(pool, &fibers[0], checks_registers, 0x1111111100000000u));
    CHECK_OK(tl_fiber_create(pool, &fibers[1], checks_registers, 0x2222222200000000u));
    for (int i = 0; i < 22; ++i) { // until both have ended, as an unwinder could not read these frames
        target = fibers[i % 2];
        check_registers(0x3333333300000000u, resume_target);
    }
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(fibers[1]));
    CHECK_OK(tl_pool_destroy(pool));
#endif
}

/// Returns how numbers are rounded; -1 if the C library reports another rounding mode. On x86 the C library looks at
/// one of the two control words, and lrint uses the other.
static int rounding(void)
{
    int seen = lrint(0.25) == 1 ? FE_UPWARD : lrint(-0.25) == -1 ? FE_DOWNWARD : FE_TONEAREST;
    return seen == fegetround() ? seen : -1;
}

TL_FIBER(rounds_upwards, tl_nothing, unused)
{
    CHECK_INT(FE_TONEAREST, rounding());
    CHECK_INT(0, fesetround(FE_UPWARD));
    for (;;) {
        CHECK_OK(tl_yield(NULL));
        CHECK_INT(FE_UPWARD, rounding());
    }
}

static tl_fiber *inner, *plain;
static int seen_rounding;

TL_FIBER(sees_rounding, tl_nothing, unused)
{
    for (;;) {
        CHECK_INT(seen_rounding, rounding());
        CHECK_OK(tl_yield(NULL));
    }
}

TL_FIBER(goes_between, tl_nothing, unused)
{
    CHECK_OK(tl_resume(inner, NULL));
    CHECK_INT(FE_TONEAREST, rounding());
    CHECK_OK(tl_transfer(inner, NULL)); // its yield goes to the thread
    CHECK_INT(FE_TONEAREST, rounding());
}

TEST(keeps_float_control_apart_where_asked)
{
    tl_pool *plain_pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &plain_pool));
    make_pool(true);
    CHECK_OK(tl_fiber_create(pool, &inner, rounds_upwards, {0}));
    CHECK_OK(tl_fiber_create(plain_pool, &plain, goes_between, {0}));
    CHECK_OK(tl_resume(inner, NULL));
    CHECK_INT(FE_TONEAREST, rounding());
    CHECK_OK(tl_resume(plain, NULL));
    CHECK_INT(FE_TONEAREST, rounding());
    CHECK_RESULT(TL_FINISHED, tl_resume(plain, NULL));
    CHECK_INT(FE_TONEAREST, rounding());

    CHECK_INT(0, fesetround(FE_DOWNWARD)); // the thread's own mode is kept as well
    CHECK_OK(tl_resume(inner, NULL));
    CHECK_INT(FE_DOWNWARD, rounding());
    CHECK_INT(0, fesetround(FE_TONEAREST));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_pool_destroy(plain_pool));
}

TL_FIBER(rounds_downwards_twice, tl_nothing, unused)
{
    CHECK_INT(FE_TONEAREST, rounding());
    CHECK_INT(0, fesetround(FE_DOWNWARD));
    CHECK_OK(tl_yield(NULL));
    CHECK_INT(FE_DOWNWARD, rounding());
}

TEST(dense_fibers_keep_float_control_apart)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8, .keep_float_control = true, .stacks = TL_STACKS_DENSE},
                            &pool));
    tl_fiber *up = NULL, *down = NULL;
    CHECK_OK(tl_fiber_create(pool, &up, rounds_upwards, {0}));
    CHECK_OK(tl_fiber_create(pool, &down, rounds_downwards_twice, {0}));
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(tl_resume(up, NULL));
        CHECK_INT(FE_TONEAREST, rounding());
        CHECK_OK(tl_resume(up, NULL)); // it is on the stack already
        CHECK_INT(FE_TONEAREST, rounding());
        if (i < 2)
            CHECK_RESULT(i == 0 ? TL_OK : TL_FINISHED, tl_resume(down, NULL));
        CHECK_INT(FE_TONEAREST, rounding());
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(ends_rounding_upwards, tl_nothing, unused)
{
    CHECK_INT(0, fesetround(FE_UPWARD));
}

TL_FIBER(exits_rounding_upwards, tl_nothing, unused)
{
    CHECK_INT(0, fesetround(FE_UPWARD));
    tl_exit(NULL);
}

TEST(a_fiber_that_ends_leaves_float_control_as_it_was)
{
    make_pool(true);
    CHECK_INT(0, fesetround(FE_DOWNWARD));
    for (int with_value = 0; with_value < 2; ++with_value) {
        void *value = NULL;
        tl_fiber *fiber = NULL;
        CHECK_OK(tl_fiber_create(pool, &fiber, ends_rounding_upwards, {0}));
        CHECK_RESULT(TL_FINISHED, tl_resume(fiber, with_value ? &value : NULL));
        CHECK_INT(FE_DOWNWARD, rounding());
        CHECK_OK(tl_fiber_destroy(fiber));
        CHECK_OK(tl_fiber_create(pool, &fiber, exits_rounding_upwards, {0}));
        CHECK_RESULT(TL_FINISHED, tl_resume(fiber, with_value ? &value : NULL));
        CHECK_INT(FE_DOWNWARD, rounding());
        CHECK_OK(tl_fiber_destroy(fiber));
    }
    CHECK_INT(0, fesetround(FE_TONEAREST));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(rounds_upwards_around, tl_fiber *, other)
{
    CHECK_INT(0, fesetround(FE_UPWARD));
    for (;;) {
        CHECK_OK(tl_resume(*other, NULL));
        CHECK_INT(FE_UPWARD, rounding());
        CHECK_OK(tl_yield(NULL));
        CHECK_INT(FE_UPWARD, rounding());
    }
}

TL_FIBER(leaks_when_it_resumes, tl_fiber *, other)
{
    CHECK_INT(0, fesetround(FE_UPWARD));
    CHECK_OK(tl_resume(*other, NULL));
    CHECK_REPORTED(TL_ERROR_FLOAT_CONTROL);
    CHECK_INT(FE_TONEAREST, rounding()); // the mode was put back
}

TL_FIBER(leaks_in_every_way, tl_fiber *, other)
{
    CHECK_INT(0, fesetround(FE_UPWARD));
    CHECK_INT(0, fesetround(FE_TONEAREST)); // put back in time, as it should be
    CHECK_OK(tl_yield(NULL));
    CHECK_INT(0, fesetround(FE_UPWARD));
    CHECK_OK(tl_yield(NULL));
    CHECK_INT(FE_DOWNWARD, rounding()); // the thread's mode, by then
    CHECK_INT(0, fesetround(FE_UPWARD));
    CHECK_OK(tl_transfer(*other, NULL));
    CHECK_INT(FE_DOWNWARD, rounding());
    CHECK_INT(0, fesetround(FE_UPWARD));
}

TEST(a_leak_of_float_control_is_reported_in_a_debug_build)
{
#if defined(NDEBUG) || !defined(TELAR_BACKEND_ASSEMBLY)
    SKIP("a release build does not look, and with ucontext nothing leaks");
#endif
    make_pool(false);
    CHECK_OK(tl_fiber_create(pool, &inner, sees_rounding, {0}));
    CHECK_OK(tl_fiber_create(pool, &plain, leaks_when_it_resumes, inner));
    seen_rounding = FE_TONEAREST;
    CHECK_RESULT(TL_FINISHED, tl_resume(plain, NULL));
    CHECK_OK(tl_fiber_reset(plain, leaks_in_every_way, inner));
    CHECK_OK(tl_resume(plain, NULL));
    CHECK_OK(tl_resume(plain, NULL));
    CHECK_REPORTED(TL_ERROR_FLOAT_CONTROL);
    CHECK_INT(FE_TONEAREST, rounding());
    CHECK_INT(0, fesetround(FE_DOWNWARD)); // a thread may change it
    seen_rounding = FE_DOWNWARD;
    CHECK_OK(tl_resume(plain, NULL));
    CHECK_REPORTED(TL_ERROR_FLOAT_CONTROL);
    CHECK_RESULT(TL_FINISHED, tl_resume(plain, NULL));
    CHECK_REPORTED(TL_ERROR_FLOAT_CONTROL);
    CHECK_INT(FE_DOWNWARD, rounding());
    CHECK_INT(0, fesetround(FE_TONEAREST));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(keeps_float_control_across_a_fiber_that_does_not)
{
    tl_pool *plain_pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &plain_pool));
    make_pool(true);
    seen_rounding = FE_TONEAREST;
    CHECK_OK(tl_fiber_create(plain_pool, &plain, sees_rounding, {0}));
    CHECK_OK(tl_fiber_create(pool, &inner, rounds_upwards_around, plain));
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(tl_resume(inner, NULL));
        CHECK_INT(FE_TONEAREST, rounding());
        CHECK_OK(tl_resume(plain, NULL)); // its switch saves no control words again
    }
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_pool_destroy(plain_pool));
}

TL_FIBER(traps_divisions, tl_nothing, unused)
{
#ifdef _WIN32
    SKIP("the C library has no call for it");
#else
    if (feenableexcept(FE_DIVBYZERO) == -1)
        SKIP("this CPU has no floating-point traps");
#endif
    CHECK_OK(tl_yield(NULL));
    volatile long double one = 1;
    one = one + one; // must not trap for an exception of another context
    CHECK(one > 1);
}

TEST(anothers_exceptions_do_not_trap)
{
    if (check_under_valgrind())
        SKIP("Valgrind has no floating-point traps");
    tl_fiber *fiber = NULL;
    make_pool(true);
    CHECK_OK(tl_fiber_create(pool, &fiber, traps_divisions, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    volatile long double zero = 0, infinite = 1 / zero;
    CHECK(infinite > 1);
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

/// Returns how many frames the C library's unwinder, which reads the CFI, finds until it stops by itself.
static int count_frames(void)
{
    static void *frames[256]; // static, as a small stack has no room for it below forty frames
    int count = backtrace(frames, 256);
    CHECK(count < 256);
    return count;
}

static int frames_at_depth(int depth);
static int (*volatile deeper)(int) = frames_at_depth; // a call that cannot be inlined

static int frames_at_depth(int depth)
{
    int count = depth > 0 ? deeper(depth - 1) : count_frames();
    __asm__ volatile("" : : : "memory"); // nor become a tail call
    return count;
}

TL_FIBER(walks, tl_nothing, unused)
{
    int shallow = frames_at_depth(0), deep = frames_at_depth(40);
    CHECK_INT(40, deep - shallow);
    CHECK(shallow < 12);
    tl_exit((void *)(intptr_t)shallow);
}

TEST(frames_can_be_walked_to_the_bottom_of_the_fiber)
{
    make_pool(false);
    tl_fiber *fiber = NULL;
    void *frames = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, walks, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, &frames));
    CHECK((intptr_t)frames >= 2); // the entry function's, and the bottom
    CHECK_OK(tl_pool_destroy(pool));
}
