// SPDX-License-Identifier: MIT
// What fibers do when they are used as documented.
#include "telar/fiber.h"

#include "check.h"

static tl_pool *pool_of(uint32_t count)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = count}, &pool));
    return pool;
}

struct log {
    char text[64];
};

static void note(struct log *log, char letter)
{
    size_t length = strlen(log->text);
    CHECK(length + 1 < sizeof log->text);
    log->text[length] = letter;
}

struct letters {
    struct log *log;
    char first, second;
};

TL_FIBER(two_letters, struct letters, me)
{
    note(me->log, me->first);
    CHECK_OK(tl_yield(NULL));
    note(me->log, me->second);
}

TEST(yield_returns_to_the_resumer)
{
    struct log log = {""};
    tl_pool *pool = pool_of(0);
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, two_letters, {&log, 'a', 'b'}));
    CHECK_STRING("", log.text);
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_STRING("a", log.text);
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_STRING("ab", log.text);
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(argument_is_copied)
{
    struct log log = {""};
    tl_pool *pool = pool_of(0);
    tl_fiber *fiber = NULL;
    struct letters letters = {&log, 'x', 'y'};
    CHECK_OK(tl_fiber_create(pool, &fiber, two_letters, letters));
    memset(&letters, 0, sizeof letters);
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_STRING("xy", log.text);
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(echo, tl_nothing, unused)
{
    intptr_t value = (intptr_t)tl_fiber_first_value();
    while (value != 0) {
        void *exchanged = (void *)(value * 10);
        CHECK_OK(tl_yield(&exchanged));
        value = (intptr_t)exchanged;
    }
    tl_exit((void *)99);
}

TEST(values_go_both_ways)
{
    tl_pool *pool = pool_of(0);
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, echo, {0}));
    for (intptr_t i = 1; i < 5; ++i) {
        void *value = (void *)i;
        CHECK_OK(tl_resume(fiber, &value));
        CHECK_INT(i * 10, (intptr_t)value);
    }
    void *value = NULL;
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, &value));
    CHECK_INT(99, (intptr_t)value);
    CHECK_INT(99, (intptr_t)tl_fiber_result(fiber));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(keeps_what_came, tl_nothing, unused)
{
    CHECK_POINTER(NULL, tl_fiber_first_value());
    void *came = &came;
    CHECK_OK(tl_yield(&came));
    CHECK_POINTER(NULL, came);
    came = &came;
    CHECK_OK(tl_yield(NULL));
    CHECK_OK(tl_yield(NULL));
    CHECK_POINTER(&came, came);
}

/// A value goes only to the call that receives it, not to a variable of an earlier call; and a stack keeps no value of
/// an earlier fiber.
TEST(values_go_nowhere_else)
{
    tl_pool *pool = pool_of(0);
    tl_fiber *fiber = NULL;
    void *value = (void *)1;
    CHECK_OK(tl_fiber_create(pool, &fiber, echo, {0}));
    CHECK_OK(tl_resume(fiber, &value)); // the first value of the first fiber on this stack
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_OK(tl_fiber_create(pool, &fiber, keeps_what_came, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_resume(fiber, &value)); // to a yield that takes no value
    CHECK_POINTER(NULL, value);
    value = &value;
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_POINTER(&value, value);
    CHECK_OK(tl_pool_destroy(pool));
}

struct nest {
    tl_pool *pool;
    int depth;
};

TL_FIBER(nested, struct nest, me)
{
    tl_fiber *self = tl_fiber_current();
    CHECK_INT(TL_FIBER_RUNNING, tl_fiber_get_status(self));
    intptr_t sum = me->depth;
    if (me->depth > 0) {
        tl_fiber *inner = NULL;
        CHECK_OK(tl_fiber_create(me->pool, &inner, nested, {me->pool, me->depth - 1}));
        void *value = self;
        CHECK_OK(tl_resume(inner, &value));
        CHECK_POINTER(self, tl_fiber_current());
        value = NULL;
        CHECK_RESULT(TL_FINISHED, tl_resume(inner, &value));
        sum += (intptr_t)value;
        CHECK_OK(tl_fiber_destroy(inner));
    }
    tl_fiber *outer = tl_fiber_first_value();
    if (outer != NULL)
        CHECK_INT(TL_FIBER_WAITING, tl_fiber_get_status(outer));
    CHECK_OK(tl_yield(NULL));
    tl_exit((void *)sum);
}

TEST(fibers_resume_fibers_to_any_depth)
{
    tl_pool *pool = pool_of(200);
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, nested, {pool, 150}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_INT(150 * 151 / 2, (intptr_t)tl_fiber_result(fiber));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(status_follows_a_fiber_through_its_life)
{
    struct log log = {""};
    tl_pool *pool = pool_of(0);
    tl_fiber *fiber = NULL;
    CHECK_POINTER(NULL, tl_fiber_current());
    CHECK_OK(tl_fiber_create(pool, &fiber, two_letters, {&log, 'a', 'b'}));
    CHECK_INT(TL_FIBER_READY, tl_fiber_get_status(fiber));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(fiber));
    CHECK_POINTER(NULL, tl_fiber_current());
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(fiber));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(NULL));
    CHECK_STRING("ready", tl_fiber_status_string(TL_FIBER_READY));
    CHECK_STRING("suspended", tl_fiber_status_string(TL_FIBER_SUSPENDED));
    CHECK_STRING("running", tl_fiber_status_string(TL_FIBER_RUNNING));
    CHECK_STRING("waiting", tl_fiber_status_string(TL_FIBER_WAITING));
    CHECK_STRING("done", tl_fiber_status_string(TL_FIBER_DONE));
    CHECK_OK(tl_pool_destroy(pool));
}

struct relay {
    struct log *log;
    tl_fiber **next;
    char name;
};

TL_FIBER(relay, struct relay, me)
{
    for (int round = 0; round < 3; ++round) {
        note(me->log, me->name);
        CHECK_OK(tl_transfer(*me->next, NULL));
    }
    note(me->log, '.');
}

TEST(transfer_goes_straight_to_another_fiber)
{
    struct log log = {""};
    tl_pool *pool = pool_of(0);
    tl_fiber *ring[3];
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_fiber_create(pool, &ring[i], relay, {&log, &ring[(i + 1) % 3], (char)('a' + i)}));
    // After three rounds control is back at the first fiber. It ends, and control goes to its resumer.
    CHECK_RESULT(TL_FINISHED, tl_resume(ring[0], NULL));
    CHECK_STRING("abcabcabc.", log.text);
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(ring[0]));
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(ring[1]));
    CHECK_RESULT(TL_FINISHED, tl_resume(ring[1], NULL));
    CHECK_STRING("abcabcabc..", log.text);
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(yields_a_value, tl_nothing, unused)
{
    void *value = tl_fiber_first_value();
    CHECK_OK(tl_yield(&value));
}

struct target {
    tl_fiber *fiber;
};

TL_FIBER(transfers_a_value, struct target, me)
{
    void *value = (void *)7;
    CHECK_OK(tl_transfer(me->fiber, &value));
    CHECK_INT(8, (intptr_t)value);
}

TEST(transfer_hands_over_values_and_the_resumer)
{
    tl_pool *pool = pool_of(0);
    tl_fiber *first = NULL, *second = NULL;
    CHECK_OK(tl_fiber_create(pool, &second, yields_a_value, {0}));
    CHECK_OK(tl_fiber_create(pool, &first, transfers_a_value, {second}));
    void *value = NULL;
    CHECK_OK(tl_resume(first, &value)); // the second fiber yields to this thread
    CHECK_INT(7, (intptr_t)value);
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(first));
    value = (void *)8;
    CHECK_RESULT(TL_FINISHED, tl_resume(first, &value));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(name_user_data_and_entry)
{
    struct log log = {""};
    int mine = 0;
    tl_pool *pool = pool_of(0);
    tl_fiber *plain = NULL, *named = NULL;
    CHECK_OK(tl_fiber_create(pool, &plain, two_letters, {&log, 'a', 'b'}));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "miner 3", .user_data = &mine}), &named, two_letters,
                                  {&log, 'a', 'b'}));
    CHECK_STRING("two_letters", tl_fiber_name(plain));
    CHECK_STRING("miner 3", tl_fiber_name(named));
    CHECK_STRING("(null)", tl_fiber_name(NULL));
    CHECK_POINTER(NULL, tl_fiber_user_data(plain));
    CHECK_POINTER(&mine, tl_fiber_user_data(named));
    CHECK_POINTER(NULL, tl_fiber_user_data(NULL));
    CHECK_OK(tl_fiber_set_user_data(plain, &log));
    CHECK_POINTER(&log, tl_fiber_user_data(plain));
    CHECK_POINTER(NULL, tl_fiber_result(NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(says_done, int, number)
{
    tl_exit((void *)(intptr_t)*number);
}

TEST(reset_runs_another_function_on_the_same_stack)
{
    struct log log = {""};
    tl_pool *pool = pool_of(1);
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, two_letters, {&log, 'a', 'b'}));
    for (int i = 0; i < 100; ++i) {
        CHECK_OK(tl_fiber_reset(fiber, says_done, i)); // works for a suspended fiber, too
        CHECK_INT(TL_FIBER_READY, tl_fiber_get_status(fiber));
        CHECK_STRING("says_done", tl_fiber_name(fiber));
        CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
        CHECK_INT(i, (intptr_t)tl_fiber_result(fiber));
        CHECK_OK(tl_fiber_reset(fiber, two_letters, {&log, 'a', 'b'}));
        CHECK_POINTER(NULL, tl_fiber_result(fiber));
        memset(&log, 0, sizeof log);
        CHECK_OK(tl_resume(fiber, NULL));
        CHECK_STRING("a", log.text);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

enum ending { RETURNS, RETURNS_AFTER_A_YIELD, EXITS_WITH_ANOTHER, ENDINGS };

struct ending_plan {
    enum ending ending;
};

static void set_in_a_clean_up(void *result)
{
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_fiber_set_result(result));
}

TL_FIBER(sets_its_result, struct ending_plan, plan)
{
    CHECK_OK(tl_fiber_set_result((void *)1));
    {
        tl_defer(set_in_a_clean_up, (void *)7);
    }
    CHECK_POINTER(NULL, tl_fiber_result(tl_fiber_current()));
    CHECK_OK(tl_fiber_set_result((void *)2)); // the last call counts
    if (plan->ending == RETURNS_AFTER_A_YIELD)
        CHECK_OK(tl_yield(NULL));
    if (plan->ending == EXITS_WITH_ANOTHER)
        tl_exit((void *)3);
}

TEST(a_result_that_was_set_is_that_of_a_return)
{
    tl_pool *pool = pool_of(1);
    for (int with_value = 0; with_value < 2; ++with_value) {
        for (int ending = RETURNS; ending < ENDINGS; ++ending) {
            tl_fiber *fiber = NULL;
            void *value = NULL, **wanted = with_value ? &value : NULL;
            CHECK_OK(tl_fiber_create(pool, &fiber, sets_its_result, {(enum ending)ending}));
            if (ending == RETURNS_AFTER_A_YIELD) {
                CHECK_OK(tl_resume(fiber, wanted));
                CHECK_POINTER(NULL, value);
                CHECK_POINTER(NULL, tl_fiber_result(fiber));
            }
            CHECK_RESULT(TL_FINISHED, tl_resume(fiber, wanted));
            void *expected = ending == EXITS_WITH_ANOTHER ? (void *)3 : (void *)2;
            CHECK_POINTER(with_value ? expected : NULL, value);
            CHECK_POINTER(expected, tl_fiber_result(fiber));
            CHECK_OK(tl_fiber_destroy(fiber));
        }
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_result_that_was_set_is_gone_when_the_fiber_is_cancelled)
{
    tl_pool *pool = pool_of(1);
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create(pool, &fiber, sets_its_result, {RETURNS_AFTER_A_YIELD}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_POINTER(NULL, tl_fiber_result(fiber));
    CHECK_OK(tl_pool_destroy(pool));
}

/// Exits the fiber from `depth` calls deep, so that the frames of all calls are abandoned.
static void exit_at_depth(int depth)
{
    volatile char frame[100] = {0};
    (void)frame;
    if (depth > 0)
        exit_at_depth(depth - 1);
    else
        tl_exit((void *)5);
    frame[1] = 1; // not a tail call
}

TL_FIBER(exits_deep, tl_nothing, unused)
{
    exit_at_depth(20);
    CHECK_UNREACHED();
}

TEST(exit_ends_a_fiber_from_any_depth)
{
    tl_pool *pool = pool_of(1);
    for (int i = 0; i < 50; ++i) { // each on the same stack, where the last one abandoned its frames
        tl_fiber *fiber = NULL;
        void *value = NULL;
        CHECK_OK(tl_fiber_create(pool, &fiber, exits_deep, {0}));
        CHECK_RESULT(TL_FINISHED, tl_resume(fiber, &value));
        CHECK_INT(5, (intptr_t)value);
        CHECK_OK(tl_fiber_destroy(fiber));
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(program_may_end_with_fibers_suspended)
{
    static struct log log; // the process ends with all of this alive, which no tool may call a leak or an error
    static tl_fiber *fibers[10];
    static tl_pool *pool;
    pool = pool_of(0);
    for (int i = 0; i < 10; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], two_letters, {&log, 'a', 'b'}));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
}
