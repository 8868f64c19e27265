// SPDX-License-Identifier: MIT
// Posts: items that any thread sends to a channel, and that the next step delivers.
//
// Any thread pushes posts onto the world's stack of posts; only the thread that steps the world pops them, all at once.
// Once pushed, a post belongs to that thread. Posts whose channel is full stay in a list, in order. Each delivery tries
// the older posts first, and no script runs meanwhile; so a channel that is full for one post is full for all later
// ones.
#include <string.h>

#include "base/misuse.h"
#include "os/allocator.h"
#include "script/channel.h"
#include "script/post.h"
#include "telar/channel.h"
#include "world/world_ids.h"

typedef struct tl__posted {
    struct tl__posted *next;
    tl_channel channel;
    size_t size; ///< size of `item`
    _Alignas(max_align_t) char item[];
} tl__posted;

static void free_posted(tl__posted *post)
{
    tl__free(post, sizeof *post + post->size);
}

static void push_posted(tl_world *world, tl__posted *made)
{
    // relaxed: the pusher does not read the post at `top`, and the compare-and-swap fails if the value is stale.
    uint64_t top = tl__load(&world->posts, memory_order_relaxed);
    do {
        made->next = (tl__posted *)(uintptr_t)top;
    } while (!tl__cas(&world->posts, &top, (uintptr_t)made, memory_order_release)); // pairs with take_all
}

tl_result tl__post(tl_channel channel, const void *item, size_t size)
{
    if (item == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_post");
    tl__posted *made = tl__allocate(sizeof *made + size);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->channel = channel;
    made->size = size;
    memcpy(made->item, item, size);
    tl_world *world = tl__world_pin(channel.world);
    if (world == NULL) {
        free_posted(made);
        return TL_ERROR_STALE;
    }
    push_posted(world, made);
    tl__world_unpin(channel.world);
    return TL_OK;
}

/// Moves all posts from the world's stack to the end of `undelivered`, the oldest first.
static void take_all(tl_world *world)
{
    // relaxed: the exchange below acquires. The next step delivers a post that is missed now; none is missed at the end
    // of the world, since tl__world_ids_remove has waited for the threads that post.
    if (tl__load(&world->posts, memory_order_relaxed) == 0)
        return;
    tl__posted *first = NULL;
    // acquire: pairs with the release in push_posted, so the items are completely written.
    tl__posted *latest = (tl__posted *)(uintptr_t)tl__exchange(&world->posts, 0, memory_order_acquire);
    while (latest != NULL) {
        tl__posted *next = latest->next;
        latest->next = first;
        first = latest;
        latest = next;
    }
    tl__posted **end = &world->undelivered;
    while (*end != NULL)
        end = &(*end)->next;
    *end = first;
}

void tl__posts_deliver(tl_world *world)
{
    take_all(world);
    for (tl__posted **at = &world->undelivered; *at != NULL;) {
        tl__posted *post = *at;
        tl__channel_record *channel = tl__channel_find(world, post->channel);
        if (channel != NULL && tl__channel_try(channel, true, post->item, NULL) == TL_WOULD_WAIT) {
            at = &post->next;
        } else {
            *at = post->next;
            free_posted(post);
        }
    }
}

void tl__posts_free(tl_world *world)
{
    take_all(world);
    for (tl__posted *post; (post = world->undelivered) != NULL;) {
        world->undelivered = post->next;
        free_posted(post);
    }
}
