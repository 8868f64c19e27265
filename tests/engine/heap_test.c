// SPDX-License-Identifier: MIT
#include "base/heap.h"

#include <stdlib.h>

#include "check.h"

enum { COUNT = 500 };

typedef struct item {
    tl__heap_node node;
    uint64_t key;
    bool in;
} item;

static item items[COUNT];

static int64_t key_of(const item *of)
{
    return (int64_t)(of->key / 1000) - 20000;
}

static bool comes_before(const tl__heap_node *left, const tl__heap_node *right)
{
    return ((const item *)left)->key < ((const item *)right)->key;
}

static const item *least(void)
{
    const item *found = NULL;
    for (int i = 0; i < COUNT; ++i)
        if (items[i].in && (found == NULL || items[i].key < found->key))
            found = &items[i];
    return found;
}

TEST(random_puts_and_takes_against_a_search)
{
    tl__heap heap = {.comes_before = comes_before};
    uint64_t random = 42;
    CHECK_OK(tl__heap_reserve(&heap, COUNT));
    CHECK_POINTER(NULL, tl__heap_first_until(&heap, INT64_MAX));
    for (int step = 0; step < 20000; ++step) {
        item *chosen = &items[check_random(&random) % COUNT];
        if (chosen->in) {
            tl__heap_take(&heap, &chosen->node);
        } else {
            chosen->key = check_random(&random) % 100000 * COUNT + (uint64_t)(chosen - items); // no two alike
            tl__heap_put(&heap, &chosen->node, key_of(chosen));
        }
        chosen->in = !chosen->in;
        CHECK_POINTER(least(), tl__heap_first_until(&heap, INT64_MAX));
    }
    tl__heap_free(&heap);
}

TEST(what_comes_in_order_goes_in_order_through_little_room)
{
    tl__heap heap = {.comes_before = comes_before};
    uint64_t random = 7, next = 0;
    int first = 0, count = 0;
    CHECK_OK(tl__heap_reserve(&heap, 20));
    for (int step = 0; step < 20000; ++step) {
        item *last = &items[(first + count) % COUNT];
        if (count < 20 && check_random(&random) % 2) {
            last->key = ++next;
            tl__heap_put(&heap, &last->node, key_of(last));
            ++count;
        } else if (count > 0) {
            CHECK_POINTER(&items[first], tl__heap_first_until(&heap, INT64_MAX));
            tl__heap_take(&heap, &items[first].node);
            first = (first + 1) % COUNT;
            --count;
        }
    }
    CHECK(!heap.is_heap);
    tl__heap_free(&heap);
}

TEST(taking_what_is_not_in_changes_nothing)
{
    tl__heap heap = {.comes_before = comes_before};
    CHECK_OK(tl__heap_reserve(&heap, 2));
    tl__heap_put(&heap, &items[0].node, key_of(&items[0]));
    tl__heap_take(&heap, &items[1].node);
    CHECK_POINTER(&items[0], tl__heap_first_until(&heap, INT64_MAX));
    tl__heap_free(&heap);
}
