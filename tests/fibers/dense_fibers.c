// SPDX-License-Identifier: MIT
#include "dense_fibers.h"

#include "check.h"

tl_pool *pool;
char ends[64];

void open_pool(uint32_t count)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = count, .stacks = TL_STACKS_DENSE}, &pool));
}

size_t copied(const tl_fiber *fiber)
{
    tl_stack_info stack = tl_fiber_get_stack(fiber);
    return stack.copied;
}

/// Recurses to `depth`, with about 32 bytes of frame for each level, and yields `times` times at the bottom.
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

TL_FIBER_DEFINE(dives, struct dive, me)
{
    for (unsigned i = 0; i < 4; ++i)
        CHECK_UINT(expected_sum(me->first, me->depth * i), sum_deep(me->first, me->depth * i, 2));
    tl_exit((void *)(uintptr_t)me->first);
}

TL_FIBER_DEFINE(counts_up, struct numbers, me)
{
    uintptr_t number = me->first;
    for (;;) {
        void *value = (void *)number;
        CHECK_OK(tl_yield(&value));
        number += me->step * (uintptr_t)value;
    }
}

uintptr_t next(tl_fiber *fiber, uintptr_t factor)
{
    void *value = (void *)factor;
    CHECK_OK(tl_resume(fiber, &value));
    return (uintptr_t)value;
}

tl_fiber *own_fiber(const tl_fiber_entry *entry, const void *args)
{
    static tl_pool *stacks; // one for the whole process
    tl_fiber *made = NULL;
    if (stacks == NULL)
        CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &stacks));
    CHECK_OK(tl_fiber_create_raw(stacks, NULL, entry, args, &made));
    return made;
}

void note_end(void *letter)
{
    size_t length = strlen(ends);
    CHECK(length + 1 < sizeof ends);
    ends[length] = *(const char *)letter;
}

TL_FIBER_DEFINE(leaves_two, struct letter, me)
{
    char upper = (char)(me->letter - 'a' + 'A'); // clean-ups find it at the address that it had
    tl_defer(note_end, &upper);
    char lower = me->letter;
    tl_defer(note_end, &lower);
    CHECK_OK(tl_yield(NULL));
    CHECK_UNREACHED();
}

tl_fiber *started(const tl_fiber_entry *entry, const void *args)
{
    tl_fiber *made = NULL;
    CHECK_OK(tl_fiber_create_raw(pool, NULL, entry, args, &made));
    CHECK_OK(tl_resume(made, NULL));
    return made;
}

tl_fiber *lettered(char letter)
{
    return started(&leaves_two__entry, &(struct letter){letter});
}
