// SPDX-License-Identifier: MIT
// A child's argument must be an initialiser or a struct, as a script's: a value for the first field does not compile.
// Error: invalid initializer|incompatible|initializing
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

TL_SCRIPT(child, struct payload, me)
{
}

#ifdef WRONG
void does(payload_event event, payload_channel channel, int *number);
void does(payload_event event, payload_channel channel, int *number)
{
    struct payload right = {number, 1};
    struct other wrong = {1};
    (void)event, (void)channel, (void)right, (void)wrong;
    tl_race(TL_CHILD(child, number));
}
#else
void does(payload_event event, payload_channel channel, int *number);
void does(payload_event event, payload_channel channel, int *number)
{
    struct payload right = {number, 1};
    struct other wrong = {1};
    (void)event, (void)channel, (void)right, (void)wrong;
    tl_race(TL_CHILD(child, {number, 1}), TL_CHILD(child, right));
}
#endif
