// SPDX-License-Identifier: MIT
// Millions of random steps, compared with a plain model: which fibers may be resumed, where control goes, what each
// call returns.
//
// Each fiber loops: it asks the shared random sequence for its next step, predicts from the model what must happen,
// does it, and compares. The model is an array of states and a stack of resumers; it knows nothing of contexts.
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "telar/fiber.h"

enum { FIBERS = 24, MAIN = FIBERS, NONE = -1, MAX_DEFERS = 6 };

typedef struct model {
    tl_fiber *fiber; ///< null when not created
    tl_fiber_status status;
    int resumer;
    uint32_t deferred; ///< clean-ups left
    uint32_t cleaned;  ///< clean-ups run since it was created
} model;

// The linker sends the library's calls here (--wrap). A call that finds no memory to copy a dense fiber must change
// nothing.
static bool memory_is_short;
static uint64_t shortage;
static uint64_t refusals;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
    return memory_is_short && check_random(&shortage) % 3 == 0 ? NULL : __real_realloc(memory, size);
}

static model fibers[FIBERS + 1];
static int current = MAIN;
static tl_pool *pools[2]; ///< [0]: a stack for each fiber; [1]: dense
static unsigned dense;    ///< bit n: fibers whose index is n modulo 4 are dense
static uint64_t random_state;
static uint64_t steps_left;
static uint64_t trace; ///< a hash over all that happened

struct identity {
    int index;
};

static uint32_t below(uint32_t bound)
{
    return (uint32_t)(check_random(&random_state) % bound);
}

static void note(uint64_t what)
{
    trace = (trace ^ what) * 0x100000001b3u;
}

static void step(void);

static void clean_up(void *index)
{
    model *self = &fibers[(intptr_t)index];
    CHECK(self->deferred > 0);
    --self->deferred;
    ++self->cleaned;
    note(1000 + (uint64_t)(intptr_t)index);
}

/// Changes the model as the end of the running fiber does: its resumer continues.
static void model_end(int index)
{
    CHECK_INT(current, index);
    current = fibers[index].resumer;
    fibers[index].resumer = NONE;
    fibers[index].status = TL_FIBER_DONE;
    fibers[current].status = TL_FIBER_RUNNING;
}

/// Takes steps for a while, then returns, or at random exits the fiber instead.
static void walk(int index, uint32_t about)
{
    uint64_t local = (uint64_t)index * 0x1234567;
    while (steps_left > 0 && below(about) != 0) {
        CHECK_INT(current, index);
        CHECK_POINTER(fibers[index].fiber, tl_fiber_current());
        step();
        CHECK_UINT((uint64_t)index * 0x1234567, local);
        CHECK_INT(current, index);
    }
    if (below(3) != 0)
        return;
    model_end(index);
    tl_exit(&fibers[index]);
}

TL_FIBER(walker, struct identity, me)
{
    walk(me->index, 64);
    model_end(me->index);
}

static tl_pool *pool_of(int index)
{
    return pools[dense >> (index % 4) & 1];
}

/// Returns whether a call was refused for lack of memory.
static bool was_refused(tl_result answer)
{
    if (answer != TL_ERROR_OUT_OF_MEMORY)
        return false;
    CHECK(memory_is_short);
    ++refusals;
    return true;
}

/// The part of the model that a call which moves control may change.
typedef struct snapshot {
    int self, other;
    model of_self, of_other;
} snapshot;

static snapshot before(int other)
{
    return (snapshot){current, other, fibers[current], fibers[other]};
}

/// Returns whether the call was refused. If so, nothing has happened, and the model is put back.
static bool was_undone(tl_result answer, const snapshot *before)
{
    if (!was_refused(answer))
        return false;
    fibers[before->self] = before->of_self;
    fibers[before->other] = before->of_other;
    current = before->self;
    return true;
}

static tl_result answer_to_resume(int index)
{
    switch (fibers[index].status) {
    case TL_FIBER_RUNNING: return TL_ERROR_RUNNING;
    case TL_FIBER_WAITING: return TL_ERROR_WAITING;
    case TL_FIBER_DONE: return fibers[index].fiber != NULL ? TL_ERROR_FINISHED : TL_ERROR_NULL;
    default: return TL_OK;
    }
}

static void do_create(int index)
{
    if (fibers[index].fiber != NULL)
        return;
    fibers[index] = (model){.status = TL_FIBER_READY, .resumer = NONE};
    CHECK_OK(tl_fiber_create(pool_of(index), &fibers[index].fiber, walker, {index}));
}

static void do_resume(int index)
{
    tl_result expected = answer_to_resume(index);
    if (expected != TL_OK) {
        CHECK_MISUSE(expected, tl_resume(fibers[index].fiber, NULL));
        return;
    }
    int self = current;
    snapshot as_it_was = before(index);
    fibers[self].status = TL_FIBER_WAITING;
    fibers[index].status = TL_FIBER_RUNNING;
    fibers[index].resumer = self;
    current = index;
    tl_result back = tl_resume(fibers[index].fiber, NULL);
    if (was_undone(back, &as_it_was))
        return;
    CHECK(back == TL_OK || back == TL_FINISHED);
    CHECK_INT(self, current);
}

static void do_yield(void)
{
    if (current == MAIN) {
        CHECK_MISUSE(TL_ERROR_NO_FIBER, tl_yield(NULL));
        return;
    }
    int self = current;
    snapshot as_it_was = before(fibers[self].resumer);
    current = fibers[self].resumer;
    fibers[self].resumer = NONE;
    fibers[self].status = TL_FIBER_SUSPENDED;
    fibers[current].status = TL_FIBER_RUNNING;
    tl_result back = tl_yield(NULL);
    if (was_undone(back, &as_it_was))
        return;
    CHECK_OK(back);
    CHECK_INT(self, current);
}

static void do_transfer(int index)
{
    tl_result expected = current == MAIN ? TL_ERROR_NO_FIBER : answer_to_resume(index);
    if (expected != TL_OK) {
        CHECK_MISUSE(expected, tl_transfer(fibers[index].fiber, NULL));
        return;
    }
    int self = current;
    snapshot as_it_was = before(index);
    fibers[index].resumer = fibers[self].resumer;
    fibers[self].resumer = NONE;
    fibers[self].status = TL_FIBER_SUSPENDED;
    fibers[index].status = TL_FIBER_RUNNING;
    current = index;
    tl_result back = tl_transfer(fibers[index].fiber, NULL);
    if (was_undone(back, &as_it_was))
        return;
    CHECK_OK(back);
    CHECK_INT(self, current);
}

/// Takes its next steps in a block that has a clean-up.
static void do_block(void)
{
    if (current == MAIN || fibers[current].deferred >= MAX_DEFERS)
        return;
    ++fibers[current].deferred;
    tl_defer(clean_up, (void *)(intptr_t)current);
    walk(current, 16);
}

/// Cancels (way 0), resets (1) or destroys (2) a fiber.
static void do_end(int index, int way)
{
    model *target = &fibers[index];
    tl_result expected = answer_to_resume(index);
    if (expected == TL_ERROR_FINISHED && way != 0)
        expected = TL_OK;
    uint32_t done = target->cleaned, cleaned = target->cleaned + target->deferred;
    tl_result got = way == 0   ? tl_fiber_cancel(target->fiber)
                    : way == 1 ? tl_fiber_reset(target->fiber, walker, {index})
                               : tl_fiber_destroy(target->fiber);
    if (expected != TL_OK) {
        CHECK_MISUSE(expected, got);
        return;
    }
    if (was_refused(got)) {
        CHECK_UINT(done, target->cleaned);
        return;
    }
    CHECK_OK(got);
    CHECK_UINT(0, target->deferred);
    CHECK_UINT(cleaned, target->cleaned);
    target->status = way == 1 ? TL_FIBER_READY : TL_FIBER_DONE;
    if (way == 2)
        target->fiber = NULL;
}

static void step(void)
{
    --steps_left;
    int index = (int)below(FIBERS);
    uint32_t choice = below(100);
    note(choice * FIBERS + (uint32_t)index);
    if (choice < 15)
        do_create(index);
    else if (choice < 45)
        do_resume(index);
    else if (choice < 65)
        do_yield();
    else if (choice < 80)
        do_transfer(index);
    else if (choice < 88)
        do_block();
    else if (choice < 92)
        do_end(index, 0);
    else if (choice < 96)
        do_end(index, 1);
    else
        do_end(index, 2);
    for (int i = 0; i < FIBERS; ++i)
        if (fibers[i].fiber != NULL)
            CHECK_INT(fibers[i].status, tl_fiber_get_status(fibers[i].fiber));
}

static void run(uint64_t seed, uint64_t steps)
{
    printf("seed %ju: ", (uintmax_t)seed);
    fflush(stdout); // before anything can fail
    random_state = seed;
    steps_left = steps;
    trace = 0xcbf29ce484222325u;
    current = MAIN;
    memset(fibers, 0, sizeof fibers);
    for (int i = 0; i < FIBERS; ++i)
        fibers[i].status = TL_FIBER_DONE;
    fibers[MAIN] = (model){.status = TL_FIBER_RUNNING, .resumer = NONE};
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = FIBERS}, &pools[0]));
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = FIBERS, .stacks = TL_STACKS_DENSE}, &pools[1]));
    while (steps_left > 0)
        step();
    uint64_t happened = trace; // the clean-ups that follow depend on which fibers are in which pool
    CHECK_OK(tl_pool_destroy(pools[0]));
    CHECK_OK(tl_pool_destroy(pools[1]));
    trace = happened;
    for (int i = 0; i < FIBERS; ++i)
        CHECK_UINT(0, fibers[i].deferred);
    printf("%ju steps, trace %016jx\n", (uintmax_t)steps, (uintmax_t)trace);
}

/// Reads a setting from the environment. TELAR_SEED is the first seed, to find more failures or to repeat one;
/// TELAR_STEPS makes the test longer or shorter.
static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static void run_ten(unsigned dense_ones, uint64_t all_steps)
{
    uint64_t seed = setting("TELAR_SEED", 20261121), steps = setting("TELAR_STEPS", all_steps);
    dense = dense_ones;
    for (int i = 0; i < 10; ++i)
        run(seed + (uint64_t)i, steps / 10);
}

TEST(ten_million_random_steps)
{
    run_ten(0, 10000000);
}

TEST(a_million_random_steps_on_dense_stacks)
{
    run_ten(15, 1000000);
}

TEST(a_million_random_steps_where_some_stacks_are_dense)
{
    run_ten(5, 1000000);
}

TEST(a_million_random_steps_where_one_stack_in_four_is_dense)
{
    run_ten(8, 1000000);
}

TEST(a_million_random_steps_while_memory_is_short)
{
    memory_is_short = true;
    run_ten(13, 1000000);
    CHECK(refusals > 0);
}

TEST(same_seed_same_trace_on_whatever_stacks)
{
    run(7, 20000);
    uint64_t first = trace;
    run(7, 20000);
    CHECK_UINT(first, trace);
    dense = 5;
    run(7, 20000);
    CHECK_UINT(first, trace);
    dense = 15;
    run(7, 20000);
    CHECK_UINT(first, trace);
    run(8, 20000);
    CHECK(first != trace);
}
