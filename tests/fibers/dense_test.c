// Dense stacks: fibers that share one, and are copied off it in turn. (model_test.c has the random walks.)
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "telar/fiber.h"

// The linker sends the library's calls here (--wrap): all of its memory for copies comes from these two.
static bool no_memory, no_advice;
static int left = -1; ///< so many can be had until there is none; negative: any number
static int allocations;
static size_t latest_size;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
int __real_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice);

static bool refused(size_t size)
{
    ++allocations;
    latest_size = size;
    return no_memory || left == 0 || (left > 0 && left-- == 0);
}

void *__wrap_malloc(size_t size)
{
    return refused(size) ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return refused(size) ? NULL : __real_realloc(memory, size);
}

int __wrap_madvise(void *address, size_t size, int advice)
{
    if (!no_advice)
        return __real_madvise(address, size, advice);
    errno = EINVAL;
    return -1;
}

static tl_pool *pool;

static void open_pool(uint32_t count)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = count, .stacks = TL_STACKS_DENSE}, &pool));
}

static size_t copied(const tl_fiber *fiber)
{
    tl_stack_info stack;
    CHECK_OK(tl_fiber_get_stack(fiber, &stack));
    return stack.copied;
}

struct numbers {
    uint32_t first, step;
};

/// Fills a frame of about 32 * depth bytes in all and yields down there, `times` times over.
static uint64_t sum_deep(uint32_t first, unsigned depth, int times)
{
    volatile uint64_t here = first + depth;
    uint64_t deeper = 0;
    if (depth > 0)
        deeper = sum_deep(first, depth - 1, times);
    else
        for (int i = 0; i < times; ++i)
            CHECK_OK(tl_yield(NULL));
    CHECK_UINT(first + depth, here);
    return here + deeper;
}

static uint64_t expected_sum(uint32_t first, unsigned depth)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i <= depth; ++i)
        sum += first + i;
    return sum;
}

struct dive {
    uint32_t first;
    unsigned depth;
};

TL_FIBER(dives, struct dive, me)
{
    for (unsigned i = 0; i < 4; ++i)
        CHECK_UINT(expected_sum(me->first, me->depth * i), sum_deep(me->first, me->depth * i, 2));
    tl_exit((void *)(uintptr_t)me->first);
}

TEST(locals_survive_at_any_depth)
{
    enum { COUNT = 100 };
    tl_fiber *fibers[COUNT];
    open_pool(COUNT);
    for (uint32_t i = 0; i < COUNT; ++i)
        CHECK_OK(tl_fiber_create(pool, &fibers[i], dives, {i * 1000, i % 10 * (i % 10)}));
    for (int round = 0; round < 8; ++round)
        for (uint32_t i = 0; i < COUNT; ++i)
            CHECK_OK(tl_resume(fibers[round % 2 == 0 ? i : COUNT - 1 - i], NULL));
    for (uint32_t i = 0; i < COUNT; ++i) {
        void *result = NULL;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], &result));
        CHECK_UINT(i * 1000, (uintptr_t)result);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(counts_up, struct numbers, me)
{
    uintptr_t number = me->first;
    for (;;) {
        void *value = (void *)number;
        CHECK_OK(tl_yield(&value));
        number += me->step * (uintptr_t)value;
    }
}

static uintptr_t next(tl_fiber *fiber, uintptr_t factor)
{
    void *value = (void *)factor;
    CHECK_OK(tl_resume(fiber, &value));
    return (uintptr_t)value;
}

TEST(values_reach_locals_that_are_elsewhere)
{
    tl_fiber *threes = NULL, *fives = NULL;
    open_pool(2);
    CHECK_OK(tl_fiber_create(pool, &threes, counts_up, {0, 3}));
    CHECK_OK(tl_fiber_create(pool, &fives, counts_up, {100, 5}));
    CHECK_UINT(0, next(threes, 9));
    CHECK_UINT(100, next(fives, 9));
    CHECK_UINT(3, next(threes, 1));
    CHECK_UINT(110, next(fives, 2));
    CHECK_UINT(120, next(fives, 2));
    CHECK_UINT(15, next(threes, 4));
    CHECK_OK(tl_pool_destroy(pool));
}

static tl_fiber *own_fiber(const tl_fiber_entry *entry, const void *args)
{
    static tl_pool *stacks; // one for the whole process
    tl_fiber *made = NULL;
    if (stacks == NULL)
        CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &stacks));
    CHECK_OK(tl_fiber_create_raw(stacks, NULL, entry, args, &made));
    return made;
}

struct tower {
    unsigned level;
    unsigned dense; ///< levels whose bit is set
};

static const tl_fiber_entry tower__entry;

static tl_fiber *build(unsigned level, unsigned dense)
{
    tl_fiber *made = NULL;
    struct tower tower = {level, dense};
    if (!(dense >> level & 1))
        return own_fiber(&tower__entry, &tower);
    CHECK_OK(tl_fiber_create_raw(pool, NULL, &tower__entry, &tower, &made));
    return made;
}

/// Resumes the level above, which sends numbers back, and sends its own; twice. Then ends with the sum.
TL_FIBER(tower, struct tower, me)
{
    uintptr_t sum = 0;
    tl_fiber *above = me->level < 5 ? build(me->level + 1, me->dense) : NULL;
    for (unsigned i = 0; i < 3; ++i) {
        void *value = (void *)(uintptr_t)(me->level + i);
        if (above != NULL)
            CHECK_RESULT(i == 2 ? TL_FINISHED : TL_OK, tl_resume(above, &value));
        sum += (uintptr_t)value * (me->level + 1);
        value = (void *)sum;
        if (i < 2)
            CHECK_OK(tl_yield(&value));
    }
    if (above != NULL)
        CHECK_OK(tl_fiber_destroy(above));
    tl_exit((void *)sum);
}

static void climb(unsigned dense, uintptr_t sums[3])
{
    tl_fiber *ground = build(0, dense);
    for (unsigned i = 0; i < 3; ++i) {
        void *value = NULL;
        CHECK_RESULT(i == 2 ? TL_FINISHED : TL_OK, tl_resume(ground, &value));
        sums[i] = (uintptr_t)value;
    }
    CHECK_OK(tl_fiber_destroy(ground));
}

TEST(dense_fibers_and_others_resume_each_other)
{
    uintptr_t expected[3], got[3];
    open_pool(6);
    climb(0, expected);
    for (unsigned dense = 1; dense < 64; ++dense) {
        climb(dense, got);
        for (int i = 0; i < 3; ++i)
            CHECK_UINT(expected[i], got[i]);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

struct ring {
    tl_fiber **fibers;
    unsigned index, count;
    unsigned *visits;
};

TL_FIBER(passes_on, struct ring, me)
{
    void *token = tl_fiber_first_value();
    unsigned own = 0;
    while ((uintptr_t)token > 0) {
        ++own;
        ++me->visits[me->index];
        token = (void *)((uintptr_t)token - 1);
        CHECK_OK(tl_transfer(me->fibers[(me->index + 1) % me->count], &token));
        CHECK_UINT(own, me->visits[me->index]);
    }
}

TEST(dense_fibers_and_others_transfer_to_each_other)
{
    enum { COUNT = 6, TOKEN = 6 * 50 };
    for (unsigned dense = 0; dense < 64; ++dense) {
        tl_fiber *fibers[COUNT];
        unsigned visits[COUNT] = {0};
        open_pool(COUNT);
        for (unsigned i = 0; i < COUNT; ++i) {
            struct ring ring = {fibers, i, COUNT, visits};
            if (dense >> i & 1)
                CHECK_OK(tl_fiber_create_raw(pool, NULL, &passes_on__entry, &ring, &fibers[i]));
            else
                fibers[i] = own_fiber(&passes_on__entry, &ring);
        }
        void *token = (void *)(uintptr_t)TOKEN;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[0], &token));
        for (unsigned i = 0; i < COUNT; ++i) {
            CHECK_UINT(TOKEN / COUNT, visits[i]);
            CHECK_OK(tl_fiber_destroy(fibers[i]));
        }
        CHECK_OK(tl_pool_destroy(pool));
    }
}

// Ending early.

static char ends[64];

static void note_end(void *letter)
{
    size_t length = strlen(ends);
    CHECK(length + 1 < sizeof ends);
    ends[length] = *(const char *)letter;
}

struct letter {
    char letter;
};

TL_FIBER(leaves_two, struct letter, me)
{
    char upper = (char)(me->letter - 'a' + 'A'); // clean-ups find it where it was
    tl_defer(note_end, &upper);
    char lower = me->letter;
    tl_defer(note_end, &lower);
    CHECK_OK(tl_yield(NULL));
    CHECK_UNREACHED();
}

static tl_fiber *started(const tl_fiber_entry *entry, const void *args)
{
    tl_fiber *made = NULL;
    CHECK_OK(tl_fiber_create_raw(pool, NULL, entry, args, &made));
    CHECK_OK(tl_resume(made, NULL));
    return made;
}

static tl_fiber *lettered(char letter)
{
    return started(&leaves_two__entry, &(struct letter){letter});
}

TEST(ending_early_cleans_up_wherever_the_frames_are)
{
    open_pool(4);
    tl_fiber *a = lettered('a'), *b = lettered('b'), *c = lettered('c'), *d = lettered('d');
    CHECK_OK(tl_fiber_cancel(b)); // which is elsewhere
    CHECK_OK(tl_fiber_cancel(d));
    CHECK_STRING("bBdD", ends);
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(b));
    CHECK_MISUSE(TL_ERROR_FINISHED, tl_resume(b, NULL));
    CHECK_OK(tl_fiber_reset(c, leaves_two, {'e'}));
    CHECK_STRING("bBdDcC", ends);
    CHECK_OK(tl_resume(c, NULL));
    CHECK_OK(tl_fiber_destroy(a));
    CHECK_STRING("bBdDcCaA", ends);
    CHECK_OK(tl_fiber_destroy(b));
    CHECK_MISUSE(TL_ERROR_STALE, tl_fiber_destroy(b));
    CHECK_OK(tl_pool_destroy(pool)); // c
    CHECK_STRING("bBdDcCaAeE", ends);
}

TL_FIBER(cancels, tl_fiber *, other)
{
    char here = 'x';
    CHECK_OK(tl_fiber_cancel(*other)); // whose frames belong where these are
    CHECK_INT('x', here);
}

TEST(one_can_cancel_another)
{
    open_pool(2);
    tl_fiber *canceller = NULL, *a = lettered('a');
    CHECK_OK(tl_fiber_create(pool, &canceller, cancels, a));
    CHECK_RESULT(TL_FINISHED, tl_resume(canceller, NULL));
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_pool_destroy(pool));
}

static tl_fiber *cleaned_by;

static void resume_another(void *unused)
{
    (void)unused;
    CHECK_OK(tl_resume(cleaned_by, NULL));
    note_end(&(char){'r'});
}

TL_FIBER(resumes_when_cleaning, tl_nothing, unused)
{
    tl_defer(resume_another, NULL);
    tl_yield(NULL);
}

TEST(a_pool_is_destroyed_with_all_its_fibers)
{
    open_pool(8);
    lettered('a');
    started(&resumes_when_cleaning__entry, &(tl_nothing){0});
    cleaned_by = started(&counts_up__entry, &(struct numbers){1, 1});
    lettered('b');
    started(&dives__entry, &(struct dive){1, 100});
    tl_fiber *ready = NULL;
    CHECK_OK(tl_fiber_create(pool, &ready, leaves_two, {'z'}));
    lettered('c'); // the last to run is the first to go, as it is the only one that need not be copied back
    CHECK_OK(tl_pool_destroy(pool));
#ifdef NDEBUG
    CHECK_STRING("cCaArbB", ends);
#else
    CHECK_STRING("aArbBcC", ends);
#endif
}

// What is refused.

TL_FIBER(yields_a_local, tl_nothing, unused)
{
    int local = 0;
    void *value = &local;
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_yield(&value));
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_resume(cleaned_by, &value));
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_transfer(cleaned_by, &value));
    CHECK_MISUSE(TL_ERROR_DENSE_POINTER, tl_exit(&value));
    CHECK_POINTER(&local, value);
    value = &pool; // elsewhere
    CHECK_OK(tl_yield(&value));
}

TEST(values_that_point_to_the_shared_stack_are_misuse)
{
    if (CHECK_ASAN)
        SKIP("AddressSanitizer may keep locals elsewhere");
    open_pool(2);
    tl_fiber *fiber = NULL;
    cleaned_by = NULL;
    CHECK_OK(tl_fiber_create(pool, &cleaned_by, counts_up, {1, 1}));
    CHECK_OK(tl_fiber_create(pool, &fiber, yields_a_local, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(misuse_of_descriptions)
{
    char control[4096];
    tl_fiber *fiber = NULL;
    tl_pool_info info;
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_pool_create(&(tl_pool_desc){.stacks = (tl_stacks)2}, &pool));
    CHECK_POINTER(NULL, pool);
    open_pool(1);
    CHECK_OK(tl_pool_get_info(pool, &info));
    CHECK_INT(TL_STACKS_DENSE, info.stacks);
    CHECK_MISUSE(TL_ERROR_ARGUMENT,
                 tl_fiber_create_with(pool, (&(tl_fiber_desc){.control = control}), &fiber, leaves_two, {'a'}));
    CHECK_POINTER(NULL, fiber);
    CHECK_OK(tl_fiber_create(pool, &fiber, leaves_two, {'a'}));
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_fiber_create(pool, &fiber, leaves_two, {'a'}));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_pool_get_info(pool, &info));
    CHECK_INT(TL_STACKS_OWN, info.stacks);
    CHECK_OK(tl_pool_destroy(pool));
    // A shared stack counts once.
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 1 << 30, .stack_count = 200000, .stacks = TL_STACKS_DENSE},
                            &pool));
    CHECK_OK(tl_pool_destroy(pool));
}

static pthread_barrier_t barrier;

TL_FIBER(runs_long, tl_nothing, unused)
{
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
}

static void *run_it(void *fiber)
{
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    return NULL;
}

TEST(while_another_thread_is_on_the_stack_nobody_else_can_be)
{
    pthread_t thread;
    tl_fiber *running = NULL, *other = NULL;
    open_pool(2);
    CHECK_INT(0, pthread_barrier_init(&barrier, NULL, 2));
    CHECK_OK(tl_fiber_create(pool, &running, runs_long, {0}));
    CHECK_OK(tl_fiber_create(pool, &other, counts_up, {7, 1}));
    CHECK_INT(0, pthread_create(&thread, NULL, run_it, running));
    pthread_barrier_wait(&barrier);
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_resume(other, NULL));
    pthread_barrier_wait(&barrier);
    CHECK_INT(0, pthread_join(thread, NULL));
    CHECK_UINT(7, next(other, 0)); // nothing was lost
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(resumes_once, tl_fiber *, other)
{
    CHECK_RESULT(TL_FINISHED, tl_resume(*other, NULL));
}

TL_FIBER(relays, tl_fiber *, other)
{
    CHECK_OK(tl_resume(*other, NULL)); // for which the one that waits for this must go
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
}

TEST(while_one_waits_on_another_thread_nobody_else_can_run)
{
    pthread_t thread;
    tl_fiber *waits = NULL, *other = NULL, *third = NULL;
    open_pool(3);
    CHECK_INT(0, pthread_barrier_init(&barrier, NULL, 2));
    CHECK_OK(tl_fiber_create(pool, &other, counts_up, {7, 1}));
    CHECK_OK(tl_fiber_create(pool, &third, counts_up, {8, 1}));
    tl_fiber *relay = own_fiber(&relays__entry, &other);
    CHECK_OK(tl_fiber_create(pool, &waits, resumes_once, relay));
    CHECK_INT(0, pthread_create(&thread, NULL, run_it, waits));
    pthread_barrier_wait(&barrier);
    CHECK_MISUSE(TL_ERROR_RUNNING, tl_resume(third, NULL));
    pthread_barrier_wait(&barrier);
    CHECK_INT(0, pthread_join(thread, NULL));
    CHECK_UINT(8, next(third, 0));
    CHECK_OK(tl_pool_destroy(pool));
}

static void *resume_it(void *fiber)
{
    CHECK_OK(tl_resume(fiber, NULL));
    return NULL;
}

TEST(a_fiber_may_go_on_on_another_thread)
{
    pthread_t thread;
    open_pool(2);
    tl_fiber *diver = started(&dives__entry, &(struct dive){10, 20}), *other = lettered('a');
    for (int i = 1; i < 8; ++i) {
        CHECK_INT(0, pthread_create(&thread, NULL, resume_it, diver));
        CHECK_INT(0, pthread_join(thread, NULL));
        CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(other));
    }
    CHECK_RESULT(TL_FINISHED, tl_resume(diver, NULL));
    CHECK_OK(tl_fiber_cancel(other));
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_pool_destroy(pool));
}

// Memory.

struct wide {
    char bytes[3000];
};

TL_FIBER(checks_wide, struct wide, me)
{
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 0; i < sizeof me->bytes; ++i)
            CHECK_INT((char)(i * 7), me->bytes[i]);
        tl_yield(NULL);
    }
}

struct alignas_64 {
    __attribute__((aligned(64))) char bytes[5];
};

TL_FIBER(checks_alignment, struct alignas_64, me)
{
    CHECK_UINT(0, (uintptr_t)me % 64);
    CHECK_INT('5', me->bytes[4]);
}

TL_FIBER(checks_a_char, char, me)
{
    CHECK_INT('c', *me);
    tl_yield(NULL);
    CHECK_INT('c', *me);
}

TEST(arguments_of_any_size_and_alignment_wait_for_the_start)
{
    struct wide wide;
    for (size_t i = 0; i < sizeof wide.bytes; ++i)
        wide.bytes[i] = (char)(i * 7);
    open_pool(4);
    tl_fiber *fibers[4];
    CHECK_OK(tl_fiber_create(pool, &fibers[0], checks_wide, wide));
    CHECK_OK(tl_fiber_create(pool, &fibers[1], checks_alignment, {{'1', '2', '3', '4', '5'}}));
    CHECK_OK(tl_fiber_create(pool, &fibers[2], checks_a_char, 'c'));
    no_memory = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_create(pool, &fibers[3], checks_wide, wide));
    CHECK_POINTER(NULL, fibers[3]);
    no_memory = false;
    CHECK_OK(tl_fiber_create(pool, &fibers[3], checks_wide, wide));
    memset(&wide, 0, sizeof wide);
    CHECK_OK(tl_resume(fibers[3], NULL));
    CHECK_OK(tl_resume(fibers[0], NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[1], NULL));
    CHECK_OK(tl_resume(fibers[2], NULL));
    CHECK_OK(tl_resume(fibers[3], NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[2], NULL));
    CHECK_MISUSE(TL_ERROR_ARGS_SIZE,
                 tl_fiber_create_raw(
                     pool, NULL, &(tl_fiber_entry){.run = checks_wide__entry.run, .args_size = 65536, .args_align = 1},
                     &wide, &fibers[1]));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(meets_no_memory, tl_fiber *, other)
{
    no_memory = true;
    for (int i = 0; i < 3; ++i) {
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_resume(*other, NULL));
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_transfer(*other, NULL));
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_cancel(*other));
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_destroy(*other));
    }
    no_memory = false;
    CHECK_OK(tl_resume(*other, NULL));
    no_memory = true;
}

TEST(without_memory_to_copy_one_off_nothing_happens)
{
    open_pool(3);
    tl_fiber *fiber = NULL, *other = started(&counts_up__entry, &(struct numbers){5, 1});
    CHECK_OK(tl_fiber_create(pool, &fiber, meets_no_memory, other));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL)); // and ending needs none
    no_memory = false;
    CHECK_UINT(5 + 0 + 2, next(other, 2));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_deep_occupant_stays_when_there_is_no_memory)
{
#ifndef NDEBUG
    SKIP("a debug build has copied it off already");
#endif
    open_pool(2);
    tl_fiber *other = started(&counts_up__entry, &(struct numbers){5, 1}), *deep = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 50}));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    no_memory = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_resume(other, NULL));
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_reset(other, leaves_two, {'a'}));
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(other));
    CHECK_OK(tl_resume(deep, NULL)); // itself needs none
    no_memory = false;
    CHECK_UINT(5 + 2, next(other, 2));
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(ends_another, tl_fiber *, other)
{
    left = 1; // enough for the one copy that is needed
    CHECK_OK(tl_fiber_cancel(*other));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(*other));
    left = -1;
}

TEST(what_was_reserved_once_is_enough)
{
    open_pool(3);
    tl_fiber *fiber = NULL, *other = lettered('a');
    CHECK_OK(tl_fiber_create(pool, &fiber, ends_another, other));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_reset_without_memory_leaves_the_fiber_as_it_was)
{
    open_pool(2);
    struct wide wide = {{0}};
    tl_fiber *fiber = lettered('a');
    no_memory = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_reset(fiber, checks_wide, wide));
    CHECK_STRING("", ends);
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(fiber));
    CHECK_OK(tl_fiber_reset(fiber, leaves_two, {'b'})); // which needs none
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_OK(tl_fiber_reset(fiber, leaves_two, {'c'}));
    no_memory = false;
    for (size_t i = 0; i < sizeof wide.bytes; ++i)
        wide.bytes[i] = (char)(i * 7);
    CHECK_OK(tl_fiber_reset(fiber, checks_wide, wide));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_STRING("aAbB", ends);
}

TL_FIBER(destroys_a_pool, tl_pool *, other)
{
    no_memory = true;
    CHECK_OK(tl_pool_destroy(*other));
    no_memory = false;
}

TEST(destroying_a_pool_needs_no_memory)
{
    tl_pool *other = NULL;
    tl_fiber *fiber = NULL;
    open_pool(2);
    lettered('a');
    lettered('b');
    other = pool;
    open_pool(1);
    CHECK_OK(tl_fiber_create(pool, &fiber, destroys_a_pool, other));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_UINT(4, strlen(ends));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(nothing_is_kept_of_a_fiber_that_is_done)
{
    open_pool(2);
    tl_fiber *deep = NULL, *wide = NULL, *other = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 100}));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_fiber_create(pool, &other, counts_up, {1, 1}));
    CHECK_OK(tl_resume(other, NULL));
    CHECK(copied(deep) > 100);
    CHECK_OK(tl_fiber_cancel(deep));
    CHECK_UINT(0, copied(deep));
    CHECK_OK(tl_fiber_trim(deep));
    CHECK_OK(tl_fiber_destroy(deep));
    CHECK_OK(tl_fiber_create(pool, &wide, checks_wide, (struct wide){{0}}));
    CHECK(copied(wide) >= sizeof(struct wide));
    CHECK_OK(tl_fiber_cancel(wide)); // before it began
    CHECK_UINT(0, copied(wide));
    CHECK_OK(tl_fiber_trim(wide));
    CHECK_OK(tl_pool_destroy(pool));
}

struct middle {
    tl_fiber *next;
};

/// Not dense: resumes a dense one, which stays suspended, and ends while there is no memory.
TL_FIBER(between, struct middle, me)
{
    CHECK_OK(tl_resume(me->next, NULL));
    no_memory = true;
}

TL_FIBER(below, struct middle, me)
{
    char here = 'x';
    CHECK_RESULT(TL_FINISHED, tl_resume(me->next, NULL));
    no_memory = false;
    CHECK_INT('x', here);
}

TEST(an_end_never_needs_memory)
{
    open_pool(2);
    tl_fiber *deep = NULL, *dense = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 100}));
    tl_fiber *middle = own_fiber(&between__entry, &(struct middle){deep});
    CHECK_OK(tl_fiber_create(pool, &dense, below, {middle}));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(dense, NULL));
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(deep));
    for (int i = 3; i < 8; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_fiber_that_has_grown_allocates_no_more)
{
    enum { COUNT = 20 };
    tl_fiber *fibers[COUNT];
    open_pool(COUNT);
    for (uint32_t i = 0; i < COUNT; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], dives, {i, 40}));
        for (int j = 0; j < 3; ++j)
            CHECK_OK(tl_resume(fibers[i], NULL));
    }
    CHECK_OK(tl_resume(fibers[0], NULL));
    allocations = 0;
    for (uint32_t i = 1; i < COUNT; ++i)
        CHECK_OK(tl_resume(fibers[i], NULL));
    CHECK_INT(0, allocations);
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(looks_at_the_copy, tl_fiber *, other)
{
    CHECK(copied(*other) > 1000);
    CHECK_UINT(copied(*other), latest_size);
}

TL_FIBER(is_looked_at, tl_nothing, unused)
{
    volatile char locals[1000] = {1};
    tl_fiber *looks = NULL;
    CHECK_OK(tl_fiber_create(pool, &looks, looks_at_the_copy, tl_fiber_current()));
    CHECK_RESULT(TL_FINISHED, tl_resume(looks, NULL));
    CHECK_INT(1, locals[0]);
}

TEST(memory_for_a_copy_is_no_larger_than_the_copy)
{
    open_pool(2);
    tl_fiber *deep = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, is_looked_at, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(the_stack_of_a_fiber_tells_what_was_copied)
{
    open_pool(3);
    tl_stack_info stack;
    tl_fiber *deep = NULL, *other = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 100}));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    other = lettered('a');
    CHECK(copied(deep) > 100 * sizeof(uint64_t) && copied(deep) < 60000);
    CHECK_OK(tl_fiber_trim(deep));
    CHECK_OK(tl_fiber_trim(other));
    CHECK_OK(tl_fiber_get_stack(other, &stack));
    CHECK(stack.high_water > 100 * sizeof(uint64_t));
    CHECK_UINT(65536, stack.size);
    for (int i = 3; i < 8; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_fiber_cancel(other));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_trim_that_is_refused_loses_no_place)
{
    enum { COUNT = 100 };
    tl_fiber *fibers[COUNT];
    open_pool(COUNT);
    for (uint32_t i = 0; i < COUNT; ++i)
        fibers[i] = started(&counts_up__entry, &(struct numbers){i, 1});
    for (uint32_t i = 0; i < COUNT; ++i)
        if (i != COUNT / 2)
            CHECK_OK(tl_fiber_destroy(fibers[i]));
    no_advice = true; // as when the memory is locked
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_pool_trim(pool));
    no_advice = false;
    for (uint32_t i = 1; i < COUNT; ++i)
        started(&counts_up__entry, &(struct numbers){i, 1});
    CHECK_UINT(COUNT / 2 + 3, next(fibers[COUNT / 2], 3));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(trimming_leaves_what_is_in_use)
{
    enum { COUNT = 200 };
    tl_fiber *fibers[COUNT];
    tl_pool_info info;
    open_pool(COUNT);
    CHECK_OK(tl_pool_populate(pool, COUNT / 2, 4096));
    for (int round = 0; round < 3; ++round) {
        for (uint32_t i = 0; i < COUNT; ++i)
            fibers[i] = started(&counts_up__entry, &(struct numbers){i, 1});
        for (uint32_t i = 0; i < COUNT; ++i)
            if (i / 40 % 2 == (unsigned)round % 2)
                CHECK_OK(tl_fiber_destroy(fibers[i]));
        CHECK_OK(tl_pool_trim(pool));
        CHECK_OK(tl_pool_trim(pool));
        for (uint32_t i = 0; i < COUNT; ++i)
            if (i / 40 % 2 == (unsigned)round % 2)
                fibers[i] = started(&counts_up__entry, &(struct numbers){i + 1000, 1});
        for (uint32_t i = 0; i < COUNT; ++i) {
            CHECK_UINT(i + (i / 40 % 2 == (unsigned)round % 2 ? 1002 : 2), next(fibers[i], 2));
            CHECK_OK(tl_fiber_destroy(fibers[i]));
        }
    }
    CHECK_OK(tl_pool_trim(pool));
    CHECK_OK(tl_pool_get_info(pool, &info));
    CHECK_UINT(0, info.in_use);
    CHECK_UINT(COUNT, info.touched);
    CHECK_OK(tl_pool_destroy(pool));
}
