// SPDX-License-Identifier: MIT
// After its own arguments a wait takes at most one more: a limit.

// Error: too many arguments: after those of the call comes at most a limit
#include <telar/concurrency.h>

typedef TL_EVENT(int) int_event;
typedef TL_CHANNEL(int) int_channel;

TL_SCRIPT_RETURNING(int, answers, int, me)
{
    return *me;
}

struct waited {
    int_event event;
    int_channel channel;
    tl_script script;
    tl_predicate predicate;
    tl_counter *counter;
    uint64_t seen;
    int item;
};

void waits(struct waited *for_it);
void waits(struct waited *for_it)
{
    int *item = &for_it->item;
#if WRONG == 1
    tl_wait_steps(2, TL_WITHIN(2), 99);
#elif WRONG == 2
    tl_wait_seconds(2, TL_WITHIN(2), 99, "x");
#elif WRONG == 3
    tl_wait_real_seconds(2, TL_WITHIN(2), 99);
#elif WRONG == 4
    tl_wait_until(for_it->predicate, NULL, TL_WITHIN(2), 99, "x");
#elif WRONG == 5
    tl_wait_script(for_it->script, TL_WITHIN(2), 99);
#elif WRONG == 6
    tl_wait_result(answers, for_it->script, item, TL_WITHIN(2), 99, "x");
#elif WRONG == 7
    tl_counter_wait(for_it->counter, TL_WITHIN(2), 99);
#elif WRONG == 8
    tl_wait_event(for_it->event, item, TL_WITHIN(2), 99, "x");
#elif WRONG == 9
    tl_wait_event_after(for_it->event, &for_it->seen, item, TL_WITHIN(2), 99);
#elif WRONG == 10
    tl_send(for_it->channel, item, TL_WITHIN(2), 99, "x");
#elif WRONG == 11
    tl_receive(for_it->channel, item, TL_WITHIN(2), 99);
#elif WRONG == 12
    tl_wait_seconds(1, TL_WITHIN(2), TL_WITHIN(3), TL_FOREVER, 0, 0, 0);
#else
    tl_wait_steps(2), tl_wait_steps(2, TL_WITHIN(2));
    tl_wait_seconds(2), tl_wait_seconds(2, TL_WITHIN(2));
    tl_wait_real_seconds(2), tl_wait_real_seconds(2, TL_WITHIN(2));
    tl_wait_until(for_it->predicate, NULL), tl_wait_until(for_it->predicate, NULL, TL_WITHIN(2));
    tl_wait_script(for_it->script), tl_wait_script(for_it->script, TL_WITHIN(2));
    tl_wait_result(answers, for_it->script, item), tl_wait_result(answers, for_it->script, item, TL_WITHIN(2));
    tl_counter_wait(for_it->counter), tl_counter_wait(for_it->counter, TL_WITHIN(2));
    tl_wait_event(for_it->event, item), tl_wait_event(for_it->event, item, TL_WITHIN(2));
    tl_wait_event_after(for_it->event, &for_it->seen, item),
        tl_wait_event_after(for_it->event, &for_it->seen, item, TL_WITHIN(2));
    tl_send(for_it->channel, item), tl_send(for_it->channel, item, TL_WITHIN(2));
    tl_receive(for_it->channel, item), tl_receive(for_it->channel, item, TL_WITHIN(2));
#endif
}
