// SPDX-License-Identifier: MIT
// The textbook's producer and consumer: each runs in an endless loop, and transfers control straight to the other when
// the queue is full or empty. The queue alone decides the order of the lines that they print.
#include <stdbool.h>
#include <stdio.h>

#include "telar/fiber.h"

enum { CAPACITY = 4, ITEMS = 10 };

static struct {
    int items[CAPACITY];
    int count, first;
} queue;

static bool is_full(void)
{
    return queue.count == CAPACITY;
}

static bool is_empty(void)
{
    return queue.count == 0;
}

static void create_item_add_to_queue(void)
{
    static int created;
    int item = ++created;
    queue.items[(queue.first + queue.count++) % CAPACITY] = item;
    printf("produce %d\n", item);
}

static int consume_item_from_queue(void)
{
    int item = queue.items[queue.first];
    queue.first = (queue.first + 1) % CAPACITY;
    --queue.count;
    printf("        consume %d\n", item);
    return item;
}

struct sides {
    tl_fiber **other;
};

TL_FIBER(produce, struct sides, me)
{
    while (true) {
        while (!is_full())
            create_item_add_to_queue();
        tl_transfer(*me->other, NULL);
    }
}

TL_FIBER(consume, struct sides, me)
{
    while (true) {
        while (!is_empty())
            if (consume_item_from_queue() == ITEMS)
                tl_yield(NULL); // all items consumed: back to main
        tl_transfer(*me->other, NULL);
    }
}

int main(void)
{
    tl_pool *stacks = NULL;
    tl_fiber *producer = NULL, *consumer = NULL;
    tl_result result = tl_pool_create(&(tl_pool_desc){0}, &stacks);
    if (result == TL_OK)
        result = tl_fiber_create(stacks, &producer, produce, {&consumer});
    if (result == TL_OK)
        result = tl_fiber_create(stacks, &consumer, consume, {&producer});
    if (result != TL_OK) {
        fprintf(stderr, "queue: %s\n", tl_result_string(result));
        return 1;
    }
    tl_resume(producer, NULL);
    printf("done, with both of them in the middle of their loops\n");
    tl_pool_destroy(stacks);
    return 0;
}
