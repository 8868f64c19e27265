// SPDX-License-Identifier: MIT
// An event takes and delivers only payloads of its type.
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
    tl_wait_event(event, &wrong);
}
#else
void does(payload_event event, payload_channel channel, int *number);
void does(payload_event event, payload_channel channel, int *number)
{
    struct payload right = {number, 1};
    struct other wrong = {1};
    (void)event, (void)channel, (void)right, (void)wrong;
    tl_emit(event, right), tl_wait_event(event, &right);
}
#endif
