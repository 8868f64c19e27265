// SPDX-License-Identifier: MIT
// A channel sends and receives only items of its type.
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

#ifdef WRONG
void does(payload_event event, payload_channel channel, int *number);
void does(payload_event event, payload_channel channel, int *number)
{
    struct payload right = {number, 1};
    struct other wrong = {1};
    (void)event, (void)channel, (void)right, (void)wrong;
    tl_send(channel, &wrong);
}
#else
void does(payload_event event, payload_channel channel, int *number);
void does(payload_event event, payload_channel channel, int *number)
{
    struct payload right = {number, 1};
    struct other wrong = {1};
    (void)event, (void)channel, (void)right, (void)wrong;
    tl_send(channel, &right), tl_receive(channel, &right);
}
#endif
