// SPDX-License-Identifier: MIT
// Fibers that resume each other, on stacks of their own and on one that they share, for resumers_test.py.
#include <stdlib.h>

#include "telar/fiber.h"
#include "telar/pool.h"

#ifdef __clang__
#define SEEN_IN_BACKTRACES __attribute__((noinline))
#else
#define SEEN_IN_BACKTRACES __attribute__((noinline, noclone, noipa))
#endif

#ifdef NDEBUG
enum { SHARED = TL_STACKS_DENSE };
#else // a debug build takes the frames of dense fibers off the stack as soon as they do not run
enum { SHARED = TL_STACKS_OWN };
#endif

static tl_pool *pools[4]; ///< by turns of stacks of their own, and shared

static void must(tl_result result)
{
    if (result < TL_OK)
        abort();
}

SEEN_IN_BACKTRACES static void stop_here(void)
{
    __asm__ volatile("" ::: "memory");
}

static void resume_deeper(int depth);

typedef struct level {
    int depth; ///< how many more fibers there are to resume
} level;

TL_FIBER(goes_deeper, level, me)
{
    if (me->depth == 0)
        stop_here();
    else
        resume_deeper(me->depth - 1);
    must(tl_yield(NULL));
}

SEEN_IN_BACKTRACES static void resume_deeper(int depth)
{
    tl_fiber *fiber;
    // The debugger must find these, in whatever registers they are.
    int kept_a = 100 + depth, kept_b = 200 + depth, kept_c = 300 + depth, kept_d = 400 + depth, kept_e = 500 + depth;
    __asm__ volatile("" : "+r"(kept_a), "+r"(kept_b), "+r"(kept_c), "+r"(kept_d), "+r"(kept_e));
    must(tl_fiber_create(pools[depth], &fiber, goes_deeper, {depth}));
    must(tl_resume(fiber, NULL));
    __asm__ volatile("" : : "r"(kept_a), "r"(kept_b), "r"(kept_c), "r"(kept_d), "r"(kept_e) : "memory");
    must(tl_fiber_destroy(fiber));
}

/// With an argument, the fibers that share a stack are of one pool: then the frames of one of them are off the stack.
int main(int argc, char **argv)
{
    tl_stacks shared = argc > 1 ? TL_STACKS_DENSE : SHARED;
    (void)argv;
    for (int i = 0; i < 4; ++i)
        must(tl_pool_create(&(tl_pool_desc){.stack_count = 8, .stacks = i & 1 ? shared : TL_STACKS_OWN}, &pools[i]));
    tl_pool *last = pools[3];
    if (argc > 1)
        pools[3] = pools[1];
    resume_deeper(3);
    stop_here();
    pools[3] = last;
    for (int i = 0; i < 4; ++i)
        must(tl_pool_destroy(pools[i]));
    return 0;
}
