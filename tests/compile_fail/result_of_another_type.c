// SPDX-License-Identifier: MIT
// A script's result goes only into a variable of its type.
// Error: incompatible
#include <telar/concurrency.h>

struct payload {
    int *number;
    int count;
};
struct other {
    float number;
};
typedef TL_EVENT(struct payload) payload_event;
typedef TL_CHANNEL(struct payload) payload_channel;

TL_SCRIPT_RETURNING(struct payload, gives, int, me)
{
    struct payload result = {me, *me};
    return result;
}

#ifdef WRONG
void does(payload_event event, payload_channel channel, int *number);
void does(payload_event event, payload_channel channel, int *number)
{
    struct payload right = {number, 1};
    struct other wrong = {1};
    (void)event, (void)channel, (void)right, (void)wrong;
    tl_sync(TL_CHILD_INTO(&wrong, gives, 1));
}
#else
void does(payload_event event, payload_channel channel, int *number);
void does(payload_event event, payload_channel channel, int *number)
{
    struct payload right = {number, 1};
    struct other wrong = {1};
    (void)event, (void)channel, (void)right, (void)wrong;
    tl_sync(TL_CHILD_INTO(&right, gives, 1));
}
#endif
